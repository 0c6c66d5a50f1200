"""The language of loggers: a number under a tag is a choice in each of its parts, of which one is right.

A logged number is a *source* (a numerator over a denominator) of two *windows* of batches, of which *each*
gives numbers of its own, as they are *read*, at the moments *when* a program logs, through a *filter*, at
a *step*, under a *tag*; some points are *lost* with an error, some are *kept*, and *single* ones may be
missing, or come twice. A cadence logs where its *count* makes a point *due*, and at its *tail*. What is
wrong in several parts at once is several choices.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from crystalball.mistakes.catalogue import Aspect, Context, Mistake, add
from crystalball.mistakes.renaming import renamed
from crystalball.mistakes.right import RIGHT, Source, Window, cadence, own_window
from crystalball.mistakes.series import At, Clock, Moment, Quantity, Series
from crystalball.oracle.trace import Batch
from crystalball.outcomes.outcome import Outcome
from crystalball.reading.values import Value

When = Callable[[Series], Sequence[Moment]]
Each = Callable[[Batch], Batch]
Filter = Callable[[list[float], Series], Sequence[float]]

Step = Callable[[At], int]
"""The step of a point."""

Points = list[tuple[int, Value]]
Kept = Callable[[Points, Series], Points]


class Part(IntEnum):
    """A part of a logged number, in the order in which they are made."""

    COUNT = 1
    DUE = 2
    TAIL = 3
    WHEN = 4
    READ = 5
    EACH = 6
    SOURCE = 7
    WINDOWS = 8
    FILTER = 9
    STEP = 10
    LOST = 11
    KEPT = 12
    SINGLE = 13
    TAG = 14


VALUE_PARTS = frozenset({Part.READ, Part.EACH, Part.SOURCE, Part.WINDOWS, Part.FILTER})

CADENCE = frozenset({Part.COUNT, Part.DUE, Part.TAIL})

PLACES = CADENCE | {Part.WHEN, Part.STEP, Part.LOST, Part.KEPT, Part.SINGLE}
"""The parts of a value; those of a cadence; and those of which points there are, and at which steps."""

ONE_BY_ONE = frozenset({Part.FILTER, Part.SINGLE})
"""Parts in which several things can be done, one after the other; in each other part one is chosen."""

IN_SOME_ORDER = ONE_BY_ONE | {Part.KEPT}
"""Parts that are made one after the other, in whatever order."""


@dataclass(frozen=True, eq=False)
class Choice:
    """A wrong choice in some parts: one way to make a mistake.

    Attributes:
        id: of the mistake.
        parts: what is chosen.
        fits: the series in which it can be made.
    """

    id: str
    parts: Mapping[Part, Any]
    fits: Callable[[Series], bool]

    def clashes(self, chosen: Collection[Part]) -> bool:
        """Whether it cannot be made where something else was chosen in some parts.

        Args:
            chosen: these parts.
        """
        return not self.parts.keys() & chosen <= ONE_BY_ONE


CHOICES: list[Choice] = []
"""All wrong choices, but for tags, which are as they were seen."""

WRONG_TAG, WRONG_TAG_CASE = "wrong_tag", "wrong_tag_case"
"""The mistakes of a tag that was seen in the place of another."""


Quantities = Quantity | Collection[Quantity]
Clocks = Clock | Collection[Clock]

ALL, ANY = tuple(Quantity), tuple(Clock)


@dataclass(frozen=True)
class Logged:
    """A mistake of the language, to which its choices are added: for series of some quantities and clocks.

    Attributes:
        id: its name in the curriculum.
        where: in which of these series it can be made.
    """

    id: str
    where: Callable[[Series], bool] = lambda series: True

    def way(self, parts: Mapping[Part, Any], quantity: Quantities = ALL, clock: Clocks = ANY) -> Logged:
        """Adds one way to make the mistake.

        Args:
            parts: what is chosen wrongly, in one part or several.
            quantity: of the series in which it can be made.
            clock: of these, likewise. What is said of each epoch's value holds of a final one, too.
        """
        quantities = {quantity} if isinstance(quantity, Quantity) else set(quantity)
        clocks = {clock} if isinstance(clock, Clock) else set(clock)
        if Clock.EPOCH in clocks and parts.keys() <= VALUE_PARTS:
            clocks.add(Clock.ONCE)

        def fits(series: Series) -> bool:
            return series.quantity in quantities and series.clock in clocks and self.where(series)

        CHOICES.append(Choice(self.id, parts, fits))
        return self

    def _each(self, part: Part, made: Iterable[Any], quantity: Quantities, clock: Clocks) -> Logged:
        for one in made:
            self.way({part: one}, quantity, clock)
        return self

    def whens(self, whens: Iterable[When], quantity: Quantities = ALL, clock: Clocks = ANY) -> Logged:
        """Adds a way for each choice of moments; quantity and clock as for `way`, here and below."""
        return self._each(Part.WHEN, whens, quantity, clock)

    def sources(self, sources: Iterable[Source], quantity: Quantities = ALL, clock: Clocks = ANY) -> Logged:
        """Adds a way for each number that is logged instead."""
        return self._each(Part.SOURCE, sources, quantity, clock)

    def windows(
        self, windows: Iterable[tuple[Window, Window]], quantity: Quantities = ALL, clock: Clocks = ANY
    ) -> Logged:
        """Adds a way for each pair of windows: that of the numerator, and that of the denominator."""
        return self._each(Part.WINDOWS, windows, quantity, clock)

    def each(self, each: Iterable[Each], quantity: Quantities = ALL, clock: Clocks = ANY) -> Logged:
        """Adds a way for each thing that may become of a batch's numbers before they are added up."""
        return self._each(Part.EACH, each, quantity, clock)

    def filters(self, filters: Iterable[Filter], quantity: Quantities = ALL, clock: Clocks = ANY) -> Logged:
        """Adds a way for each thing that may become of the numbers."""
        return self._each(Part.FILTER, filters, quantity, clock)

    def steps(self, steps: Iterable[Step], quantity: Quantities = ALL, clock: Clocks = ANY) -> Logged:
        """Adds a way for each choice of steps."""
        return self._each(Part.STEP, steps, quantity, clock)

    def kept(self, kept: Iterable[Kept], quantity: Quantities = ALL, clock: Clocks = ANY) -> Logged:
        """Adds a way for each choice of the points that are left."""
        return self._each(Part.KEPT, kept, quantity, clock)

    def lost(self, kept: Iterable[Kept], quantity: Quantities = ALL, clock: Clocks = ANY) -> Logged:
        """Adds a way for each choice of the points that are left where the loader raises."""
        return self._each(Part.LOST, kept, quantity, clock)

    def single(self, kept: Iterable[Kept], quantity: Quantities = ALL, clock: Clocks = ANY) -> Logged:
        """Adds a way for each thing that may become of a point at an end, or of one value."""
        return self._each(Part.SINGLE, kept, quantity, clock)


