"""What mends a prediction: the hypotheses, one mistake or two further, that predict one thing more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from crystalball.judging.broken import Broken, Part, Thing, broken_parts, part_of
from crystalball.judging.case_result import Comparison
from crystalball.judging.hypothesis import Hypothesis, Predictor, Way
from crystalball.judging.matching import matched, most_alike, says_the_same, unmatched
from crystalball.judging.turns import MENDING, about, turn
from crystalball.mistakes import CATALOGUE, Aspect, Mistake, language
from crystalball.mistakes.language import CHOICES, IN_SOME_ORDER, Choice, Logger
from crystalball.mistakes.series import Series
from crystalball.oracle.flaws import Flaw
from crystalball.outcomes.difference import compared_runs
from crystalball.outcomes.end import Raised
from crystalball.outcomes.facet import CurveFacet, Trait
from crystalball.outcomes.outcome import Curve, Outcome, Run

OWN, SLIP, RARE = 1.0, 1.1, 1.12
"""What it costs to assume a mistake: of the exercise; one that anybody makes anywhere; any other."""

TRAINED, LAST_RESORT, AGAIN, UNEXPLAINED = 0.05, 2.5, 0.01, 5.0
"""What it costs besides: that it takes another training; that it takes much as it was seen; that it is made
once more, in another curve. And what it costs to leave something unexplained."""

PLACED_RIGHTLY = 2.0
"""How much less it costs to leave a curve unexplained but for its steps."""

MOST_MISTAKES, MOST_FLAWS, MOST_WORK, A_TRAINING = 5, 2, 80_000, 300
"""Mistakes of a hypothesis; flaws of its training; and what is looked at, in curves that are compared: a
whole case is ten or more, and a training as many as that takes time. It is counted and not timed, so that
the verdict is the same on every machine."""


Paired = list[tuple[Series, Curve]] | None
"""The series of a curve in each run of a case, beside what was seen; `None` where curves are moved."""

OF_SOME_POINTS = {language.Part.SINGLE, language.Part.KEPT}
"""Parts of which nothing is said where no point of a curve is left in any case."""


class Spent(Exception):
    """Too much would have to be looked at."""


@dataclass
class Mending:
    """Mends what a hypothesis does not predict of what was seen.

    Args:
        costs: what it costs to assume each mistake that is considered.
        predictor: predicts what a hypothesis leaves.
        factor: by which the tolerances are multiplied.
        seen: the cases.
    """

    costs: Mapping[str, float]
    predictor: Predictor
    factor: float
    seen: Sequence[Comparison]
    _paired: dict[object, Paired] = field(default_factory=dict)
    _compared: dict[Hypothesis, tuple[list[Broken], object]] = field(default_factory=dict)
    _shows: dict[Thing, int] = field(default_factory=dict)
    _counted: int = 0
    _work: int = 0
    _budget: float = 1

    def broken(self, hypothesis: Hypothesis) -> list[Broken]:
        """What it does not predict in some case, and does not leave out, in the order of mending."""
        return self.compared(hypothesis)[0]

    def compared(self, hypothesis: Hypothesis) -> tuple[list[Broken], object]:
        """What is broken, as in `broken`, and a key of all numbers that are predicted."""
        if hypothesis not in self._compared:
            self._compared[hypothesis] = self._compare(hypothesis)
        return self._compared[hypothesis]

    def _compare(self, hypothesis: Hypothesis) -> tuple[list[Broken], object]:
        broken: dict[Thing, Part | None] = {}
        numbers: list[object] = []
        empty = True
        self.spend(sum(map(_size, self.seen)))
        for index, one in enumerate(self.seen):
            predicted = self.predictor.outcome(hypothesis, one)
            if predicted is None:
                continue
            numbers += [run.numbers for run in predicted.runs]
            for facet, part in broken_parts(predicted, one, self.factor).items():
                before = broken.get(facet)
                self._shows.setdefault(facet, index)
                broken[facet] = part if before is None or part is None else min(part, before)
                empty &= facet is not Trait.RUNS or not one.seen.runs_with_points
        contract = self.seen[0].expected.tags
        left = (one for one in broken.items() if one[0] not in hypothesis.unexplained)
        return sorted(left, key=lambda one: turn(one, contract, empty=empty)), tuple(numbers)

    def spend(self, work: int) -> None:
        """Counts what is looked at, and what was trained for it.

        Raises:
            Spent: it is too much.
        """
        trained = len(self.predictor.trained)
        self._work += work + A_TRAINING * (trained - self._counted)
        self._counted = trained
        if self._spent > self._budget:
            raise Spent

    @property
    def _spent(self) -> float:
        return self._work / MOST_WORK

    def _mends(self, hypothesis: Hypothesis, broken: Broken) -> bool:
        """Whether a hypothesis predicts this thing in all cases."""
        return all(
            (predicted := self.predictor.outcome(hypothesis, one)) is not None
            and not self._is_broken(predicted, one, broken)
            for one in self._cases(broken)
        )

    def _cases(self, broken: Broken) -> Sequence[Comparison]:
        """The cases; one that shows what is broken comes first, as most candidates fail there."""
        index = self._shows.get(broken[0], 0)
        return (self.seen[index], *self.seen[:index], *self.seen[index + 1 :])

    def _is_broken(self, predicted: Outcome, one: Comparison, broken: Broken) -> bool:
        facet, part = broken
        self.spend(_size(one))
        found = broken_parts(predicted, one, self.factor, facet)
        if Trait.RUNS in found and _is_hidden(facet, predicted, one.seen):
            return True
        if facet not in found:
            return False
        rest = found[facet]
        return part is None or rest is None or rest <= part

    # What may mend a thing, in stages: each is entered when nothing simpler was enough. Each is given a
    # hypothesis and all that is broken in it, and mends the first of that.

    def singles(self, hypothesis: Hypothesis, all_broken: list[Broken]) -> Iterator[Hypothesis]:
        """One mistake more, in a curve or elsewhere, without another training."""
        broken, *others = all_broken
        facet, part = broken
        if part is Part.ABSENT and isinstance(facet, CurveFacet):
            yield from self._renamed(hypothesis, facet.tag)
        for tag, choice in self._choices(hypothesis, broken):
            for candidate in self._chosen(hypothesis, broken, tag, choice):
                yield self._everywhere(candidate, choice, part, others)
        for id in self.costs:
            mistake = CATALOGUE[id]
            made = any(way.id == id for way in hypothesis.ways)
            if (
                not made
                and about(mistake, broken)
                and not mistake.flaws
                and not mistake.last_resort
                and not language.is_logged(id)
            ):
                for candidate in self._ways(hypothesis, broken, mistake):
                    if self._breaks_no_curve(candidate, all_broken):
                        yield candidate

    def _breaks_no_curve(self, candidate: Hypothesis, all_broken: list[Broken]) -> bool:
        """Whether each curve of the contract that is wrong now was wrong before."""
        before = {thing for thing, _ in all_broken}
        curves = {CurveFacet(tag) for tag in self.seen[0].expected.tags}
        return not any(thing in curves - before for thing, _ in self.broken(candidate))

    def _chosen(
        self, hypothesis: Hypothesis, broken: Broken, tag: str, *choices: Choice
    ) -> Iterator[Hypothesis]:
        """The hypothesis with choices in a curve, if that mends a thing."""
        old = hypothesis.logger(tag)
        orders = [(*old.choices, *choices)]
        if old.parts & IN_SOME_ORDER and any(one.parts.keys() & IN_SOME_ORDER for one in choices):
            orders.append((*choices, *old.choices))
        for order in orders:
            yield from self._logged(hypothesis, broken, replace(old, choices=order))

    def _logged(self, hypothesis: Hypothesis, broken: Broken, logger: Logger) -> Iterator[Hypothesis]:
        """The hypothesis with another logger of its curve, if that mends a thing."""
        tag, old = logger.tag, hypothesis.logger(logger.tag)
        candidate = hypothesis.with_logger(logger)
        more = tuple(choice for choice in logger.choices if choice not in old.choices)
        for other in self.seen[0].expected.tags if broken[0] is Trait.RUNS else ():
            own = hypothesis.logger(other)
            candidate = candidate.with_logger(replace(own, choices=(*own.choices, *more)))
        itself = broken[0] == CurveFacet(old.name or tag)  # what is broken is this very curve
        moved = not itself
        for curves in self._curves(hypothesis, tag, old.name) if itself else []:
            moved |= curves is None
            if not all(self._fits(logger, *one, broken[1]) for one in curves or ()):
                return
        if not moved or (len(logger.choices) == len(old.choices) + 1 and self._mends(candidate, broken)):
            yield candidate

    def _everywhere(
        self, hypothesis: Hypothesis, choice: Choice, part: Part | None, others: list[Broken]
    ) -> Hypothesis:
        """The hypothesis with the same choice in all other curves in which it mends the same."""
        for other in others:
            facet = other[0]
            if not isinstance(facet, CurveFacet) or other[1] is not part:
                continue
            tag = hypothesis.contract_tag(facet.tag)
            if not choice.clashes(hypothesis.logger(tag).parts):
                hypothesis = next(self._chosen(hypothesis, other, tag, choice), hypothesis)
        return hypothesis

    def _fits(self, logger: Logger, series: Series, seen: Curve, part: Part | None) -> bool:
        """Whether a curve that is so logged is what was seen, up to a part of it."""
        self.spend(1)
        points = logger.points(series)
        if points is None:
            return False
        curve = series.curve.with_points(points)
        if curve.backwards and not seen.backwards:
            return False
        return curve.agrees(seen, self.factor) or (part is not None and part_of(curve, seen) > part)

    def _curves(self, hypothesis: Hypothesis, tag: str, name: str) -> Iterator[Paired]:
        """For each case the series of a curve, each beside what was seen; `None` where curves are moved."""
        for index, one in enumerate(self.seen):
            key = (hypothesis, tag, index)
            if key not in self._paired:
                self._paired[key] = self._pair(hypothesis, one, tag, name or tag)
            yield self._paired[key]

    def _pair(self, hypothesis: Hypothesis, one: Comparison, tag: str, name: str) -> Paired:
        before = self.predictor.before_loggers(hypothesis, one)
        after = self.predictor.outcome(hypothesis, one)
        if before is None or after is None:
            return None
        outcome, context = before
        if outcome.only_end:
            return []
        want, got = compared_runs(after, one.seen, one.expected.tags)
        if not got and any(isinstance(end, Raised) for end in one.expected.ends):
            return []  # all was lost with the error, however it was logged, or nothing is asked for
        runs: Sequence[Run | None] = after.runs
        if len(outcome.runs) != len(after.runs):  # others come besides; those that are there stay
            named = {run.name: run for run in after.runs}
            runs = [named.get(run.name) for run in outcome.runs]
        if None in runs or (got and len(want) != len(got)):
            return None
        pairs: list[tuple[Series, Curve]] = []
        logger = hypothesis.logger(tag)
        for index, (early, late) in enumerate(zip(outcome.runs, runs, strict=True)):
            if late and tag in early.curves:
                series = Series.of(outcome, context, tag, index)
                points = logger.points(series)
                if points is None or tuple(points) != late.curves.get(name, Curve(())).points:
                    return None  # what comes after the loggers moves this curve
                seen = got[want.index(late)] if got and late in want else Run("")
                pairs.append((series, seen.curves.get(name, Curve(()))))
        return pairs

    def _choices(self, hypothesis: Hypothesis, broken: Broken) -> Iterator[tuple[str, Choice]]:
        """Choices in loggers of curves that could mend a thing."""
        facet, part = broken
        if facet is Trait.RUNS:  # one without points counts for none: its curves are logged alike
            part, tags = Part.COUNT, list(self.seen[0].expected.tags[:1])
            if any(isinstance(thing, CurveFacet) for thing in hypothesis.unexplained):
                return  # nothing is said of how these are logged
        elif isinstance(facet, CurveFacet) and part is not None:
            tags = self._tags(hypothesis, facet.tag)
        else:
            return
        for tag in tags:
            old = hypothesis.logger(tag)
            name, made = old.name or tag, {choice.id for choice in old.choices}
            mending = MENDING[part] - (set() if name in self.predictor.logged else OF_SOME_POINTS)
            for choice in CHOICES:
                again = choice.id in made  # nobody is told that a last point is missing where two are
                if choice.parts.keys() & mending and not again and not choice.clashes(old.parts):
                    yield tag, choice

    def _tags(self, hypothesis: Hypothesis, tag: str) -> list[str]:
        """The curves of the contract that may stand under a tag: any, where curves were moved."""
        own = hypothesis.contract_tag(tag)
        moved = any(way.mistake.aspect in (Aspect.TAG, Aspect.RUN) for way in hypothesis.ways)
        contract = list(self.seen[0].expected.tags)
        if (
            moved
            and own in contract
            and None not in self._curves(hypothesis, own, hypothesis.logger(own).name)
        ):
            return [own]
        return contract if moved else [own]

    def _renamed(self, hypothesis: Hypothesis, tag: str) -> Iterator[Hypothesis]:
        """The curve under each tag that was seen and nobody asked for; or all missing ones at once."""
        pairs = [(self.predictor.outcome(hypothesis, one) or one.expected, one.seen) for one in self.seen]
        missing, strange = unmatched(pairs, self.seen[0].expected.tags)
        self.spend(len(strange) * (1 + len(missing)))
        names = matched(missing, strange)
        if tag in names:
            together = hypothesis
            for one, other in names.items():
                together = together.with_logger(replace(together.logger(one), name=other))
            yield together
            return
        for other in most_alike(tag, strange):
            if tag in missing and isinstance(strange[other].values[0], type(missing[tag].values[0])):
                yield hypothesis.with_logger(replace(hypothesis.logger(tag), name=other))

    def _ways(
        self, hypothesis: Hypothesis, broken: Broken, mistake: Mistake, flaw: Flaw | None = None
    ) -> Iterator[Hypothesis]:
        """The ways to make a mistake that mend a thing in all cases."""
        alive: set[int] | None = None
        for one in self._cases(broken):
            before = None if flaw else self.predictor.outcome(hypothesis, one)
            rest = before and self._is_broken(before, one, broken)  # where a way changes nothing of it
            alive = {
                number
                for number, predicted in enumerate(self.predictor.outcomes(hypothesis, one, mistake, flaw))
                if (alive is None or number in alive)
                and predicted is not None
                and not (
                    rest
                    if before and says_the_same(before, predicted, broken[0])
                    else self._is_broken(predicted, one, broken)
                )
            }
            if not alive:
                return
        for number in sorted(alive or ()):
            yield hypothesis.with_way(Way(mistake.id, number, flaw))


def _size(one: Comparison) -> int:
    """What it takes to compare a case, in curves; a stranger may have left any number of runs."""
    return max(10, 2 * len(one.seen.runs))


def _is_hidden(facet: Thing, predicted: Outcome, seen: Outcome) -> bool:
    """Whether there is nothing to compare where there are more runs than are predicted, or fewer."""
    if not isinstance(facet, CurveFacet):
        lost = not seen.runs_with_points and any(isinstance(end, Raised) for end in seen.ends)
        return facet is Trait.FILES or (facet is Trait.NAME and not lost)
    names = {run.name for run in seen.runs_with_points}
    return not any(run.name in names for run in predicted.runs_with_points if facet.tag in run.curves)
