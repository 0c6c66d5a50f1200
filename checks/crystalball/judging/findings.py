"""A finding: one difference between what was left and what was expected, as it is told."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from os.path import commonprefix
from typing import Any

import msgspec

from crystalball.cases.broken_runs import BrokenRun
from crystalball.cases.inside.case import Case
from crystalball.oracle.detective import Sign, nearest, signs
from crystalball.outcomes.difference import Difference
from crystalball.outcomes.end import End, Names, Returned
from crystalball.outcomes.facet import CurveFacet, Facet, Trait
from crystalball.outcomes.outcome import Curve
from crystalball.outcomes.run_name import ConventionalName
from crystalball.reading.outside import NOTHING, Outside, outside, outside_line
from crystalball.reading.pictures import Picture, Sprites
from crystalball.reading.values import MOST_DIGITS, Histogram, Value, agree

_TELLING = (Trait.END, Trait.RUNS, Trait.NAME)
"""What tells more than any curve, in this order; all else tells less."""

ROWS = 5
"""Rows of the table around the first difference."""

MOST_POINTS = 100
"""Points of a curve that are kept for a drawing."""

LONGEST_TEXT = 120
"""Characters of a value in words."""

MOST_INSTEAD = 20
"""Tags that nobody asked for, in place of one that is missing."""

NOT_FINITE: dict[object, float] = {repr(value): value for value in (math.nan, math.inf, -math.inf)}
"""Numbers that JSON does not know, by their strings in it."""


@dataclass(frozen=True)
class Row:
    """One step of a curve: what was logged there, and what was expected; `None` for no point.

    A value that is no number is told in words. The step is `None` where it does not matter.
    """

    step: int | None
    logged: float | Outside | None
    expected: float | Outside | None
    agrees: bool

    def __post_init__(self) -> None:
        for side in ("logged", "expected"):  # what `Verdict.to_json` could write as a string alone
            value = getattr(self, side)
            object.__setattr__(self, side, NOT_FINITE.get(value, value))


@dataclass(frozen=True)
class Agreement:
    """What of a curve is right, though not all is.

    Attributes:
        steps: whether all steps are.
        values: whether all values are, in their order, whatever their steps.
        points: how many points are, in step and value.
        until: the step up to which all points are; `None` where the first is not.
        expected: points that were asked for.
        logged: points that were logged.
    """

    steps: bool
    values: bool
    points: int
    until: int | None
    expected: int
    logged: int

    @classmethod
    def of(cls, expected: Curve, seen: Curve) -> Agreement:
        """Compares two curves, point by point.

        Args:
            expected: what was asked for.
            seen: what was logged.
        """
        values = [curve.map(lambda step, value: (0, value)) for curve in (expected, seen)]
        expected, seen = expected.by_step, seen.by_step
        pairs = zip(expected.points, seen.points, strict=False)
        right = [replace(expected, points=(a,)).agrees(Curve((b,)), 1) for a, b in pairs]
        begin = next((index for index, one in enumerate(right) if not one), len(right))
        there = _by_step(seen, expected.any_step)
        points = 0
        for step, wanted in _by_step(expected, expected.any_step).items():
            logged = there.get(step, [])
            points += sum(any(agree(value, one, expected.rtol) for one in logged) for value in wanted)
        return cls(
            expected.any_step or seen.steps == expected.steps,
            values[0].agrees(values[1], 1),
            min(points, len(seen.points)),
            expected.steps[begin - 1] if begin else None,
            len(expected.points),
            len(seen.points),
        )


Points = tuple[tuple[int, float], ...]
"""A curve as it is drawn: step and value of its points, by step."""


def points_of(curve: Curve) -> Points:
    """The points of a curve that can be drawn: finite numbers, of many some, evenly.

    Args:
        curve: of any values.
    """
    numbers = [
        (step, float(value))
        for step, value in curve.by_step.points
        if isinstance(value, (int, float)) and math.isfinite(value)
    ]
    return tuple(numbers[:: len(numbers) // MOST_POINTS + 1])


FindingSide = End | tuple[ConventionalName | str | int, ...] | int | str
"""One side of a finding: how a call ended; names of directories, or how many epochs could be seen at each
look; a number of files, folders or writers; of a curve, how often its one value was written, in words."""


@dataclass(frozen=True)
class NameFinding:
    """A name of what is wrong with a run that was not said, or too much.

    Attributes:
        missed: it was not said.
        sign: what in the run earns it the name, or comes nearest to that.
    """

    missed: bool
    sign: Sign


@dataclass(frozen=True)
class Finding:
    """One difference between what was left and what was expected.

    Attributes:
        facet: what it is about.
        run: the name of the run that it is about, where there should be several.
        expected: what was expected; empty for a curve that has rows.
        seen: likewise.
        rows: of a curve, around the first difference.
        hidden: rows that are not shown.
        call: what the call that it is about is called, where there are several.
        instead: of a curve without points, the tags in that run that nobody asked for.
        right: of a curve that has points, what of it is right.
        line: of the learner's file that it is about, as the worker reports it; 0 for none.
        source: what stands in that line.
        names: of a returned set of names, each that is missing or too much.
        curves: of a curve of numbers, the logged and the expected one, to be drawn.
    """

    facet: Facet
    run: ConventionalName | str = ""
    expected: FindingSide = ""
    seen: FindingSide = ""
    rows: tuple[Row, ...] = ()
    hidden: int = 0
    call: str = ""
    instead: tuple[Outside, ...] = ()
    right: Agreement | None = None
    line: int = 0
    source: Outside = NOTHING
    names: tuple[NameFinding, ...] = ()
    curves: tuple[Points, Points] | None = None

    @classmethod
    def of(cls, difference: Difference, case: Case) -> Finding:
        """The finding that tells a difference.

        Args:
            difference: between truth and observation.
            case: on which it was seen.
        """
        expected, seen = difference.expected, difference.seen
        if isinstance(expected, Curve) and isinstance(seen, Curve):
            return cls._of_curves(difference, expected, seen)
        expected, seen = _readable(expected), _readable(seen)
        call = "" if difference.call is None else case.call(difference.call)
        names = tuple(_name_findings(case, expected, seen))
        run = _readable(difference.run)
        return cls(difference.facet, run, expected, seen, call=call, names=names)

    @classmethod
    def _of_curves(cls, difference: Difference, expected: Curve, seen: Curve) -> Finding:
        seen = _shown(expected, seen)
        if _elsewhere(expected, seen):
            once, often = (_places(curve, expected) for curve in (expected, seen))
            return cls(difference.facet, _readable(difference.run), once, often)
        right = Agreement.of(expected, seen) if seen.points else None
        rows = _rows(expected, seen)
        first = next((i for i, row in enumerate(rows) if not row.agrees), 0)
        start = max(0, min(first - 1, len(rows) - ROWS))
        shown = tuple(rows[start : start + ROWS])
        instead = tuple(map(outside_line, difference.instead[:MOST_INSTEAD]))
        hidden = len(rows) - len(shown)
        drawn = points_of(seen), points_of(expected)
        curves = drawn if drawn[1] and not expected.any_step else None
        return cls(
            *(difference.facet, _readable(difference.run)),
            rows=shown,
            hidden=hidden,
            instead=instead,
            right=right,
            curves=curves,
        )

    @property
    def rank(self) -> int:
        """How little it tells by itself; a curve that is nearly right says best what is wrong."""
        if not isinstance(self.facet, CurveFacet):
            return _TELLING.index(self.facet) if self.facet in _TELLING else 9
        if self.right is None:
            return 3
        right = self.right
        nearly = (right.values, right.steps and right.points, right.points, right.steps)
        return next((4 + index for index, one in enumerate(nearly) if one), 8)


def _name_findings(case: Case, expected: Any, seen: Any) -> Iterator[NameFinding]:
    """The names in which two returned sets differ, those that are missing first."""
    sets = [end.value for end in (expected, seen) if isinstance(end, Returned)]
    if isinstance(case, BrokenRun) and len(sets) == 2 and all(isinstance(one, Names) for one in sets):
        right, said = (one.names for one in sets if isinstance(one, Names))
        yield from (NameFinding(True, sign) for sign in signs(case) if sign.name not in said)
        yield from (NameFinding(False, nearest(case, name)) for name in sorted(said - right))


def _readable(told: Any) -> Any:
    """What is told, with all text in it through the door for text from outside: no name begins a line."""
    if isinstance(told, str):
        return outside_line(told)
    if isinstance(told, tuple | frozenset):
        return type(told)(map(_readable, told))
    if isinstance(told, msgspec.Struct):
        return type(told)(*map(_readable, msgspec.structs.astuple(told)))
    return told


def _shown(expected: Curve, seen: Curve) -> Curve:
    """What was seen, without what may be logged besides, but for what stands where a point is asked for."""
    spoken = expected.spoken_of(seen)
    besides = seen.points[len(spoken.points) :]
    return seen.with_points([*spoken.points, *(point for point in besides if point[0] in expected.steps)])


def _elsewhere(expected: Curve, seen: Curve) -> bool:
    """Whether one value that belongs to the whole run was written, but too often or elsewhere."""
    if len(expected.points) != 1 or not seen.points:
        return False
    if expected.any_step:
        return len(seen.points) > 1
    return not isinstance(expected.values[0], (int, float)) and seen.steps != expected.steps


def _places(curve: Curve, expected: Curve) -> str:
    """How often a value was written, and at which steps, where that matters."""
    times = "once" if len(curve.points) == 1 else f"{len(curve.points)} times"
    if expected.any_step:
        return times
    steps = [str(step) for step in dict.fromkeys(curve.steps)]
    told = ", ".join(steps[:ROWS]) + ", …" * (len(steps) > ROWS)
    return f"{times}, at step{'s' * (len(steps) > 1)} {told}"


def _rows(expected: Curve, seen: Curve) -> list[Row]:
    """Both curves side by side: points of one step are paired in the order of their logging."""
    rows = []
    wanted, logged = (_by_step(curve, expected.any_step) for curve in (expected, seen))
    for step in sorted({*wanted, *logged}, key=lambda step: step or 0):
        want, got = wanted.get(step, []), logged.get(step, [])
        for i in range(max(len(want), len(got))):
            a, b = (values[i] if i < len(values) else None for values in (want, got))
            agrees = (
                a is not None
                and b is not None
                and Curve(((0, a),), expected.rtol).agrees(Curve(((0, b),)), 1)
            )
            told, asked = _cut(_told(b, a), _told(a))
            if isinstance(a, Histogram) and isinstance(b, Histogram) and not agrees:
                told, asked = _apart(b, a)
            if told == asked and not agrees and not isinstance(told, float):
                told, asked = _cut(repr(b), repr(a))
            rows.append(Row(step, _through(told), _through(asked), agrees))
    return rows


def _through(told: float | str | None) -> float | Outside | None:
    return outside_line(told) if isinstance(told, str) else told


def _apart(one: Histogram, other: Histogram) -> tuple[str, str]:
    """Two histograms that differ, in words that do."""
    forms = [(digits, sums) for sums in (False, True) for digits in (4, 6, MOST_DIGITS)]
    pairs = [(one.text(digits, sums=sums), other.text(digits, sums=sums)) for digits, sums in forms]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[-1])


def _by_step(curve: Curve, any_step: bool) -> dict[int | None, list[Value]]:
    values: dict[int | None, list[Value]] = {}
    for step, value in curve.points:
        values.setdefault(None if any_step else step, []).append(value)
    return values


def _told(value: Value | None, expected: Value | None = None) -> float | str | None:
    """A value as it is told: a number as it is, all else in words."""
    if value is None or isinstance(value, (int, float)):
        return value
    if isinstance(expected, Sprites) and isinstance(value, Picture):
        found = expected.found_in(value)
        return f"{found} of the {len(expected.pictures)} in {value.width} x {value.height} pixels"
    told = " ".join(outside(str(value)).split())
    return f'the text "{told}"' if isinstance(value, str) and isinstance(expected, float) else told


def _cut(*told: float | str | None) -> list[float | str | None]:
    """Words that are too long, cut to where they begin to differ."""
    texts = [text for text in told if isinstance(text, str)]
    same = len(commonprefix(texts)) if len(texts) > 1 else 0  # noqa: RUF071  # these are no paths
    start = max(0, same - LONGEST_TEXT // 2) if max(map(len, texts), default=0) > LONGEST_TEXT else 0
    return [_part(text, start) if isinstance(text, str) else text for text in told]


def _part(text: str, start: int) -> str:
    end = start + LONGEST_TEXT
    return "…" * (start > 0) + text[start:end] + "…" * (len(text) > end)
