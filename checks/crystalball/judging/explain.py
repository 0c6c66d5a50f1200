"""The explainer: the simplest mistakes that predict what was seen, of all those that are rivals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from crystalball.cases.inside.case import Case
from crystalball.curriculum.manifest import Exercise
from crystalball.judging.case_result import Comparison
from crystalball.mistakes import CATALOGUE, Aspect, Context, Mistake
from crystalball.oracle.flaws import Flaw
from crystalball.oracle.trace import Trace
from crystalball.outcomes.difference import differences
from crystalball.outcomes.end import Raised
from crystalball.outcomes.expect import Spec
from crystalball.outcomes.facet import Facet, Trait
from crystalball.outcomes.outcome import Outcome

AMBIGUOUS = 3
"""Explanations that are told as "one of"; when more fit, none is told."""

Rivals = list[tuple[Mistake, ...]]
"""Explanations that are equally simple: a mistake each, or two."""


@dataclass(frozen=True)
class Explanation:
    """What explains a failure.

    Attributes:
        mistakes: the explanations that fit, each one mistake's id or two; none when nothing fits.
        unexplained: the facets that they leave unexplained.
    """

    mistakes: tuple[tuple[str, ...], ...]
    unexplained: tuple[Facet, ...] = ()


@dataclass(frozen=True)
class Explainer:
    """Looks for the mistakes that explain what was seen.

    Attributes:
        exercise: whose mistakes are considered.
        spec: its laws.
        retrace: trains a case with one of the oracle's flaws.
        factor: by which the tolerances are multiplied; `crystalball verify` lets rivals differ by more.
    """

    exercise: Exercise
    spec: Spec
    retrace: Callable[[Case, Flaw], Trace]
    factor: float = 1

    @property
    def rivals(self) -> list[Mistake]:
        """The mistakes of the exercise, one for each that can be told."""
        return self._told(self.exercise.mistakes)

    def _told(self, mistakes: Iterable[str]) -> list[Mistake]:
        return [CATALOGUE[name] for name in dict.fromkeys(map(self.exercise.one_name, mistakes))]

    def explain(self, seen: Sequence[Comparison]) -> Explanation:
        """What explains everything; else, law by law, what explains the part that it speaks of.

        Args:
            seen: all cases that were run; at least one differs from the truth.
        """
        if whole := self.fitting(seen):
            return Explanation(tuple(whole))
        partly: dict[str, None] = {}
        unexplained: dict[Facet, None] = {}
        broken = {difference.facet for one in seen for difference in one.differences}
        for check in self.spec.checks:
            facets = broken & seen[0].statement.facets[check.name]
            found = self.fitting(seen, facets) if facets else []
            if len(found) == 1:
                partly[found[0][0]] = None
            else:
                unexplained |= dict.fromkeys(sorted(facets, key=str))
        return Explanation((tuple(partly),) if partly else (), tuple(unexplained))

    def fitting(
        self, seen: Sequence[Comparison], facets: Collection[Facet] | None = None
    ) -> list[tuple[str, ...]]:
        """The simplest explanations that fit all cases.

        Args:
            seen: the cases.
            facets: only these facets are to be explained, by a single mistake.

        Returns:
            Each is one mistake's id, or two. Several that are equally simple fit all; none fits when
            the list is empty.
        """
        for rivals in self._levels(pairs=facets is None):
            # To train again is expensive, so what needs no training is tried first.
            for trains in (False, True):
                fitting = [
                    tuple(mistake.id for mistake in mistakes)
                    for mistakes in rivals
                    if (mistakes[0].aspect == Aspect.TRAINING) == trains
                    and self.fits(mistakes, seen, facets)
                ]
                if fitting:
                    return fitting if len(fitting) <= AMBIGUOUS else []
        return []

    def _levels(self, *, pairs: bool) -> list[Rivals]:
        """All explanations, the simplest first: the exercise's own mistakes go before slips."""
        own, slips = self.rivals, self._told(self.exercise.slips)

        def single(mistakes: list[Mistake], *, last_resort: bool = False) -> Rivals:
            return [(one,) for one in mistakes if one.last_resort == last_resort]

        last, last_slips = single(own, last_resort=True), single(slips, last_resort=True)
        if not pairs:
            return [single(own), last, single(slips), last_slips]
        both = (sorted((a, b), key=lambda one: one.aspect) for (a,), (b,) in combinations(single(own), 2))
        return [
            single(own),
            single(slips),
            [(a, b) for a, b in both if a.aspect != b.aspect],
            last,
            last_slips,
        ]

    def fits(
        self,
        mistakes: Sequence[Mistake],
        seen: Iterable[Comparison],
        facets: Collection[Facet] | None = None,
    ) -> bool:
        """Whether one way to make these mistakes predicts all cases.

        Args:
            mistakes: in the order of their aspects.
            seen: the cases.
            facets: only these facets are compared; all without it.
        """
        ways: set[int] | None = None
        for one in seen:
            fitting = {
                way
                for way, predicted in enumerate(self.predict(mistakes, one))
                if not self._differs(predicted, one, facets) and (ways is None or way in ways)
            }
            if not fitting:
                return False
            ways = fitting
        return True

    def _differs(self, predicted: Outcome, one: Comparison, facets: Collection[Facet] | None) -> bool:
        found = differences(predicted, one.seen, one.expected.tags, self.factor)
        # Where another number of runs is predicted, nothing of them can be compared.
        return any(facets is None or difference.facet in {*facets, Trait.RUNS} for difference in found)

    def predict(
        self, mistakes: Sequence[Mistake], one: Comparison, *, example: bool = False
    ) -> Iterator[Outcome]:
        """What a program with these mistakes, in the order of their aspects, could have left.

        Args:
            mistakes: the mistakes.
            one: the case, and the observation that is to be explained.
            example: make an example up instead, without a look at the observation.
        """
        seen = None if example else one.seen
        flaws = [flaw for mistake in mistakes for flaw in mistake.flaws]
        if not flaws:
            yield from _compose(mistakes, one.expected, Context(one.case, one.trace, seen))
        for flaw in flaws:
            trace = self.retrace(one.case, flaw)
            if not trace.possible:
                # Such a program raises; what it leaves besides is its own affair.
                raised = seen is not None and any(isinstance(end, Raised) for end in seen.ends)
                for _ in _compose(mistakes, one.expected, Context(one.case, one.trace, seen)):
                    yield seen if raised and seen is not None else one.expected
                continue
            truth = self.spec.apply(one.case, trace).outcome
            yield from _compose(mistakes, truth, Context(one.case, trace, seen))


def _compose(mistakes: Sequence[Mistake], truth: Outcome, context: Context) -> Iterator[Outcome]:
    if not mistakes:
        yield truth
        return
    for outcome in mistakes[0].predict(truth, context):
        yield from _compose(mistakes[1:], outcome, context)
