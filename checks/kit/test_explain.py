"""The explainer: what is told of outcomes that are made by hand, and that it comes to an end."""

import os
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from crystalball.cases.inside.case import Losses
from crystalball.curriculum.manifest import curriculum
from crystalball.judging import mending
from crystalball.judging.case_result import Comparison
from crystalball.judging.explain import Explainer, Explanation
from crystalball.judging.session import JudgingSession
from crystalball.judging.walks import CHANGE_THE_LENGTH
from crystalball.mistakes import CATALOGUE, Context
from crystalball.mistakes.catalogue import as_stated
from crystalball.mistakes.language import CHOICES
from crystalball.mistakes.series import Series
from crystalball.oracle.flaws import Flaw
from crystalball.outcomes.end import OtherPath, Paths, Returned
from crystalball.outcomes.facet import CurveFacet, Trait
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.outcomes.run_name import ConventionalName

ROOT = Path(__file__).parents[2]

Change = Callable[[Outcome], Outcome]


def seen_of(
    judging_session: JudgingSession, number: str, change: Change
) -> tuple[Explainer, list[Comparison]]:
    """The pinned cases of an exercise, of which a right outcome was changed by hand."""
    exercise = curriculum().find(number)
    spec = judging_session.spec(exercise)
    explainer = Explainer(exercise, spec, judging_session.oracle.trace)
    seen = []
    for case in spec.cases.pinned:
        trace = judging_session.oracle.trace(case)
        statement = spec.apply(case, trace)
        seen.append(Comparison(case, trace, statement, change(statement.outcome)))
    return explainer, seen


def explained(judging_session: JudgingSession, number: str, change: Change) -> Explanation:
    """What is told of it."""
    explainer, seen = seen_of(judging_session, number, change)
    return explainer.explain(seen)


def curve(tag: str, change: Callable[[Curve], Curve]) -> Change:
    """Changes the curve of a tag."""
    return lambda outcome: outcome.map_curves(change, [tag])


def chained(*changes: Change) -> Change:
    """One change after the other."""

    def change(outcome: Outcome) -> Outcome:
        for one in changes:
            outcome = one(outcome)
        return outcome

    return change


def one_less(curve: Curve) -> Curve:
    return curve.map(lambda step, value: (step - 1, value))


def in_percent(curve: Curve) -> Curve:
    return curve.map(lambda step, value: (step, 100 * value))


def of_one_before(values: Sequence[float]) -> list[float]:
    return [values[0], *values[:-1]] if values else []


def test_each_curve_has_mistakes_of_its_own(judging_session: JudgingSession) -> None:
    change = chained(
        curve("Loss/Train", one_less),
        curve("Accuracy/Train", in_percent),
        curve("Loss/Validation", lambda one: one.with_values(of_one_before(one.values))),
    )
    told = explained(judging_session, "07", change)
    assert not told.unexplained
    assert [set(one) for one in told.mistakes] == [{"steps_from_zero", "percent", "one_behind"}]


def test_a_wrong_step_hides_no_wrong_value(judging_session: JudgingSession) -> None:
    change = chained(curve("Accuracy/Train", one_less), curve("Accuracy/Train", in_percent))
    told = explained(judging_session, "06", change)
    assert (told.mistakes, told.unexplained) == ((("percent", "steps_from_zero"),), ())


def test_what_cannot_be_explained_does_not_hide_the_rest(judging_session: JudgingSession) -> None:
    change = chained(
        curve("Loss/Train", lambda one: one.map(lambda step, value: (step, value + 0.123 * step * step))),
        curve("Accuracy/Train", in_percent),
    )
    told = explained(judging_session, "06", change)
    assert (told.mistakes, told.unexplained) == ((("percent",),), (CurveFacet("Loss/Train"),))


def test_the_curves_of_the_training_are_not_told_as_those_of_the_validation(
    judging_session: JudgingSession,
) -> None:
    told = explained(judging_session, "07", curve("Loss/Train", one_less))
    assert told.mistakes == (("steps_from_zero",),)
    told = explained(judging_session, "07", curve("Loss/Validation", one_less))
    assert told.mistakes == (("validation_steps_shifted",),)


def test_a_condition_of_a_mistake_holds(judging_session: JudgingSession) -> None:
    """Of a step that should be 0 nobody is told that it counts from the wrong number."""
    _, seen = seen_of(judging_session, "02", lambda outcome: outcome)
    (one, *_) = seen

    series = Series.of(one.expected, Context(one.case, one.trace), "Started")
    ids = {choice.id for choice in CHOICES if choice.fits(series)}
    assert "step_not_zero" in ids
    assert not ids & {"constant_step", "steps_from_two", "validation_steps_shifted"}


