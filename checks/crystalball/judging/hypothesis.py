"""A hypothesis: in what a program differs from a right one; and what it predicts of a case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice

import msgspec

from crystalball.cases.inside.case import Case
from crystalball.cases.inside.parts import EarlyStop
from crystalball.cases.inside.training import Training
from crystalball.judging.broken import Broken, Part, Thing, broken_parts
from crystalball.judging.case_result import Comparison
from crystalball.judging.walks import as_met
from crystalball.mistakes import CATALOGUE, Aspect, Context, Mistake, language
from crystalball.mistakes.language import PLACES, Logger, apply_all
from crystalball.oracle.flaws import STOPPED, Flaw
from crystalball.oracle.trace import Trace
from crystalball.outcomes.end import Raised
from crystalball.outcomes.expect import Spec
from crystalball.outcomes.facet import CurveFacet
from crystalball.outcomes.outcome import Outcome


@dataclass(frozen=True)
class Way:
    """One way to make a mistake.

    Attributes:
        id: of the mistake.
        number: of the outcome that it predicts.
        flaw: of the training, where it has one.
    """

    id: str
    number: int = 0
    flaw: Flaw | None = None

    @property
    def mistake(self) -> Mistake:
        """The mistake."""
        return CATALOGUE[self.id]


@dataclass(frozen=True)
class Trained:
    """How a program trains.

    Attributes:
        flaws: of its training, in the order in which they were found.
        shorter: the last epoch is not trained.
    """

    flaws: tuple[Flaw, ...] = ()
    shorter: bool = False


RIGHTLY = Trained()

SWALLOWED = "error_swallowed"
"""The mistake of whoever catches what is raised, that of the code itself too."""


@dataclass(frozen=True)
class Hypothesis:
    """In what a program differs from a right one.

    Attributes:
        ways: mistakes that change an outcome, in the order of their aspects.
        loggers: of the curves that are not logged rightly.
        unexplained: facets of which it says nothing.
        put_back: the mistakes that had put curves elsewhere, where it speaks of what was seen with them
            where they should be.
    """

    ways: tuple[Way, ...] = ()
    loggers: tuple[Logger, ...] = ()
    unexplained: frozenset[Thing] = frozenset()
    put_back: frozenset[str] = frozenset()

    def with_way(self, way: Way) -> Hypothesis:
        """The same with a mistake more."""
        ways = sorted((*self.ways, way), key=lambda one: one.mistake.aspect)
        return replace(self, ways=tuple(ways))

    def with_logger(self, logger: Logger) -> Hypothesis:
        """The same with another logger of its curve."""
        others = (one for one in self.loggers if one.tag != logger.tag)
        return replace(self, loggers=(*others, logger))

    def logger(self, tag: str) -> Logger:
        """How a curve is logged."""
        return next((one for one in self.loggers if one.tag == tag), Logger(tag))

    def contract_tag(self, name: str) -> str:
        """The tag that a curve should have."""
        return next((one.tag for one in self.loggers if one.name == name), name)

    def without(self, broken: Iterable[Broken]) -> Hypothesis:
        """The same, which says nothing of some things; of a curve nothing that was not borne out.

        Args:
            broken: these things. Where no more than the values of a curve stays wrong, what was said
                of its points and their steps holds.
        """
        kept: list[Logger] = []
        lost = dict(broken)
        for one in self.loggers:
            facet = CurveFacet(one.name or one.tag)
            parts = PLACES if lost.get(facet) is Part.VALUES else frozenset[language.Part]()
            choices = tuple(choice for choice in one.choices if choice.parts.keys() <= parts)
            kept.append(replace(one, choices=choices) if facet in lost else one)
        return replace(self, loggers=tuple(kept), unexplained=self.unexplained | frozenset(lost))

    @property
    def trained(self) -> Trained:
        """How it trains."""
        flaws = tuple(way.flaw for way in self.ways if way.flaw)
        return Trained(flaws, any(way.mistake.shorter for way in self.ways))

    @property
    def made(self) -> list[str]:
        """The ids of its mistakes, one for each time that it is made."""
        return [way.id for way in self.ways] + [id for one in self.loggers for id in one.mistakes]

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The ids of its mistakes, in the order in which to mend them."""
        return tuple(sorted(dict.fromkeys(self.made), key=lambda id: CATALOGUE[id].aspect))


