"""A slip is told in every exercise that trains, not only where it is taught.

The programs are the solutions with one slip each, made by replacing a line or two.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.judging.case_result import Comparison
from crystalball.judging.explain import Explainer
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Status
from crystalball.mistakes import CATALOGUE
from crystalball.outcomes.outcome import Outcome

ROOT = Path(__file__).parents[2]

ADDED = r"total \+= loss\.item\(\) \* len\(inputs\)"
LOGGED = r'writer\.add_scalar\("Loss/Train", (.+?), (?:global_step=)?epoch\)'
EPOCHS = r"range\(1, epochs \+ 1\)"

Edits = tuple[tuple[str, str], ...]

SLIPS: dict[str, Edits] = {
    "sum_for_mean": ((r"total / samples", "total"),),
    "divided_by_samples_after_batch_means": ((ADDED, "total += loss.item()"),),
    "values_rounded": ((r"total / samples", "round(total / samples, 2)"),),
    "logged_twice": ((f"( *)({LOGGED})\n", r"\1\2\n\1\2\n"),),
    "steps_from_zero": ((EPOCHS, "range(epochs)"),),
    "steps_from_two": ((LOGGED, r'writer.add_scalar("Loss/Train", \1, epoch + 1)'),),
    "step_omitted": ((LOGGED, r'writer.add_scalar("Loss/Train", \1)'),),
    "one_epoch_short": ((EPOCHS, "range(1, epochs)"),),
    "one_epoch_long": ((EPOCHS, "range(epochs + 1)"),),
    "wrong_tag": ((r'add_scalar\("Loss/Train"', 'add_scalar("Train/Loss"'),),
    "wrong_tag_case": ((r'add_scalar\("Loss/Train"', 'add_scalar("loss/train"'),),
    "add_scalars_used": ((LOGGED, r'writer.add_scalars("Loss", {"Train": \1}, epoch)'),),
    "add_scalars_used__the_whole_tag": ((LOGGED, r'writer.add_scalars("Loss/Train", {"run": \1}, epoch)'),),
    "add_scalars_used__of_batches": (
        (
            r'add_scalar\("Loss/Batch", (.+?), global_step',
            r'add_scalars("Loss", {"Batch": \1}, global_step',
        ),
    ),
    "add_scalars_used__every_curve": (
        (r'add_scalar\("(\w+)/(\w+)", (.+?), (global_step=)?epoch', r'add_scalars("\1", {"\2": \3}, epoch'),
    ),
    "never_logged": ((LOGGED, "pass"),),
    "log_dir_not_given": ((r"SummaryWriter\(log_dir", "SummaryWriter("),),
    "comment_ignored": ((r"SummaryWriter\(log_dir", 'SummaryWriter(runs_dir, comment="pixel_gen"'),),
    "lr_ignored": ((r"new_log_dir\(runs_dir, .+?\)\n", "new_log_dir(runs_dir, 0.001)\n"),),
    "returns_wrong_path": ((r"    return log_dir\n", "    return None\n"),),
    "not_closed": ((r"\n    with (SummaryWriter\(.+?\)) as writer:", r"\n    writer = \1\n    if True:"),),
    "writer_per_epoch": (
        (
            r"\n    with (SummaryWriter\(.+?\)) as writer:\n( +for epoch in .+?:\n)",
            r"\n    if True:\n\2          with \1 as writer:\n",
        ),
    ),
    "no_zero_grad": ((r" *optimizer\.zero_grad\(\)\n", ""),),
    "no_optimizer_step": ((r" *optimizer\.step\(\)\n", ""),),
    "loss_after_step": (
        (r"( +)(optimizer\.step\(\)\n)", r"\1\2\1loss = loss_fn(model(inputs), targets)\n"),
    ),
}
"""By the mistake that it is, and `__` how it is made: what is replaced in a solution, and by what."""

ELSEWHERE = {
    # Trained or logged by other lines, or the exercise has a truer name for it.
    "step_omitted": {"11"},
    "comment_ignored": {"10", "19"},
    "log_dir_not_given": {"10", "16"},
    "lr_ignored": {"10"},
    "not_closed": {"10", "16", "17"},
    "writer_per_epoch": {"15", "16", "17"},
    # Pictures and final metrics belong to the wrong epochs besides.
    "steps_from_zero": {"13"},
    "one_epoch_short": {"15"},
    # What is left of an interrupted call, or of two ranks, goes its own way without these.
    "no_zero_grad": {"16", "17"},
    "no_optimizer_step": {"04", "05", "16", "17"},
    "loss_after_step": {"06", "13", "16", "17", "19"},
    # Of a sweep with several runs nothing is taken as it was seen.
    "one_epoch_long": {"10", "13", "15"},
}
"""Exercises in which a slip is not told by this name."""


def slipped(text: str, edits: Edits) -> str:
    """The solution with the edits."""
    for pattern, replacement in edits:
        text = re.sub(pattern, replacement, text)
    return text


def programs() -> list[tuple[str, str]]:
    """Each slip with each exercise that trains and whose solution has the lines for it."""
    return [
        (slip, exercise.id)
        for slip, edits in SLIPS.items()
        for exercise in curriculum().exercises
        if exercise.trains and exercise.number not in ELSEWHERE.get(slip, ())
        if slipped(text := solution(exercise.id), edits) != text
    ]


def solution(exercise: str) -> str:
    """The text of a solution."""
    return (ROOT / "solutions" / f"{exercise}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(("slip", "id"), programs())
def test_a_slip_is_told(judging_session: JudgingSession, tmp_path: Path, slip: str, id: str) -> None:
    path = tmp_path / f"{id}.py"
    path.write_text(slipped(solution(id), SLIPS[slip]), encoding="utf-8")
    verdict = judging_session.judge(curriculum().find(id), path=path)
    told = slip.partition("__")[0]
    assert (verdict.status, verdict.mistakes, verdict.unexplained) == (Status.FAILED, ((told,),), ())


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
        strays=("x/Loss_Train",),
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
    diagnosis = Explainer(exercise, spec, judging_session.oracle.trace)
    for case in spec.cases.pinned:
        trace = judging_session.oracle.trace(case)
        law = spec.state(case, trace)
        for strange in STRANGE.values():
            one = Comparison(case, trace, law, strange(law.outcome))
            for name in (*exercise.mistakes, *exercise.slips):
                list(diagnosis.predict([CATALOGUE[name]], one))


def test_each_slip_is_made_somewhere() -> None:
    taught = {name for exercise in curriculum().exercises for name in exercise.mistakes}
    slips = {name for exercise in curriculum().exercises for name in exercise.slips}
    assert slips - taught <= {slip.partition("__")[0] for slip, _ in programs()}