@pytest.mark.parametrize("number", ["07", "12"])
def test_the_search_ends_whatever_is_seen(
    number: str, judging_session: JudgingSession, rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "MOST_WORK", 2000)

    def noise(one: Curve) -> Curve:
        return one.map(lambda step, value: (step, rng.random()))

    told = explained(judging_session, number, lambda outcome: outcome.map_curves(noise))
    assert told.unexplained


def test_many_long_tags_do_not_slow_the_search_for_one(judging_session: JudgingSession) -> None:
    strange = {f"{n}{'Lost/Batch' * 700}": Curve.of([(n, 1.0)]) for n in range(900)}

    def lost(outcome: Outcome) -> Outcome:
        without = outcome.without(["Loss/Batch"])
        return without.map_runs(lambda run: replace(run, curves={**run.curves, **strange}))

    told = explained(judging_session, "05", lost)
    assert "never_logged" in {id for one in told.mistakes for id in one} or told.unexplained


def test_a_curve_that_is_right_is_no_candidate_for_another(judging_session: JudgingSession) -> None:
    """Where curves were moved, any may stand under a tag; what mends none of it is not assumed."""

    def lost(run: Run) -> Run:
        return replace(
            run, curves={tag: one for tag, one in run.curves.items() if not tag.endswith("0.weight")}
        )

    def change(outcome: Outcome) -> Outcome:
        less = replace(outcome, runs=tuple(lost(run) for run in outcome.runs), contract=())
        return curve("Gradient/Norm", lambda one: one.map(lambda step, value: (step, 7 * value + 1)))(less)

    told = explained(judging_session, "12", change)
    assert told.unexplained == (CurveFacet("Gradient/Norm"),)
    assert told.mistakes == (("parameters_missed",),)


def test_no_hash_decides_in_which_order_mistakes_are_looked_at() -> None:
    code = (
        "from pathlib import Path\n"
        "from crystalball.curriculum.manifest import curriculum\n"
        "from crystalball.judging.explain import Explainer\n"
        "from crystalball.outcomes.expect import load_spec\n"
        "for exercise in curriculum().exercises:\n"
        f"    spec = load_spec(Path({str(ROOT)!r}), exercise.id)\n"
        "    print(*Explainer(exercise, spec, None).costs)\n"
    )
    orders = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in "12"
    }
    assert len(orders) == 1


def told_of_points(
    judging_session: JudgingSession, number: str, change: Callable[[Curve], Curve]
) -> object:
    told = explained(judging_session, number, lambda outcome: outcome.map_curves(change))
    return told.mistakes, told.unexplained


def test_what_becomes_of_single_points_adds_up(judging_session: JudgingSession) -> None:
    def change(one: Curve) -> Curve:
        return one.with_points([point for point in one.points[1:] if point[1] != 0])

    assert told_of_points(judging_session, "01", change) == (
        (("zero_left_out", "first_point_missing"),),
        (),
    )


def test_what_is_done_with_the_numbers_is_done_in_some_order(judging_session: JudgingSession) -> None:
    def change(one: Curve) -> Curve:
        return one.with_points(
            [point for point in one.with_values(one.values[::-1]).points if point[1] != 0]
        )

    assert told_of_points(judging_session, "01", change) == ((("in_reversed_order", "zero_left_out"),), ())


def test_of_a_curve_that_is_not_explained_nothing_is_said_that_was_not_borne_out(
    judging_session: JudgingSession,
) -> None:
    """One point less would explain that a run with a single one is empty, and nothing else here."""

    def strange(value: float) -> float:
        return 7 * value * value + 1.234

    def change(one: Curve) -> Curve:
        return one.with_points([(3 * step * step, strange(value)) for step, value in one.points[1:]])

    mistakes, unexplained = told_of_points(judging_session, "01", change)
    assert not mistakes
    assert CurveFacet("Loss/Train") in unexplained


def test_two_flaws_of_a_training_at_once(judging_session: JudgingSession) -> None:
    exercise = curriculum().find("03")
    spec = judging_session.spec(exercise)
    seen = []
    for case in spec.cases.pinned:
        trace = judging_session.oracle.trace(case)
        wrong = judging_session.oracle.trace(case, (Flaw.ZERO_GRAD_EACH_EPOCH, Flaw.LOSS_ALONE_AFTER_STEP))
        statement = spec.apply(case, trace)
        seen.append(Comparison(case, trace, statement, spec.apply(case, wrong).outcome))
    told = Explainer(exercise, spec, judging_session.oracle.trace).explain(seen)
    assert ([{*one} for one in told.mistakes], told.unexplained) == (
        [{"loss_after_step", "no_zero_grad"}],
        (),
    )