Step = Way | Mistake | tuple[Logger, ...]
"""What changes an outcome: a way to make a mistake, all ways to make one, or loggers of curves."""


@dataclass(frozen=True)
class Predictor:
    """Predicts what a program of some hypothesis leaves.

    Attributes:
        spec: the laws of the exercise.
        retrace: trains a case with some of the oracle's flaws.
        logged: the tags under which a point was seen in any case.
        trained: the trainings that were asked for.
    """

    spec: Spec
    retrace: Callable[[Case, tuple[Flaw, ...]], Trace]
    logged: set[str] = field(default_factory=set)
    _truths: dict[tuple[Case, Trained], Outcome] = field(default_factory=dict)
    trained: set[tuple[Case, tuple[Flaw, ...]]] = field(default_factory=set)

    def outcomes(
        self,
        hypothesis: Hypothesis,
        one: Comparison,
        then: Mistake | None = None,
        flaw: Flaw | None = None,
        *,
        example: bool = False,
    ) -> Iterator[Outcome | None]:
        """What a program leaves; `None` where there is no such program.

        Args:
            hypothesis: in what it differs from a right one.
            one: the case, and the observation that is to be explained.
            then: yield an outcome for each way to make this mistake besides; one alone without it.
            flaw: of that mistake.
            example: make an example up, without a look at the observation.
        """
        seen = None if example else one.seen
        trained = hypothesis.trained
        if then and (flaw or then.shorter):
            trained = Trained((*trained.flaws, *filter(None, [flaw])), then.shorter or trained.shorter)
        trace = self._trace(one, trained)
        ordered: list[Way | Mistake] = sorted([*hypothesis.ways, *([then] if then else [])], key=_aspect)
        early = [step for step in ordered if _aspect(step) <= Aspect.VALUE]
        steps: list[Step] = [*early, hypothesis.loggers, *ordered[len(early) :]]
        if trace.possible:
            yield from _run(steps, self._truth(one, trained), self._context(one, trace, seen, trained))
            return
        # Such a program raises, or swallows even that; what it leaves besides is its own affair. Of several
        # ranks one would wait.
        swallowed = any(_mistake(step).id == SWALLOWED for step in ordered)
        raised = seen is not None and (swallowed or any(isinstance(end, Raised) for end in seen.ends))
        together = isinstance(one.case, Training) and one.case.ranks > 1
        for predicted in _run(steps, one.expected, self._context(one, one.trace, seen)):
            left = _named(seen, predicted or one.expected) if raised and seen else one.expected
            yield None if together else left

    def before_loggers(self, hypothesis: Hypothesis, one: Comparison) -> tuple[Outcome, Context] | None:
        """What loggers are given; `None` where there is no such program.

        Args:
            hypothesis: in what the program differs from a right one.
            one: the case, with the observation.
        """
        trace = self._trace(one, hypothesis.trained)
        if not trace.possible:
            return None
        context = self._context(one, trace, one.seen, hypothesis.trained)
        early = [way for way in hypothesis.ways if _aspect(way) <= Aspect.VALUE]
        outcome = next(_run(early, self._truth(one, hypothesis.trained), context))
        return (outcome, context) if outcome else None

    def _context(
        self, one: Comparison, trace: Trace, seen: Outcome | None, trained: Trained = RIGHTLY
    ) -> Context:
        return Context(one.case, trace, seen, one.expected, self.logged, len(trained.flaws), one.trace)

    def _trace(self, one: Comparison, trained: Trained) -> Trace:
        if trained.flaws:
            self.trained.add((one.case, trained.flaws))
        trace = self.retrace(one.case, trained.flaws) if trained.flaws else one.trace
        case, done = one.case, len(trace.epochs)
        early = isinstance(case, Training) and case.find(EarlyStop) is not None and done < case.epochs
        return trace.shorter if trained.shorter and not early else trace

    def outcome(self, hypothesis: Hypothesis, one: Comparison) -> Outcome | None:
        """What a program leaves; `None` where there is no such program.

        Args:
            hypothesis: in what it differs from a right one.
            one: the case, and the observation that is to be explained.
        """
        return next(self.outcomes(hypothesis, one))

    def explains(self, hypothesis: Hypothesis, one: Comparison) -> bool:
        """Whether a hypothesis predicts what was seen, but for what it says nothing of.

        Args:
            hypothesis: in what the program differs from a right one.
            one: the case, with the observation.
        """
        predicted = self.outcome(hypothesis, one)
        return predicted is not None and broken_parts(predicted, one, 1).keys() <= hypothesis.unexplained

    def _truth(self, one: Comparison, trained: Trained) -> Outcome:
        """What the laws say of a training; nothing is logged of one without epochs."""
        if trained == RIGHTLY:
            return one.expected
        if (one.case, trained) not in self._truths:
            self._truths[one.case, trained] = self._stated(one, trained)
        return self._truths[one.case, trained]

    def _stated(self, one: Comparison, trained: Trained) -> Outcome:
        resumed = isinstance(one.case, Training) and one.case.restarts > 0
        if resumed and not trained.flaws:
            return one.expected  # which epochs a call trains is its own affair
        trace = self._trace(one, trained)
        if not trace.epochs and (resumed or not any(part.epochs for part in trace.parts)):
            return one.expected.without(one.expected.tags)
        case, expected = one.case, one.expected
        more = (Flaw.ONE_EPOCH_MORE in trained.flaws) - trained.shorter
        if isinstance(case, Training) and (more or STOPPED & {*trained.flaws}) and not resumed:
            stopped = len(trace.epochs) if STOPPED & {*trained.flaws} else 0
            case = msgspec.structs.replace(case, epochs=stopped or case.epochs + more)
        if isinstance(case, Training):
            case = as_met(case, trained.flaws)
        outcome = self.spec.apply(case, trace).outcome
        if len(outcome.runs) != len(expected.runs):
            return outcome
        # A run is named before anything is trained.
        runs = zip(outcome.runs, expected.runs, strict=True)
        return replace(outcome, runs=tuple(replace(run, name=right.name) for run, right in runs))


