"""The explainer: the simplest mistakes that predict what was seen.

An explanation is a hypothesis on how the program differs from a right one: a flaw of its training, choices
in how curves are logged, other mistakes. It is found by mending what differs, one thing after the other,
each given what was found before. So mistakes in different parts are found one by one, though nobody ever
wrote down that they occur together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from crystalball.cases.inside.case import Case
from crystalball.cases.inside.training import Training
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.judging.broken import NameFacet, Part, Thing, broken_parts
from crystalball.judging.case_result import Comparison
from crystalball.judging.hypothesis import Hypothesis, Predictor
from crystalball.judging.mending import AGAIN, LAST_RESORT, OWN, RARE, SLIP, TRAINED
from crystalball.judging.search import Search
from crystalball.mistakes import CATALOGUE, Aspect, Mistake
from crystalball.mistakes.language import CHOICES, WRONG_TAG, WRONG_TAG_CASE, Logger
from crystalball.mistakes.names import MISNAMED
from crystalball.mistakes.put_back import put_back
from crystalball.oracle.flaws import SCORES, Flaw
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Spec
from crystalball.outcomes.facet import Facet, Trait
from crystalball.outcomes.outcome import Outcome

AMBIGUOUS = 3
"""Explanations that are told as "one of"; when more fit, none is told."""

ANYWHERE = (
    *("points_beside", "points_missing", "several_event_files"),
    *("steps_from_an_earlier_call", "curves_below_the_run", "logged_as_text", "named_otherwise"),
    *MISNAMED,
)
"""Mistakes that are considered in every exercise, besides those of the language."""


DEARER = {"ended_before_its_time": 0.8, "left_in_eval_after_measuring": AGAIN}
"""What some mistakes cost besides: one claims so little that any other one comes first, but not two at
once; one is another mistake and something more, and is told where that other one does not do."""

SAYS = {"several_event_files": Trait.FILES}
"""What mistakes say is wrong, where they may leave something else as well: runs in which it is right do not
show them."""


@dataclass(frozen=True)
class Explanation:
    """What explains a failure.

    Attributes:
        mistakes: the explanations that fit, each the ids of its mistakes; none when nothing fits.
        unexplained: the facets that they leave unexplained.
        hypotheses: what was found, with all that the ids leave open.
    """

    mistakes: tuple[tuple[str, ...], ...]
    unexplained: tuple[Facet, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()

    @property
    def curves(self) -> tuple[tuple[str, str], ...]:
        """Each mistake in how a curve is logged, with the tag under which the curve stands."""
        loggers = (logger for one in self.hypotheses for logger in one.loggers)
        pairs = ((choice.id, one.name or one.tag) for one in loggers for choice in one.choices)
        return tuple(sorted(set(pairs)))


@dataclass(frozen=True)
class Explainer:
    """Looks for the mistakes that explain what was seen.

    Attributes:
        exercise: whose mistakes are considered.
        spec: its laws.
        retrace: trains a case with some of the oracle's flaws.
        factor: by which the tolerances are multiplied; `crystalball verify` lets rivals differ by more.
    """

    exercise: Exercise
    spec: Spec
    retrace: Callable[[Case, tuple[Flaw, ...]], Trace]
    factor: float = 1

    @cached_property
    def costs(self) -> dict[str, float]:
        """What it costs to assume each mistake that is considered, the cheapest first; no hash decides."""
        own, slips = (
            map(self.exercise.one_name, ids) for ids in (self.exercise.mistakes, self.exercise.slips)
        )
        before = (one for one in curriculum().exercises if one.id in self.exercise.builds_on)
        repeated = (id for one in before for id in one.mistakes if _may_be_repeated(CATALOGUE[id]))
        costs = (
            dict.fromkeys((*ANYWHERE, *(one.id for one in CHOICES)), RARE)
            | dict.fromkeys(repeated, RARE)
            | dict.fromkeys(self._flawed(), RARE)
            | dict.fromkeys(slips, SLIP)
            | dict.fromkeys(own, OWN)
        )
        for id in costs:
            mistake = CATALOGUE[id]
            costs[id] += TRAINED * bool(mistake.flaws) + LAST_RESORT * mistake.last_resort
            costs[id] += DEARER.get(id, 0)
        return dict(sorted(costs.items(), key=lambda item: item[1]))

    def _flawed(self) -> Iterator[str]:
        """Mistakes in a training that has what they need."""
        case = self.spec.cases.pinned[0]
        for id, mistake in CATALOGUE.items():
            if SCORES.issuperset(mistake.flaws):  # the exercises on accuracies list these themselves
                continue
            plain = mistake.needs is None and isinstance(case, Training)
            if mistake.flaws and (plain or (mistake.needs and case.find(mistake.needs))):
                yield id

    @property
    def rivals(self) -> list[Mistake]:
        """The mistakes of the exercise, one for each that can be told."""
        return [CATALOGUE[id] for id in dict.fromkeys(map(self.exercise.one_name, self.exercise.mistakes))]

    @cached_property
    def predictor(self) -> Predictor:
        """Predicts what a hypothesis leaves."""
        return Predictor(self.spec, self.retrace)

    def explain(self, seen: Sequence[Comparison]) -> Explanation:
        """What explains all that was seen, or as much of it as can be.

        Where curves lie below their run, and it is known how they came there, that is told, and what is
        wrong with them besides.

        Args:
            seen: all cases that were run; at least one differs from the truth.
        """
        plain = self._explained(seen)
        if any(one.case.restarts for one in seen):  # which of these points were voided, nobody knows
            return plain
        ids = frozenset[str]().union(*(ids for _, ids in map(_in_place, seen)))
        put = [one for one, _ in map(_in_place, seen)]
        if not ids or not any(one.differences for one in put):
            return plain
        rest = self._explained(put)
        if rest.unexplained or not rest.mistakes:
            return plain
        told = (sorted({*one, *ids}, key=lambda id: CATALOGUE[id].aspect) for one in rest.mistakes)
        hypotheses = tuple(replace(each, put_back=ids) for each in rest.hypotheses)
        return Explanation(tuple(map(tuple, told)), hypotheses=hypotheses)

    def _explained(self, seen: Sequence[Comparison]) -> Explanation:
        """What explains it, each curve looked for where it should be."""
        curves = (item for one in seen for run in one.seen.runs for item in run.curves.items())
        self.predictor.logged.clear()
        self.predictor.logged.update(tag for tag, curve in curves if curve.points)
        facets = {difference.facet for one in seen for difference in one.differences}
        costs = {id: cost for id, cost in self.costs.items() if _may_be_said(id, facets)}
        found = Search(costs, self.predictor, self.factor, seen).run()
        told = {frozenset(one.mistakes): one for one in reversed(found)}
        if not found or len(told) > AMBIGUOUS:
            return Explanation((), tuple(dict.fromkeys(d.facet for one in seen for d in one.differences)))
        facets = {Trait.END if isinstance(one, NameFacet) else one for one in found[0].unexplained}
        unexplained = tuple(sorted(facets, key=str))
        mistakes = tuple(one.mistakes for one in reversed(told.values()) if one.mistakes)
        return Explanation(mistakes, unexplained, tuple(found))

    def elsewhere(self, hypotheses: Sequence[Hypothesis], one: Comparison) -> tuple[str, ...] | None:
        """The mistakes that a case does not show, as the others predict all of it.

        Args:
            hypotheses: of one explanation or several, which may share mistakes.
            one: the case, with the observation.

        Returns:
            Their ids; `None` where one of the explanations does not predict all of the case.
        """
        hidden: dict[tuple[str, ...], tuple[str, ...]] = {}
        for each in hypotheses:
            if self.predictor.explains(each, _seen_by(each, one)):
                found = self._hidden(each, one)
                hidden[each.mistakes] = max(hidden.get(each.mistakes, found), found, key=len)
        if not hidden or hidden.keys() != {each.mistakes for each in hypotheses}:
            return None
        # What shows by one explanation is not hidden by another.
        shown = {id for ids, found in hidden.items() for id in ids if id not in found}
        return tuple(dict.fromkeys(id for found in hidden.values() for id in found if id not in shown))

    def _hidden(self, hypothesis: Hypothesis, one: Comparison) -> tuple[str, ...]:
        hidden = sorted(hypothesis.put_back - _in_place(one)[1])
        one = _seen_by(hypothesis, one)
        wrong = {difference.facet for difference in one.differences}
        for id in hypothesis.mistakes:
            less = _without(hypothesis, id)
            same = self._parts(less, one) == self._parts(hypothesis, one)
            needless = same and self.predictor.explains(less, one)
            hypothesis = less if needless else hypothesis
            hidden += [id] * (needless or not _may_be_said(id, wrong))
        return tuple(hidden)

    def _parts(self, hypothesis: Hypothesis, one: Comparison) -> dict[Thing, Part | None]:
        """What of a case is not predicted: of a curve that stays unexplained the steps may be."""
        predicted = self.predictor.outcome(hypothesis, one) if hypothesis.unexplained else None
        return broken_parts(predicted, one, self.factor) if predicted else {}

    def explains_all(self, hypotheses: Sequence[Hypothesis], one: Comparison) -> bool:
        """Whether the mistakes predict all of a case, so that it shows nothing that stays unexplained.

        Args:
            hypotheses: of the same mistakes.
            one: the case, with the observation.
        """
        bare = (replace(each, unexplained=frozenset()) for each in hypotheses)
        return any(self.predictor.explains(each, _seen_by(each, one)) for each in bare)

    def knows_the_end(self, one: Comparison) -> bool:
        """Whether a mistake that is considered predicts how the calls of a case ended.

        Args:
            one: the case, with the observation.
        """
        outcomes = (outcome for id in self.costs for outcome in self.predict(CATALOGUE[id], one))
        return any(outcome.ends == one.seen.ends for outcome in outcomes)

    def predict(self, mistake: Mistake, one: Comparison, *, example: bool = False) -> Iterator[Outcome]:
        """What a program with a mistake could have left, for each way to make it.

        Args:
            mistake: the mistake.
            one: the case, and the observation that is to be explained.
            example: make an example up instead, without a look at the observation.
        """
        for flaw in mistake.flaws or (None,):
            for outcome in self.predictor.outcomes(Hypothesis(), one, mistake, flaw, example=example):
                yield one.expected if outcome is None else outcome

    def fits(self, mistake: Mistake, seen: Sequence[Comparison]) -> bool:
        """Whether one way to make a mistake predicts all that was seen.

        Args:
            mistake: the mistake.
            seen: the cases.
        """
        alive: set[int] | None = None
        for one in seen:
            alive = {
                way
                for way, predicted in enumerate(self.predict(mistake, one))
                if (alive is None or way in alive) and not broken_parts(predicted, one, self.factor)
            }
            if not alive:
                return False
        return True


def _may_be_said(id: str, wrong: Collection[Facet]) -> bool:
    """Whether what a mistake says is wrong is so."""
    return id not in SAYS or SAYS[id] in wrong


def _in_place(one: Comparison) -> tuple[Comparison, frozenset[str]]:
    """A case with the curves where they should be, and the mistakes that had put them elsewhere."""
    back = put_back(one.seen, one.expected)
    return (replace(one, seen=back.outcome), back.mistakes) if back else (one, frozenset())


def _seen_by(hypothesis: Hypothesis, one: Comparison) -> Comparison:
    """A case as a hypothesis speaks of it."""
    return _in_place(one)[0] if hypothesis.put_back else one


def _without(hypothesis: Hypothesis, id: str) -> Hypothesis:
    """A hypothesis without one of its mistakes, wherever that is made."""

    def rightly(logger: Logger) -> Logger:
        choices = tuple(choice for choice in logger.choices if choice.id != id)
        return replace(
            logger, choices=choices, name="" if id in (WRONG_TAG, WRONG_TAG_CASE) else logger.name
        )

    ways = tuple(way for way in hypothesis.ways if way.id != id)
    return replace(hypothesis, ways=ways, loggers=tuple(map(rightly, hypothesis.loggers)))


def _may_be_repeated(mistake: Mistake) -> bool:
    """Whether it is looked at in later exercises: how a call ends, and a score, are each one's own."""
    return mistake.aspect != Aspect.END and not (mistake.flaws and SCORES.issuperset(mistake.flaws))
