"""What mends where one plain mistake more does not: a flaw of the training, two mistakes, last resorts.

Each stage is entered when nothing simpler was enough. It is given a hypothesis and all that is broken
in it, and mends the first of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, product, takewhile

from crystalball.cases.inside.parts import EarlyStop
from crystalball.cases.inside.training import Training
from crystalball.judging.broken import Broken, Part, Thing
from crystalball.judging.hypothesis import Hypothesis, Way
from crystalball.judging.matching import says_the_same
from crystalball.judging.mending import MOST_FLAWS, SLIP, TRAINED, Mending
from crystalball.judging.turns import about
from crystalball.judging.walks import CHANGE_THE_LENGTH
from crystalball.mistakes import CATALOGUE, Mistake, language
from crystalball.mistakes.catalogue import as_stated
from crystalball.mistakes.language import CADENCE, IN_SOME_ORDER, PLACES, VALUE_PARTS, Choice
from crystalball.mistakes.series import BATCH_LOSS, LOSS
from crystalball.oracle.flaws import KEEP_THE_LOSSES, OF_ACCURACIES, Flaw
from crystalball.outcomes.facet import CurveFacet, Trait
from crystalball.outcomes.outcome import Curve
from crystalball.reading.values import agree

PLACED = (Part.ABSENT, Part.COUNT, Part.STEPS)
"""What differs where points are more, or fewer, or elsewhere."""

BEST_LEADS = 2
"""Flaws that are followed because they predict more of a curve's first values than no flaw does."""

USUAL_FLAWS = 4
"""Flaws of a mistake, its first ones, that are tried together with those of another."""