def _named(seen: Outcome, predicted: Outcome) -> Outcome:
    """What was seen, but for the name of the one run, which was made before anything was trained."""
    if not len(seen.runs) == len(predicted.runs) == 1:
        return seen
    return replace(seen, runs=(replace(seen.runs[0], name=predicted.runs[0].name),))


def _mistake(step: Way | Mistake) -> Mistake:
    return step.mistake if isinstance(step, Way) else step


def _aspect(step: Way | Mistake) -> Aspect:
    return _mistake(step).aspect


def _run(steps: Sequence[Step], outcome: Outcome | None, context: Context) -> Iterator[Outcome | None]:
    if not steps or outcome is None:
        yield outcome
        return
    step, *others = steps
    if isinstance(step, tuple):
        yield from _run(others, apply_all(step, outcome, context), context)
    elif isinstance(step, Way):
        changed = next(islice(_ways(step.mistake, outcome, context), step.number, None), None)
        yield from _run(others, changed, context)
    else:
        for changed in _ways(step, outcome, context):
            yield from _run(others, changed, context)


def _ways(mistake: Mistake, outcome: Outcome, context: Context) -> Iterator[Outcome]:
    """What each way to make a mistake leaves, as long as what it looks for is there."""
    with suppress(LookupError, ValueError):
        yield from mistake.predict(outcome, context)