def logged(
    id: str,
    why: str,
    next: str,
    aspect: Aspect = Aspect.VALUE,
    where: Callable[[Series], bool] = lambda series: True,
) -> Logged:
    """Adds a mistake in the numbers of curves, whose ways are choices in the parts of a logger.

        logged("steps_from_zero", why, next, Aspect.STEP).steps([lambda at: at.right - 1])

    Args:
        id: its name in the curriculum.
        why: one sentence that explains it to the learner.
        next: one sentence that says what to do.
        aspect: what it is about.
        where: in which series it can be made, beside their quantity and clock.
    """
    add(Mistake(id, aspect, why, next, lambda truth, context: _ways(id, truth, context)))
    _LOGGED.add(id)
    return Logged(id, where)


def is_logged(id: str) -> bool:
    """Whether a mistake is one of the language, made by choices.

    Args:
        id: of the mistake.
    """
    return id in _LOGGED


_LOGGED: set[str] = set()


def _ways(id: str, truth: Outcome, context: Context) -> Iterator[Outcome]:
    """What is left by each way to make a mistake, in all curves that the laws speak of."""
    for choice in CHOICES:
        if choice.id == id:
            outcome = truth
            for tag in truth.tags:
                outcome = apply_all([Logger(tag, (choice,))], outcome, context) or outcome
            yield outcome


