"""The `crystalball` command, as a learner types it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

TRAINING = '"epochs":2,"samples":5,"batch_size":2'


def with_part(part: str) -> str:
    """A training with one part, which begins with its name."""
    return f'{{{TRAINING},"parts":[{{"part":{part}}}]}}'


def interrupted(at: str) -> str:
    """A training that is interrupted once."""
    return with_part(f'"interruptions","breaks":[{{{at}}}]')


Run = Callable[..., subprocess.CompletedProcess[str]]


def test_without_a_command_it_says_where_you_are(run: Run) -> None:
    seen = run("crystalball.entry.cli")
    assert seen.returncode == 0
    assert "0 of " in seen.stdout
    assert "exercises/01_first_scalar.py" in seen.stdout


def test_it_finds_the_kit_from_a_folder_inside(kit: Path, run: Run) -> None:
    assert "0 of " in run("crystalball.entry.cli", cwd=kit / "exercises").stdout


def test_outside_of_a_kit_it_says_so(tmp_path: Path, run: Run) -> None:
    seen = run("crystalball.entry.cli", cwd=tmp_path)
    assert seen.returncode == 2
    assert "No Crystal Ball here" in seen.stderr
    assert "Traceback" not in seen.stderr


def test_hints_come_one_by_one(run: Run) -> None:
    first, second = (
        run("crystalball.entry.cli", "hint", "3").stdout,
        run("crystalball.entry.cli", "hint", "3").stdout,
    )
    assert "1/4" in first
    assert "2/4" not in first
    assert "2/4" in second
    for _ in range(3):
        last = run("crystalball.entry.cli", "hint", "03_epoch_loss").stdout
    assert "That was the last one" in last


def test_wrong_arguments_are_one_clear_line(run: Run) -> None:
    for arguments, words in (
        (["hint", "77"], "There is no exercise '77'"),
        (["run", "03", "--case", "{"], "--case"),
        (["run", "03", "--case", '{"epochs": 0, "samples": 1, "batch_size": 1}'], "at least 1"),
        (["run", "03", "--case", '{"colour": 3}'], "epochs, samples, batch_size"),
        (["run", "16", "--case", interrupted('"epoch":0,"batch":1,"where":"nowhere"')], "no 'nowhere'"),
        (["run", "16", "--case", interrupted('"epoch":0,"batch":9,"where":"model"')], "outside of the"),
        (["run", "16", "--case", interrupted('"epoch":1')], "`batch` is missing"),
        (
            ["run", "04", "--case", with_part('"loader-failure","epoch":0,"batch":0,"error":"Nope"')],
            "built-in exception",
        ),
        (["run", "08", "--case", with_part('"schedule","name":"none"')], "step, cosine"),
        (["run", "08", "--case", with_part('"colour"')], "Invalid value 'colour'"),
        (["run", "03", "--answers", "nowhere"], "there is no folder"),
    ):
        seen = run("crystalball.entry.cli", *arguments)
        assert seen.returncode == 2, arguments
        assert words in seen.stderr
        assert len(seen.stderr.strip().splitlines()) == 1
        assert "Traceback" not in seen.stderr


def test_a_case_is_replayed(run: Run) -> None:
    case = '{"epochs":1,"samples":3,"batch_size":2}'
    seen = run("crystalball.entry.cli", "run", "03", "--answers", "solutions", "--case", case)
    assert seen.returncode == 0
    assert "1 epoch, 2 batches" in seen.stdout


def test_a_case_without_what_its_exercise_is_about_is_refused(run: Run) -> None:
    case = '{"epochs":1,"samples":3,"batch_size":2}'
    seen = run("crystalball.entry.cli", "run", "08", "--answers", "solutions", "--case", case)
    assert seen.returncode == 2
    assert "needs schedule too" in seen.stderr
