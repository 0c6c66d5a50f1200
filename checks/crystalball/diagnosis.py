"""Which mistake explains the evidence? Mistakes are rival hypotheses, the simplest that fits wins."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from crystalball.cases import Case
from crystalball.curriculum import Exercise
from crystalball.mistakes import CATALOGUE, Mistake, Slot, World
from crystalball.outcome import Difference, Outcome, differences
from crystalball.spec import Spec
from crystalball.trace import Trace

AMBIGUOUS = 3
"""Explanations that are told as "one of"; when more fit, none is told."""


@dataclass(frozen=True)
class Evidence:
    """What one case showed.

    Attributes:
        case: what was asked.
        trace: of a right training.
        expected: the truth.
        seen: the observation.
    """

    case: Case
    trace: Trace
    expected: Outcome
    seen: Outcome

    @cached_property
    def differences(self) -> list[Difference]:
        """In what the observation differs from the truth."""
        return list(differences(self.expected, self.seen))


@dataclass(frozen=True)
class Diagnosis:
    """Looks for the mistakes that explain evidence.

    Attributes:
        exercise: whose mistakes are considered.
        spec: its laws.
        retrace: trains a case with one of the oracle's flaws.
        factor: by which the tolerances are multiplied.
    """

    exercise: Exercise
    spec: Spec
    retrace: Callable[[Case, str], Trace]
    factor: float = 1

    @property
    def rivals(self) -> list[Mistake]:
        """The mistakes of the exercise, one for each that can be told."""
        return self._told(self.exercise.mistakes)

    def _told(self, mistakes: Iterable[str]) -> list[Mistake]:
        return [CATALOGUE[name] for name in dict.fromkeys(map(self.exercise.one_name, mistakes))]

    def explain(
        self, evidence: Sequence[Evidence], facets: Collection[str] | None = None
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
        single, slip = ([(mistake,) for mistake in some if not mistake.vague] for some in (own, slips))
        vague, last = ([(mistake,) for mistake in some if mistake.vague] for some in (own, slips))
        pairs = [
            (a, b) if a.slot < b.slot else (b, a)
            for (a,), (b,) in combinations(single, 2)
            if a.slot != b.slot
        ]
        levels = (single, slip, pairs, vague, last) if facets is None else (single, vague, slip, last)
        for level in levels:
            # To train again is expensive, so what needs no training is tried first.
            for trains in (False, True):
                fitting = [
                    tuple(mistake.id for mistake in mistakes)
                    for mistakes in level
                    if (mistakes[0].slot == Slot.TRAINING) == trains
                    and self.fits(mistakes, evidence, facets)
                ]
                if fitting:
                    return fitting if len(fitting) <= AMBIGUOUS else []
        return []

    def fits(
        self,
        mistakes: Sequence[Mistake],
        evidence: Iterable[Evidence],
        facets: Collection[str] | None = None,
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

    def _differs(self, predicted: Outcome, one: Evidence, facets: Collection[str] | None) -> bool:
        found = differences(predicted, one.seen, one.expected.tags, self.factor)
        # Where another number of runs is predicted, nothing of them can be compared.
        return any(facets is None or difference.facet in {*facets, "runs"} for difference in found)

    def predict(
        self, mistakes: Sequence[Mistake], one: Evidence, *, example: bool = False
    ) -> Iterator[Outcome]:
        """What a program with these mistakes, in the order of their slots, could have left.

        Args:
            mistakes: the mistakes.
            one: the case, and the observation that is to be explained.
            example: make an example up instead, without a look at the observation.
        """
        seen = None if example else one.seen
        flaws = [flaw for mistake in mistakes for flaw in mistake.flaws]
        if not flaws:
            yield from _compose(mistakes, one.expected, World(one.case, one.trace, seen))
        for flaw in flaws:
            trace = self.retrace(one.case, flaw)
            if not trace.possible:
                # Such a program raises; what it leaves besides is its own affair.
                raised = seen is not None and any(end.how == "raised" for end in seen.ends)
                for _ in _compose(mistakes, one.expected, World(one.case, one.trace, seen)):
                    yield seen if raised and seen is not None else one.expected
                continue
            truth = self.spec.expect(one.case, trace)
            yield from _compose(mistakes, truth, World(one.case, trace, seen))


def _compose(mistakes: Sequence[Mistake], truth: Outcome, world: World) -> Iterator[Outcome]:
    if not mistakes:
        yield truth
        return
    for outcome in mistakes[0].predict(truth, world):
        yield from _compose(mistakes[1:], outcome, world)