@dataclass(frozen=True)
class Logger:
    """How one curve is logged: rightly, but for some choices.

    Attributes:
        tag: of the curve.
        choices: the wrong ones, in the order in which they are made.
        name: the tag under which it is logged.
    """

    tag: str
    choices: tuple[Choice, ...] = ()
    name: str = ""

    @property
    def parts(self) -> set[Part]:
        """The parts in which something is chosen."""
        return {part for choice in self.choices for part in choice.parts}

    @property
    def mistakes(self) -> list[str]:
        """The ids of the mistakes in it."""
        other_case = self.name.casefold() == self.tag.casefold()
        named = [WRONG_TAG_CASE if other_case else WRONG_TAG] if self.name else []
        return [choice.id for choice in self.choices] + named

    def apply(self, truth: Outcome, context: Context) -> Outcome | None:
        """What the laws expect, with the points of this curve so logged; `None` where that cannot be.

        Args:
            truth: what the laws expect.
            context: with the trace that they speak of.
        """
        runs = list(truth.runs)
        for index, run in enumerate(truth.runs if self.choices else ()):
            if self.tag in run.curves:
                series = Series.of(truth, context, self.tag, index)
                points = self.points(series)
                if points is None:
                    return None
                runs[index] = run.with_curve(self.tag, run.curves[self.tag].with_points(points))
        return replace(truth, runs=tuple(runs))

    def points(self, series: Series) -> Points | None:
        """The points that are left of a series; `None` where there can be none."""
        choices = [choice for choice in self.choices if choice.fits(series)]
        if not choices:
            return list(series.curve.points)
        with suppress(LookupError, ValueError, ArithmeticError):  # what a choice looks for is not there
            return self._points(series, choices)
        return None

    def _points(self, series: Series, choices: Sequence[Choice]) -> Points | None:
        chosen = {part: made for choice in choices for part, made in choice.parts.items()}
        moments: Sequence[Moment] = series.moments
        if Part.WHEN in chosen:
            moments = chosen[Part.WHEN](series)
        elif chosen.keys() & CADENCE:
            moments = cadence(series, *map(chosen.get, sorted(CADENCE)))
        values = self._values(series, moments, chosen)
        if values is None:
            return None
        step: Step = chosen.get(Part.STEP, lambda at: at.right)
        points: Points = [
            (step(At(moment, place, series)), value)
            for place, (moment, value) in enumerate(zip(moments, values, strict=False))
        ]
        if Part.LOST in chosen:
            points = chosen[Part.LOST](points, series)
        for choice in choices:
            if Part.FILTER in choice.parts:
                numbers = [value for _, value in points if isinstance(value, float)]
                if len(numbers) < len(points):
                    return None
                filtered = choice.parts[Part.FILTER](numbers, series)
                points = [(at, value) for (at, _), value in zip(points, filtered, strict=False)]
            for part in choice.parts.keys() & {Part.KEPT, Part.SINGLE}:
                points = choice.parts[part](points, series)
        return points

    def _values(
        self, series: Series, moments: Sequence[Moment], chosen: Mapping[Part, Any]
    ) -> Sequence[Value] | None:
        if Part.READ in chosen:
            series = chosen[Part.READ](series)
        source: Source | None = chosen.get(Part.SOURCE, RIGHT.get(series.quantity))
        if (
            not chosen.keys() & {Part.READ, Part.EACH, Part.SOURCE, Part.WINDOWS, Part.WHEN, *CADENCE}
            or series.clock == Clock.OTHER
        ):
            return series.curve.values
        if source is None:
            return None
        own = own_window(series)
        above, below = chosen.get(Part.WINDOWS, (own, own))
        each: Each = chosen.get(Part.EACH, lambda batch: batch)
        values: list[float] = []
        last = 0
        for moment in moments:
            numerator, denominator = (
                [each(batch) for batch in window(moment, last, series)] for window in (above, below)
            )
            value = source(numerator, denominator, moment, series)
            if value is None:
                return None
            values.append(value)
            last = moment.stop
        return values


def apply_all(loggers: Iterable[Logger], truth: Outcome, context: Context) -> Outcome | None:
    """What the laws expect, with some curves so logged; `None` where that cannot be.

    Args:
        loggers: of different curves.
        truth: what the laws expect.
        context: with the trace that they speak of.
    """
    outcome: Outcome | None = truth
    for logger in loggers:
        outcome = logger.apply(outcome, context) if outcome else None
    names = {logger.tag: logger.name for logger in loggers if logger.name}
    return renamed(outcome, names) if outcome and names else outcome