def test_when_too_much_is_to_be_looked_at_the_rest_is_told_all_the_same(
    judging_session: JudgingSession, rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "MOST_WORK", 3000)

    def noise(one: Curve) -> Curve:
        return one.map(lambda step, value: (step, rng.random()))

    change = chained(curve("Loss/Train", noise), lambda outcome: replace(outcome, open_writers=1))
    told = explained(judging_session, "03", change)
    assert told.unexplained == (CurveFacet("Loss/Train"),)
    assert told.mistakes == (("not_closed",),)


@pytest.mark.parametrize("number", ["07", "08", "11", "16"])
def test_which_flaws_change_the_length_is_known(number: str, judging_session: JudgingSession) -> None:
    """After any other flaw all points are where they were, or the mistake says itself where they are."""
    explainer, seen = seen_of(judging_session, number, lambda outcome: outcome)
    for mistake in (CATALOGUE[id] for id in explainer.costs):
        keep = [flaw for flaw in mistake.flaws if flaw not in CHANGE_THE_LENGTH]
        for one in seen if keep and mistake.predict is as_stated else ():
            predicted = explainer.predict(mistake, one, example=True)
            for flaw, outcome in zip(mistake.flaws, predicted, strict=True):
                assert flaw not in keep or _places(outcome) == _places(one.expected), (flaw, one.case)


def _places(outcome: Outcome) -> object:
    curves = [{tag: curve.steps for tag, curve in run.curves.items()} for run in outcome.runs]
    return curves, outcome.ends


def test_a_case_shows_what_is_wrong_with_curves_that_lie_below_their_run(
    judging_session: JudgingSession,
) -> None:
    exercise = curriculum().find("01")
    spec = judging_session.spec(exercise)

    def below(*losses: float) -> Comparison:
        case = Losses(losses)
        trace = judging_session.oracle.trace(case)
        points = tuple((step, round(loss, 1)) for step, loss in enumerate(losses, start=1))
        run = Run("run", path="runs_dir/run")
        scalars = Run(
            "run/Loss_Train",
            {"Loss": Curve(points)},
            path="runs_dir/run/Loss_Train",
            above=("run", "runs_dir/run"),
        )
        statement = spec.apply(case, trace)
        seen = replace(statement.outcome, runs=(run,), below=(scalars,))
        return Comparison(case, trace, statement, seen)

    explainer = Explainer(exercise, spec, judging_session.oracle.trace)
    told = explainer.explain([below(1.25, 2.5, 0.125)])
    assert told.mistakes == (("values_rounded", "add_scalars_used"),)
    assert explainer.elsewhere(told.hypotheses, below(0.125)) == ()
    assert explainer.elsewhere(told.hypotheses, below(0.5)) == ("values_rounded",)  # nothing to round


def test_no_training_is_blamed_where_the_runs_were_not_compared(judging_session: JudgingSession) -> None:
    def strange(outcome: Outcome) -> Outcome:
        """One path for all rates, beside runs of nobody."""
        beside = [Run(f"{number}/other", {"Strange": Curve(((1, 0.5),))}) for number in range(3)]
        (end,) = outcome.ends
        assert isinstance(end, Returned)
        assert isinstance(end.value, Paths)
        keys = [key for key, _ in end.value.items]
        first = outcome.runs[0].name
        assert isinstance(first, ConventionalName)
        same = Returned(Paths.of(dict.fromkeys(keys, first)))
        return replace(outcome, runs=(*outcome.runs, *beside), ends=(same,))

    told = explained(judging_session, "10", strange)
    assert Trait.RUNS in told.unexplained
    assert not any(CATALOGUE[id].flaws for ids in told.mistakes for id in ids)


def test_no_directory_is_told_to_be_shared_where_several_were_seen(judging_session: JudgingSession) -> None:
    def strange(outcome: Outcome) -> Outcome:
        """Paths of nobody, and three runs for each rate."""
        (end,) = outcome.ends
        assert isinstance(end, Returned)
        assert isinstance(end.value, Paths)
        paths = {key: OtherPath("str", f"runs_dir/{key}/a") for key, _ in end.value.items}
        runs = [replace(run, name=f"{run.name}/{key}") for run in outcome.runs for key in "abc"]
        return replace(outcome, runs=tuple(runs), ends=(Returned(Paths.of(paths)),))

    told = explained(judging_session, "10", strange)
    assert Trait.RUNS in told.unexplained
    assert not {"one_directory_for_all", "one_writer_for_all"} & {id for ids in told.mistakes for id in ids}