@dataclass
class Stages(Mending):
    """The stages of mending after the first."""

    def trained(self, hypothesis: Hypothesis, all_broken: list[Broken]) -> Iterator[Hypothesis]:
        """A flaw of the training; it shows in points, so none is assumed where these stay unexplained."""
        broken = all_broken[0]
        lost = any(isinstance(thing, CurveFacet) for thing in hypothesis.unexplained)
        may_show = self.predictor.logged and (isinstance(broken[0], CurveFacet) or not lost)
        for id in self.costs if may_show and self._may_be_flawed(hypothesis, broken) else ():
            for flaw in () if CATALOGUE[id].last_resort else self._flaws(id, hypothesis, all_broken):
                for candidate in self._ways(hypothesis, broken, CATALOGUE[id], flaw):
                    if self._breaks_no_curve(candidate, all_broken):
                        yield candidate

    def half_trained(self, hypothesis: Hypothesis, all_broken: list[Broken]) -> Iterator[Hypothesis]:
        """A flaw that gives a curve more of its first values: a second one shows after these."""
        broken = all_broken[0]
        if broken[1] is not Part.VALUES or not self._may_be_flawed(hypothesis, broken):
            return
        led: list[tuple[int, Hypothesis]] = []
        for candidate in self._trainings(hypothesis, all_broken):
            more = self._lead(candidate, broken) - self._lead(hypothesis, broken)
            led += [(more, candidate)] if more > 0 else []
        led.sort(key=lambda one: -one[0])
        yield from (candidate for _, candidate in led[:BEST_LEADS])

    def _lead(self, hypothesis: Hypothesis, broken: Broken) -> int:
        """How many of the first values of a curve it predicts, of a case that shows what is broken."""
        assert isinstance(broken[0], CurveFacet)
        one, tag, lead = self._cases(broken)[0], broken[0].tag, 0  # all flaws are trained there already
        self.spend(1)
        predicted = self.predictor.outcome(hypothesis, one)
        for mine, seen in zip(predicted.runs if predicted else (), one.seen.runs, strict=False):
            want, got = (run.curves.get(tag, Curve(())) for run in (mine, seen))
            pairs = zip(want.values, got.values, strict=False)
            right = (agree(a, b, want.rtol * self.factor) for a, b in pairs)
            lead += sum(1 for _ in takewhile(bool, right))
        return lead

    def _flaws(self, id: str, hypothesis: Hypothesis, all_broken: list[Broken]) -> tuple[Flaw, ...]:
        """The flaws of a mistake that may mend it: few where losses are right, or points not in place."""
        curves = (thing for thing, _ in all_broken if isinstance(thing, CurveFacet))
        wrong = {hypothesis.contract_tag(curve.tag) for curve in curves}
        there = {hypothesis.contract_tag(name) for name in self.predictor.logged}
        losses = {LOSS, BATCH_LOSS} & {*self.seen[0].expected.tags} & there
        plain = CATALOGUE[id].predict is as_stated  # others predict more, or of some curves alone
        keeps = plain and bool(losses) and not losses & wrong
        thing, part = all_broken[0]
        longer = plain and (part in PLACED or thing is Trait.RUNS) and not self._may_stop
        scored = any(tag.startswith("Accuracy/") for tag in self.seen[0].expected.tags)
        return tuple(
            flaw
            for flaw in CATALOGUE[id].flaws
            if (flaw in KEEP_THE_LOSSES or not keeps)
            and (flaw in CHANGE_THE_LENGTH or not longer)
            and (scored or flaw not in OF_ACCURACIES)
        )

    @cached_property
    def _may_stop(self) -> bool:
        """Whether some training is stopped by its losses, so that any flaw may change how long it is."""
        cases = (one.case for one in self.seen)
        return any(isinstance(case, Training) and case.find(EarlyStop) for case in cases)

    def _may_be_flawed(self, hypothesis: Hypothesis, broken: Broken) -> bool:
        """Whether another flaw is looked for; how many points there are is the first one's matter.

        Where the number of runs stays unexplained, only those of the same name are compared: none is looked
        for then but for a curve that is wrong as it is, without a mistake in the names.
        """
        if Trait.RUNS in hypothesis.unexplained:
            as_it_is = {thing for thing, _ in self.broken(Hypothesis()) if isinstance(thing, CurveFacet)}
            if broken[0] not in as_it_is:
                return False
        flaws = len(hypothesis.trained.flaws)
        return flaws < MOST_FLAWS and (not flaws or broken[1] is Part.VALUES)

    def pairs(self, hypothesis: Hypothesis, all_broken: list[Broken]) -> Iterator[Hypothesis]:
        """Two choices in one curve, or all three of a cadence; of what is no number, two mistakes."""
        broken = all_broken[0]
        choices = self._paired_choices(hypothesis, broken)
        for (tag, a), (other, b) in combinations(choices, 2):
            if tag == other and a.id != b.id and not a.clashes(b.parts):
                yield from self._chosen(hypothesis, broken, tag, a, b)
                if a.parts.keys() & IN_SOME_ORDER and b.parts.keys() & IN_SOME_ORDER:
                    yield from self._chosen(hypothesis, broken, tag, b, a)
        kinds = [[(tag, one) for tag, one in choices if part in one.parts] for part in sorted(CADENCE)]
        for (tag, a), (other, b), (third, c) in product(*kinds):
            clash = a.clashes(b.parts) or c.clashes({*a.parts, *b.parts})
            if tag == other == third and len({a.id, b.id, c.id}) == 3 and not clash:
                yield from self._chosen(hypothesis, broken, tag, a, b, c)
        others = self._others(hypothesis, broken)
        for first, second in combinations(others, 2):
            for number in others[first]:
                yield from self._ways(hypothesis.with_way(Way(first.id, number)), broken, second)

    def _touching(self, hypothesis: Hypothesis, facet: Thing, mistake: Mistake) -> list[int]:
        """The ways to make a mistake that change what is predicted of a thing in some case."""
        touching: set[int] = set()
        for one in self.seen:
            before = self.predictor.outcome(hypothesis, one)
            for number, after in enumerate(self.predictor.outcomes(hypothesis, one, mistake)):
                if before is None or after is None or not says_the_same(before, after, facet):
                    touching.add(number)
        return sorted(touching)

    def _paired_choices(self, hypothesis: Hypothesis, broken: Broken) -> list[tuple[str, Choice]]:
        """The choices that change nothing but values, or also which points there are, and where."""
        choices = self._choices(hypothesis, broken)
        if broken[1] is Part.VALUES:
            return [(tag, choice) for tag, choice in choices if choice.parts.keys() <= VALUE_PARTS]
        return [(tag, choice) for tag, choice in choices if choice.parts.keys() & PLACES]

    def _others(self, hypothesis: Hypothesis, broken: Broken) -> dict[Mistake, list[int]]:
        """Mistakes of the exercise, and slips, but for those of loggers, with their ways that may mend."""
        if broken[1] not in (None, Part.VALUES):
            return {}
        own = (CATALOGUE[id] for id, cost in self.costs.items() if cost <= SLIP)
        plain = [
            one for one in own if about(one, broken) and not one.flaws and not language.is_logged(one.id)
        ]
        return {one: ways for one in plain if (ways := self._touching(hypothesis, broken[0], one))}

    def _count(self, hypothesis: Hypothesis, mistake: Mistake, flaw: Flaw | None = None) -> int:
        """The number of ways to make a mistake, which is the same in every case."""
        return sum(1 for _ in self.predictor.outcomes(hypothesis, self.seen[0], mistake, flaw))

    def trained_and_chosen(self, hypothesis: Hypothesis, all_broken: list[Broken]) -> Iterator[Hypothesis]:
        """A flaw of the training, and a choice in the curve: in its value, or in which points there are.

        Where there are other runs, a flaw and another mistake in these.
        """
        broken = all_broken[0]
        runs = broken[0] is Trait.RUNS
        of_points = runs or broken[1] in (Part.VALUES, Part.COUNT)
        if not of_points or not self._may_be_flawed(hypothesis, broken):
            return
        others = self._others(hypothesis, broken)
        for trained in self._trainings(hypothesis, all_broken):
            if runs and self._mends(trained, broken):
                continue
            for tag, choice in () if runs else self._paired_choices(hypothesis, broken):
                yield from self._chosen(trained, broken, tag, choice)
            for mistake in others:
                yield from self._ways(trained, broken, mistake)

    def twice_trained(self, hypothesis: Hypothesis, all_broken: list[Broken]) -> Iterator[Hypothesis]:
        """Two flaws of the training at once, of those that the exercise is about, or that anybody makes."""
        broken = all_broken[0]
        none_yet = not hypothesis.trained.flaws and self._may_be_flawed(hypothesis, broken)
        if broken[1] is not Part.VALUES or not none_yet:
            return
        own = [
            Way(id, 0, flaw)
            for id, cost in self.costs.items()
            for flaw in self._flaws(id, hypothesis, all_broken)[:USUAL_FLAWS]
            if cost <= SLIP + TRAINED
        ]
        for first, second in combinations(own, 2):
            if first.id != second.id:
                yield from self._ways(hypothesis.with_way(first), broken, second.mistake, second.flaw)

    def _trainings(self, hypothesis: Hypothesis, all_broken: list[Broken]) -> Iterator[Hypothesis]:
        """The hypothesis with each flaw of a training besides, or that of a longer one, in each way."""
        longer = all_broken[0][1] is Part.COUNT
        for id in self.costs:
            for flaw in self._flaws(id, hypothesis, all_broken):
                if longer and flaw is not Flaw.ONE_EPOCH_MORE:
                    continue
                for number in range(self._count(hypothesis, CATALOGUE[id], flaw)):
                    yield hypothesis.with_way(Way(id, number, flaw))

    def last_resorts(self, hypothesis: Hypothesis, all_broken: list[Broken]) -> Iterator[Hypothesis]:
        """What takes much as it was seen."""
        broken = all_broken[0]
        for candidate in (hypothesis, *self._at_other_steps(hypothesis, broken)):
            for mistake in map(CATALOGUE.__getitem__, self.costs):
                if mistake.last_resort:
                    for flaw in mistake.flaws or (None,):
                        if flaw is None or self._may_be_flawed(hypothesis, broken):
                            yield from self._ways(candidate, broken, mistake, flaw)

    def _at_other_steps(self, hypothesis: Hypothesis, broken: Broken) -> Iterator[Hypothesis]:
        """The hypothesis with each choice of steps, as points beside the others do not hide it."""
        if broken[1] in (Part.COUNT, Part.STEPS):
            for tag, choice in self._choices(hypothesis, (broken[0], Part.STEPS)):
                if choice.parts.keys() <= PLACES:
                    old = hypothesis.logger(tag)
                    yield hypothesis.with_logger(replace(old, choices=(*old.choices, choice)))

    def left_out(self, hypothesis: Hypothesis, all_broken: list[Broken]) -> Iterator[Hypothesis]:
        """Nothing: it stays unexplained."""
        yield hypothesis.without(all_broken[:1])
