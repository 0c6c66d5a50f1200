"""The exercises as scripts: what somebody sees who trains for real."""

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from crystalball.curriculum.manifest import curriculum
from crystalball.reading.records import event_files

IDS = [exercise.id for exercise in curriculum().exercises]


def script(kit: Path, file: str) -> subprocess.CompletedProcess[str]:
    """Runs a file as a learner does."""
    return subprocess.run(
        [sys.executable, file], cwd=kit, capture_output=True, text=True, encoding="utf-8", check=False
    )


@pytest.mark.parametrize("exercise", IDS)
def test_a_solution_trains_for_real_and_shows_what_it_logged(kit: Path, exercise: str) -> None:
    seen = script(kit, f"solutions/{exercise}.py")
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert "Warning" not in seen.stdout + seen.stderr
    runs = [log_dir for log_dir, _ in event_files(kit / "runs")]
    if exercise == "18_detective":  # it reads runs, and writes none
        assert "healthy: nothing" in seen.stdout
        assert "torn: truncated, unpurged_restart" in seen.stdout
    elif exercise == "10_compare_runs":
        assert len(runs) == 3
        assert len(re.findall(r"^ *0\.\d+ +20 +Loss/Train +\d", seen.stdout, re.MULTILINE)) == 3
        assert "The best learning rate is 0.1" in seen.stdout
    else:
        assert [f"The run is in {log_dir.relative_to(kit)}" in seen.stdout for log_dir in runs] == [True]
        assert re.search(r"^ *\d+ +Loss/\w+ +\d", seen.stdout, re.MULTILINE), seen.stdout


@pytest.mark.parametrize("exercise", ["01_first_scalar", "17_ranks"])
def test_a_stub_says_that_it_is_not_begun(kit: Path, exercise: str) -> None:
    seen = script(kit, f"exercises/{exercise}.py")
    assert seen.returncode == 1
    assert f"{exercise}.py is not done yet" in seen.stdout
    assert "`scripts.todo()`" in seen.stdout
    assert "Traceback" not in seen.stdout + seen.stderr


@pytest.mark.parametrize("name", ["03_epoch_loss (1).py", "mine.py"])
def test_a_renamed_copy_gets_one_clear_line(kit: Path, name: str) -> None:
    (kit / "solutions/03_epoch_loss.py").rename(kit / "exercises" / name)
    seen = script(kit, f"exercises/{name}")
    assert seen.returncode == 2
    assert seen.stdout.startswith(name)
    assert len((seen.stdout + seen.stderr).splitlines()) == 1


@pytest.mark.parametrize(
    ("exercise", "answer", "words"),
    [
        ("08_learning_rate", "None", "returned None"),
        ("08_learning_rate", "'nowhere'", "returned 'nowhere'"),
        ("08_learning_rate", "runs_dir", "no scalar there"),
        ("10_compare_runs", "None", "returned None"),
        ("10_compare_runs", "{0.1: runs_dir}", "no scalar there"),
    ],
)
def test_an_answer_that_is_no_run_is_said(kit: Path, exercise: str, answer: str, words: str) -> None:
    show = "show_sweep" if exercise == "10_compare_runs" else "show_train"
    path = kit / "exercises" / f"{exercise}.py"
    program = f"""
        from crystalball import scripts

        def function(*given):
            *_, runs_dir = given
            return {answer}

        scripts.{show}(function)
    """
    path.write_text(dedent(program), encoding="utf-8")
    seen = script(kit, str(path))
    assert words in seen.stdout
    assert seen.stderr == ""
