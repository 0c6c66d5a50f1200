"""Which mistake explains the evidence? Mistakes are rival hypotheses, the simplest that fits wins."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from crystalball.cases.inside.case import Case
from crystalball.curriculum.manifest import Exercise
from crystalball.mistakes import CATALOGUE, Aspect, Context, Mistake
from crystalball.oracle.flaws import Flaw
from crystalball.oracle.trace import Trace
from crystalball.outcomes.difference import Difference, differences
from crystalball.outcomes.end import Raised
from crystalball.outcomes.expect import Spec, Statement
from crystalball.outcomes.facet import Facet, Trait
from crystalball.outcomes.outcome import Outcome

AMBIGUOUS = 3
"""Explanations that are told as "one of"; when more fit, none is told."""


@dataclass(frozen=True)
class Comparison:
    """What one case showed.

    Attributes:
        case: what was asked.
        trace: of a right training.
        law: what the laws say of it.
        seen: the observation.
    """

    case: Case
    trace: Trace
    law: Statement
    seen: Outcome

    @property
    def expected(self) -> Outcome:
        """The truth."""
        return self.law.outcome

    @cached_property
    def differences(self) -> list[Difference]:
        """In what the observation differs from the truth."""
        return list(differences(self.expected, self.seen))


@dataclass(frozen=True)
class Explainer:
    """Looks for the mistakes that explain evidence.

    Attributes:
        exercise: whose mistakes are considered.
        spec: its laws.
        retrace: trains a case with one of the oracle's flaws.
        factor: by which the tolerances are multiplied.
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

    def explain(
        self, evidence: Sequence[Comparison], facets: Collection[Facet] | None = None
    ) -> list[tuple[str, ...]]:
        """The simplest explanations of all the evidence together.

        Args:
            evidence: at least one case that differs from the truth, and all others seen.
            facets: only these facets are to be explained, by a single mistake.

        Returns:
            Each explanation is one mistake's id, or two. Several that are equally simple fit all;
            none fits when the list is empty.
        """
        own, slips = self.rivals, self._told(self.exercise.slips)
        single, slip = (
            [(mistake,) for mistake in some if not mistake.last_resort] for some in (own, slips)
        )
        last_resort, last = (
            [(mistake,) for mistake in some if mistake.last_resort] for some in (own, slips)
        )
        pairs = [
            (a, b) if a.aspect < b.aspect else (b, a)
            for (a,), (b,) in combinations(single, 2)
            if a.aspect != b.aspect
        ]
        levels = (
            (single, slip, pairs, last_resort, last)
            if facets is None
            else (single, last_resort, slip, last)
        )
        for level in levels:
            # To train again is expensive, so what needs no training is tried first.
            for trains in (False, True):
                fitting = [
                    tuple(mistake.id for mistake in mistakes)
                    for mistakes in level
                    if (mistakes[0].aspect == Aspect.TRAINING) == trains
                    and self.fits(mistakes, evidence, facets)
                ]
                if fitting:
                    return fitting if len(fitting) <= AMBIGUOUS else []
        return []

    def fits(
        self,
        mistakes: Sequence[Mistake],
        evidence: Iterable[Comparison],
        facets: Collection[Facet] | None = None,
    ) -> bool:
        """Whether one way to make these mistakes predicts all the evidence."""
        ways: set[int] | None = None
        for one in evidence:
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
            truth = self.spec.state(one.case, trace).outcome
            yield from _compose(mistakes, truth, Context(one.case, trace, seen))


def _compose(mistakes: Sequence[Mistake], truth: Outcome, world: Context) -> Iterator[Outcome]:
    if not mistakes:
        yield truth
        return
    for outcome in mistakes[0].predict(truth, world):
        yield from _compose(mistakes[1:], outcome, world)
