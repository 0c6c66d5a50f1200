"""The search for an explanation: the cheapest hypotheses first, mended one thing after the other."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count

from crystalball.judging.broken import Broken, Part, broken_parts
from crystalball.judging.hypothesis import Hypothesis
from crystalball.judging.mending import (
    AGAIN,
    LAST_RESORT,
    MOST_MISTAKES,
    OWN,
    PLACED_RIGHTLY,
    TRAINED,
    UNEXPLAINED,
    Spent,
)
from crystalball.judging.stages import PLACED, Stages
from crystalball.mistakes import language
from crystalball.mistakes.language import PLACES
from crystalball.outcomes.facet import CurveFacet

Candidates = Callable[[Stages, Hypothesis, list[Broken]], Iterator[Hypothesis]]

STAGES: tuple[tuple[float, Candidates], ...] = (
    (0.0, Stages.singles),
    (OWN + TRAINED, Stages.trained),
    (2 * OWN, Stages.half_trained),
    (2 * OWN, Stages.pairs),
    (2 * OWN + TRAINED, Stages.trained_and_chosen),
    (2 * (OWN + TRAINED), Stages.twice_trained),
    (OWN + LAST_RESORT, Stages.last_resorts),
    (UNEXPLAINED - PLACED_RIGHTLY, Stages.left_out),
)
"""What may mend a thing, and what it costs at least."""

A_LOOK = 0.05
"""What may be looked at for one thing alone, in multiples of `MOST_WORK`, where all else is spent."""

SHORT = tuple(
    stage
    for stage in STAGES
    if stage[1]
    in (Stages.singles, Stages.trained, Stages.half_trained, Stages.last_resorts, Stages.left_out)
)
"""The stages in which one thing alone is tried at a time."""

UNTRAINED = tuple(
    stage
    for stage in STAGES
    if stage[1] in (Stages.singles, Stages.pairs, Stages.last_resorts, Stages.left_out)
)
"""The stages for what is no curve: no training changes that, and two mistakes at once may."""


Stage = tuple[float, Candidates]


@dataclass
class Mended:
    """A hypothesis that is being mended.

    Attributes:
        hypothesis: the hypothesis.
        broken: what it does not predict.
        stages: that it has before it, of which it is in the first.
        candidates: what may mend it in that stage; `None` before it is asked for.
    """

    hypothesis: Hypothesis
    broken: list[Broken]
    stages: tuple[Stage, ...]
    candidates: Iterator[Hypothesis] | None = None

    @property
    def misplaced(self) -> int:
        """Curves whose points are not those that were seen, or not at their steps."""
        return sum(part is not None and part is not Part.VALUES for _, part in self.broken)

    def keep_single_stages(self) -> None:
        """One thing alone gave its first curve the right values, which is no chance: two are not tried.

        To be called where that thing makes nothing else wrong.
        """
        if self.broken[0][1] is Part.VALUES and self.stages[0] in SHORT:
            self.stages = tuple(stage for stage in self.stages if stage in SHORT)


@dataclass
class Queue:
    """Hypotheses that wait for being mended, the cheapest first.

    Of two that cost alike the one that leaves less is mended, before the other in all its ways. Of the
    same mistakes, made in several ways, those that leave the fewest curves misplaced are mended.
    """

    _heap: list[tuple[float, int, int, Mended]] = field(default_factory=list)
    _number: Iterator[int] = field(default_factory=count)
    _least: dict[frozenset[str], int] = field(default_factory=dict)

    def push(self, ahead: float, mended: Mended) -> None:
        """Adds one.

        Args:
            ahead: what it will cost, about.
            mended: the one.
        """
        ids = frozenset(mended.hypothesis.mistakes)
        self._least[ids] = min(mended.misplaced, self._least.get(ids, mended.misplaced))
        heapq.heappush(self._heap, (ahead, len(mended.broken), next(self._number), mended))

    def first(self, most: float) -> Mended | None:
        """The cheapest one, which stays; those that need not be mended go. A stage once begun is ended.

        Args:
            most: what it may cost.
        """
        while self._heap:
            ahead, _, _, mended = self._heap[0]
            worse = mended.misplaced > self._least[frozenset(mended.hypothesis.mistakes)]
            if mended.candidates is not None or not (worse or ahead > most):
                return mended
            self.pop()
        return None

    def pop(self) -> None:
        """Takes the cheapest one away."""
        heapq.heappop(self._heap)


@dataclass
class Search(Stages):
    """A search for the simplest hypotheses that predict what was seen."""

    _most: float = math.inf
    _stages: tuple[tuple[float, Candidates], ...] = SHORT

    def run(self) -> list[Hypothesis]:
        """The simplest hypotheses, all of one cost; where too much is to be looked at, the best so far."""
        found = self._found(Hypothesis(), SHORT, 1) or [self._as_it_is(Hypothesis())]
        if found[0].unexplained or self._cost(found[0]) >= 2 * OWN:  # what the other stages cost at least
            fuller = self._found(Hypothesis(), STAGES, 2, self._cost(found[0]) + AGAIN / 2)
            found = min(fuller or found, found, key=lambda some: self._left(some[0]))
        if found[0].unexplained:  # one thing more may do; two where it is wrong in its values alone
            further = (STAGES, 1.0) if self._placed(found[0]) else (SHORT, 4 * A_LOOK)
            on = self._found(replace(found[0], unexplained=frozenset()), *further)
            found = min(on or found, found, key=lambda some: self._left(some[0]))
        if found[0].unexplained:
            found = self._one_by_one(found)
        needed = list(dict.fromkeys(self._borne_out(self._otherwise(one)) for one in found))
        least = min(map(self._cost, needed))
        return [one for one in needed if self._cost(one) < least + AGAIN / 2]

    def _one_by_one(self, found: list[Hypothesis]) -> list[Hypothesis]:
        """The same, or what explains more: one thing after the other, by what the others need as well."""
        together, left = self._as_it_is(Hypothesis()), 1.0
        # What is no curve takes least, and what is wrong in its values alone tells most.
        broken = sorted(self.broken(Hypothesis()), key=lambda one: -(one[1] or len(Part) + 1))
        things = [thing for thing, _ in broken]
        for thing in (*things, *things):  # what cannot be explained at first may be, beside the others
            if thing in together.unexplained:
                start = replace(together, unexplained=together.unexplained - {thing})
                stages = SHORT if isinstance(thing, CurveFacet) else UNTRAINED
                best = min([together, *self._found(start, stages, max(left, A_LOOK))], key=self._cost)
                left -= self._spent
                together = self._as_it_is(best)
        return [together] if self._cost(together) < self._cost(found[0]) else found

    def _as_it_is(self, hypothesis: Hypothesis) -> Hypothesis:
        """A hypothesis that leaves unexplained what it does not predict, and nothing else."""
        self._budget = math.inf  # one comparison is always made
        bare = replace(hypothesis, unexplained=frozenset())
        return bare.without(self.broken(bare))

    def _otherwise(self, hypothesis: Hypothesis) -> Hypothesis:
        """A hypothesis with its mistakes made in the ways that leave least unexplained.

        What one of them was to mend may have shown others as well, so that no way alone mended it.
        """
        for index, way in enumerate(hypothesis.ways if hypothesis.unexplained else ()):
            self._budget = math.inf  # one comparison for each is always made
            ways = (replace(way, number=n) for n in range(self._count(Hypothesis(), way.mistake, way.flaw)))
            made = ((*hypothesis.ways[:index], other, *hypothesis.ways[index + 1 :]) for other in ways)
            others = [self._as_it_is(replace(hypothesis, ways=one)) for one in made]
            hypothesis = min([hypothesis, *others], key=self._cost)
        return hypothesis

    def _borne_out(self, hypothesis: Hypothesis) -> Hypothesis:
        """A hypothesis without the mistakes that the others make needless, or that break what they mend."""
        self._budget = math.inf  # one comparison for each is always made
        for less in self._less(hypothesis):
            needless = not self.broken(less) and self._placed(less) == self._placed(hypothesis)
            if needless or self._misses(less) <= self._misses(hypothesis):
                return self._borne_out(self._as_it_is(less))
        return hypothesis

    def _less(self, hypothesis: Hypothesis) -> Iterator[Hypothesis]:
        """A hypothesis without one of its ways, of its loggers, or of the choices in one."""
        for way in hypothesis.ways:
            yield replace(hypothesis, ways=tuple(one for one in hypothesis.ways if one != way))
        for logger in hypothesis.loggers:
            yield replace(hypothesis, loggers=tuple(one for one in hypothesis.loggers if one != logger))
            for choice in logger.choices if len(logger.choices) > 1 else ():
                others = tuple(one for one in logger.choices if one != choice)
                yield hypothesis.with_logger(replace(logger, choices=others))

    def _misses(self, hypothesis: Hypothesis) -> int:
        """How much it does not predict, case by case, be it left out or not; steps are one more."""
        predicted = ((self.predictor.outcome(hypothesis, one), one) for one in self.seen)
        broken = (broken_parts(outcome, one, self.factor) for outcome, one in predicted if outcome)
        return sum(1 + (part in PLACED) for parts in broken for part in parts.values())

    def _found(
        self,
        start: Hypothesis,
        stages: tuple[tuple[float, Candidates], ...],
        work: float,
        most: float = math.inf,
    ) -> list[Hypothesis]:
        """The simplest hypotheses that go on from one, or the best so far; none that cost more.

        Args:
            start: the one.
            stages: what may mend a thing.
            work: what may be looked at, in multiples of `MOST_WORK`.
            most: what they cost at most.
        """
        found: list[Hypothesis] = []
        best: list[Hypothesis] = []
        self._most, self._stages, self._work, self._budget = most, stages, 0, work
        with suppress(Spent):
            for hypothesis, broken in self._cheapest_first(start):
                left = hypothesis.without(broken)
                if not broken:  # what costs more is no rival of it
                    found.append(hypothesis)
                    self._most = min(self._most, self._cost(hypothesis) + AGAIN / 2)
                elif not best or self._cost(left) < self._cost(best[0]):
                    best = [left]
        found = sorted((one for one in found if self._cost(one) <= self._most), key=self._cost)
        return found or best

    def _cheapest_first(self, start: Hypothesis) -> Iterator[tuple[Hypothesis, list[Broken]]]:
        """Hypotheses with what is broken: the cheapest first, with what is ahead; whole ones at once."""
        queue = Queue()
        visited: set[Hypothesis] = set()
        alike: set[object] = set()

        def push(mended: Mended, more: float) -> None:
            queue.push(self._ahead(mended.hypothesis, mended.broken) + more, mended)

        def new(hypothesis: Hypothesis) -> Iterator[tuple[Hypothesis, list[Broken]]]:
            if hypothesis in visited or len(hypothesis.mistakes) > MOST_MISTAKES:
                return
            visited.add(hypothesis)
            broken, likeness = self._likeness(hypothesis)
            if not broken:
                yield hypothesis, broken
            elif likeness not in alike:
                alike.add(likeness)
                push(Mended(hypothesis, broken, self._stages), 0)

        yield from new(start)
        while mended := queue.first(self._most):
            if mended.candidates is None:
                if mended.stages == self._stages:
                    yield mended.hypothesis, mended.broken
                mended.candidates = mended.stages[0][1](self, mended.hypothesis, mended.broken)
            if (candidate := next(mended.candidates, None)) is not None:
                if dict(self.broken(candidate)).keys() <= dict(mended.broken).keys():
                    mended.keep_single_stages()
                yield from new(candidate)
                continue
            queue.pop()
            if after := mended.stages[1:]:
                push(Mended(mended.hypothesis, mended.broken, after), after[0][0])

    def _likeness(self, hypothesis: Hypothesis) -> tuple[list[Broken], object]:
        """What is broken in a hypothesis, and a key: of those that leave the same, one is enough."""
        broken, numbers = self.compared(hypothesis)
        return broken, (frozenset(hypothesis.mistakes), hypothesis.trained, tuple(broken), numbers)

    def _ahead(self, hypothesis: Hypothesis, broken: list[Broken]) -> float:
        """What a hypothesis costs, and about half of what it will cost to mend the rest of it.

        Where points were placed otherwise and are still misplaced, more than one thing is ahead.
        """
        kinds = {part or facet for facet, part in broken}
        misplaced = {
            facet.tag for facet, part in broken if isinstance(facet, CurveFacet) and part in PLACED
        }
        moved = any(one.tag in misplaced and one.parts & PLACES for one in hypothesis.loggers)
        return self._cost(hypothesis) + (len(kinds) / 2 + moved) * OWN

    def _left(self, hypothesis: Hypothesis) -> tuple[bool, float]:
        """Whether something stays unexplained, and what it costs."""
        return bool(hypothesis.unexplained), self._cost(hypothesis)

    def _cost(self, hypothesis: Hypothesis) -> float:
        """What it costs to assume a hypothesis."""
        made = hypothesis.made
        once = set(made)
        ways = {choice for one in hypothesis.loggers for choice in one.choices}
        differently = len(ways) - len({choice.id for choice in ways})
        again = AGAIN * ((len(made) > len(once)) + differently)
        left = UNEXPLAINED * len(hypothesis.unexplained) - PLACED_RIGHTLY * self._placed(hypothesis)
        return sum(self.costs[id] for id in once) + again + left

    def _placed(self, hypothesis: Hypothesis) -> int:
        """How many curves it leaves unexplained, and explains but for their values."""
        facets = {
            CurveFacet(one.name or one.tag) for one in hypothesis.loggers if language.Part.STEP in one.parts
        }
        return len(facets & hypothesis.unexplained)
