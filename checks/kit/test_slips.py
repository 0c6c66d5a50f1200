"""A slip is told in every exercise that trains, not only where it is taught.

The programs are the solutions with one slip each, made by replacing a line or two (`slips.diff`).
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.entry.programs import mistakes_in, slips
from crystalball.judging.case_result import Comparison
from crystalball.judging.explain import Explainer
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Status
from crystalball.mistakes import CATALOGUE
from crystalball.outcomes.outcome import Outcome, Run

ROOT = Path(__file__).parents[2]

ELSEWHERE = {
    # Trained or logged by other lines, or the exercise has a truer name for it.
    "step_omitted": {"11"},
    "comment_ignored": {"10", "17", "19"},
    "log_dir_not_given": {"10", "16", "17"},
    "lr_ignored": {"10"},
    "not_closed": {"10", "17"},
    "writer_per_epoch": {"15", "16", "17"},
    "ended_before_its_time": {"10", "11", "13", "16", "17", "19"},
    # Pictures are drawn at other epochs, and final metrics belong to them.
    "steps_from_zero": {"13"},
    "one_epoch_short": {"15"},
    # What is left of an interrupted call, or of two ranks, goes its own way without these.
    "no_zero_grad": {"16"},
    "no_optimizer_step": {"04", "05", "16", "19"},
    "loss_after_step": {"06", "13", "16", "19"},
    # Of a sweep with several runs nothing is taken as it was seen.
    "one_epoch_long": {"10", "15"},
    # Told in part only: many curves differ, or runs and layouts besides, and the search ends before.
    "never_logged": {"14"},
    "add_scalars_used__the_whole_tag": {"16"},
    "sum_for_mean": {"19"},
    "divided_by_samples_after_batch_means": {"19"},
}
"""Exercises in which a slip is not told by this name."""


def programs() -> list[tuple[str, str]]:
    """Each slip with each exercise that trains and whose solution has the lines for it."""
    return [
        (slip, exercise.id)
        for exercise in curriculum().exercises
        if exercise.trains
        for slip in slips(ROOT, exercise.id)
        if exercise.number not in ELSEWHERE.get(slip, ())
    ]


@pytest.mark.parametrize(("slip", "id"), programs())
def test_a_slip_is_told(judging_session: JudgingSession, tmp_path: Path, slip: str, id: str) -> None:
    path = tmp_path / f"{id}.py"
    path.write_text(slips(ROOT, id)[slip], encoding="utf-8")
    verdict = judging_session.judge(curriculum().find(id), path=path)
    told = tuple(mistakes_in(slip))
    assert (verdict.status, verdict.mistakes, verdict.unexplained) == (Status.FAILED, (told,), ())


STRANGE: dict[str, Callable[[Outcome], Outcome]] = {
    "nothing": lambda _: Outcome(),
    "no points": lambda truth: truth.without(truth.tags),
    "one point": lambda truth: truth.map_curves(lambda curve: curve.with_points(curve.points[:1])),
    "other tags": lambda truth: truth.map_runs(
        lambda run: replace(run, curves={f"{tag}!": curve for tag, curve in run.curves.items()})
    ),
    "other kinds": lambda truth: truth.map_curves(
        lambda curve: curve.with_values(["text" if one == 0 else float("nan") for one in curve.steps])
    ),
    "nested": lambda truth: replace(
        truth,
        runs=tuple(replace(run, name=f"{run.name}/Loss_Train_x") for run in truth.runs for _ in range(2)),
        below=(Run("x/Loss_Train", path="x/Loss_Train"),),
    ),
    "in another place": lambda truth: truth.map_runs(lambda run: replace(run, name="../runs/x")),
    "other ends": lambda truth: replace(truth, ends=(), views=(0,), open_writers=3),
}
"""By a word for it: what no program of ours leaves."""


@pytest.mark.parametrize(
    "exercise", [one for one in curriculum().exercises if one.trains], ids=lambda one: one.id
)
def test_no_prediction_stumbles_over_what_it_sees(
    judging_session: JudgingSession, exercise: Exercise
) -> None:
    spec = judging_session.spec(exercise)
    explainer = Explainer(exercise, spec, judging_session.oracle.trace)
    for case in spec.cases.pinned:
        trace = judging_session.oracle.trace(case)
        statement = spec.apply(case, trace)
        for strange in STRANGE.values():
            one = Comparison(case, trace, statement, strange(statement.outcome))
            for name in (*exercise.mistakes, *exercise.slips):
                list(explainer.predict(CATALOGUE[name], one))


def test_each_slip_is_made_somewhere() -> None:
    taught = {name for exercise in curriculum().exercises for name in exercise.mistakes}
    anywhere = {name for exercise in curriculum().exercises for name in exercise.slips}
    assert anywhere - taught <= {name for slip, _ in programs() for name in mistakes_in(slip)}
