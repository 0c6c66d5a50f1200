"""What a learner sees of pytest, through the real command."""

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest
from interrupts import interrupt
from patience import PATIENCE
from process_table import processes

from crystalball.cases.inside.case import RUNS_DIR
from crystalball.curriculum.manifest import curriculum
from crystalball.entry.programs import wrong_programs
from crystalball.judging.session import JudgingSession
from crystalball.outcomes.expect import load_module, load_spec
from crystalball.reading.records import event_files

ROOT = Path(__file__).parents[2]

COUNT = len(curriculum().exercises)
CHECKS = sum(len(load_spec(ROOT, exercise.id).checks) for exercise in curriculum().exercises)

ANSWERS_TO_01 = wrong_programs(ROOT, "01_first_scalar") | {
    path.stem: path.read_text(encoding="utf-8")
    for path in (ROOT / "checks/kit/variants/01_first_scalar").glob("*.py")
}

Run = Callable[..., subprocess.CompletedProcess[str]]


def solve(kit: Path, *numbers: str) -> None:
    for number in numbers:
        (solution,) = (kit / "solutions").glob(f"{number}_*.py")
        shutil.copy(solution, kit / "exercises")


def answer(kit: Path, exercise: str, program: str) -> None:
    """Puts a wrong program of the kit into the exercises."""
    text = wrong_programs(ROOT, exercise)[program]
    (kit / "exercises" / f"{exercise}.py").write_text(text, encoding="utf-8")


def test_the_untouched_kit_says_where_to_begin(kit: Path, run: Run) -> None:
    seen = run("pytest")
    assert seen.returncode == 1
    last = "\n".join(seen.stdout.splitlines()[-24:])
    line = next(
        n
        for n, text in enumerate((kit / "exercises/01_first_scalar.py").read_text().splitlines(), 1)
        if "TODO" in text
    )
    assert f"exercises/01_first_scalar.py:{line}" in last
    assert f"0 of {COUNT} done" in last
    assert "Traceback" not in seen.stdout
    screen = seen.stdout.partition("Crystal Ball ")[2]
    assert max(map(len, screen.splitlines())) <= 80


def test_all_solutions_pass(run: Run) -> None:
    seen = run("pytest", "--answers", "solutions")
    assert seen.returncode == 0, seen.stdout
    assert "tensorboard --logdir runs" in seen.stdout


@pytest.mark.parametrize("arguments", [[], ["."], ["checks"]])
def test_plain_pytest_leaves_the_kits_tests_alone(run: Run, arguments: list[str]) -> None:
    seen = run("pytest", "--collect-only", "-q", *arguments)
    tests = [line for line in seen.stdout.splitlines() if "::" in line]
    assert len(tests) == CHECKS + 1  # and a plain test, which looks with tbparse
    assert all(line.startswith("checks/test_") for line in tests)


@pytest.mark.parametrize("option", ["--collect-only", "--help"])
def test_what_judges_nothing_starts_no_process(kit: Path, option: str) -> None:
    code = f"import subprocess, pytest; subprocess.Popen = None; pytest.main([{option!r}])"
    command = [sys.executable, "-c", code]
    seen = subprocess.run(command, cwd=kit, capture_output=True, text=True, check=False)
    assert seen.returncode == 0, seen.stderr
    assert "Error" not in seen.stdout + seen.stderr


def test_a_wrong_answer_is_explained_and_kept(kit: Path, run: Run) -> None:
    solve(kit, "01", "02")
    answer(kit, "03_epoch_loss", "mean_of_batch_means")
    seen = run("pytest")
    assert "Every batch counted the same" in seen.stdout
    assert "A small run that shows it: 1 epoch, 2 batches" in seen.stdout
    assert "crystalball board 03" in seen.stdout
    kept = kit / ".crystalball/failures/03_epoch_loss"
    assert sorted(path.name for path in kept.iterdir()) == ["expected", "yours"]
    assert all(list(path.glob("*tfevents*")) for path in kept.iterdir())
    replay = next(line for line in seen.stdout.splitlines() if "--case" in line)
    case = replay.partition("--case '")[2].rstrip("'")
    again = run("crystalball.entry.cli", "run", "03", "--case", case)
    assert again.returncode == 1
    assert "Every batch counted the same" in again.stdout


def test_only_the_first_unsolved_is_shown_in_detail(kit: Path, run: Run) -> None:
    solve(kit, "01")
    answer(kit, "02_run_directory", "twelve_hour_clock")
    answer(kit, "03_epoch_loss", "no_zero_grad")
    assert "gradients of earlier batches" not in run("pytest").stdout
    everything = run("pytest", "-v").stdout
    assert "gradients of earlier batches" in everything
    assert "counts only to twelve" in everything


def test_selections_behave_as_pytests(kit: Path, run: Run) -> None:
    solve(kit, "01", "03")
    assert run("pytest", "-k", "03").returncode == 0
    assert run("pytest", "checks/test_03_epoch_loss.py").returncode == 0
    assert run("pytest", "checks/test_02_run_directory.py").returncode == 1
    stopped = run("pytest", "-x")
    assert "3 passed, 1 failing" in stopped.stdout
    assert "4 failing" in run("pytest", "--lf", "-k", "02").stdout
    quiet = run("pytest", "-q")
    assert "done" not in quiet.stdout
    assert "TODO" in quiet.stdout
    assert "TODO" not in run("pytest", "--tb=no").stdout


@pytest.mark.parametrize("program", ANSWERS_TO_01)
def test_the_plain_test_never_contradicts_the_laws(
    program: str, judging_session: JudgingSession, tmp_path: Path
) -> None:
    """It may fail only where a law was not kept, and fails where the law of the curve was not."""
    path, runs = tmp_path / "answer.py", tmp_path / "runs"
    path.write_text(ANSWERS_TO_01[program], encoding="utf-8")
    verdict = judging_session.judge(curriculum().exercises[0], path=path, runs=runs)
    plain = load_module(ROOT / "checks/test_01_first_scalar.py").test_tbparse_reads_the_same_curve
    try:
        plain(lambda case: next(event_files(runs / "case-1" / RUNS_DIR))[0])
    except (AssertionError, LookupError, StopIteration):
        assert not verdict.passed
    else:
        # It looks at the first case, in which no loss is 0, no two are equal, and the directory is new; and
        # it is given the run, wherever that lies.
        unseen = program.startswith(("zero_left_out", "step_of_an_equal_value", "below_the_log_dir"))
        unseen = unseen or program == "crashed__mkdir_of_what_is_there"
        assert verdict.checks[0].passed or unseen


def test_a_wrong_curve_fails_the_plain_test_in_the_same_words(kit: Path, run: Run) -> None:
    answer(kit, "01_first_scalar", "steps_from_zero")
    seen = run("pytest", "-k", "01")
    assert "1 passed" in seen.stdout and "2 failing" in seen.stdout
    assert "AssertionError" not in seen.stdout
    assert seen.stdout.count("one too small") == 1


def test_reports_carry_the_verdict(kit: Path, run: Run) -> None:
    answer(kit, "01_first_scalar", "steps_from_zero")
    run("pytest", "-k", "01", "--junitxml", "report.xml")
    tree = xml.etree.ElementTree.parse(kit / "report.xml")
    law, plain = tree.iter("failure")
    for failed in (law, plain):
        assert "one too small" in str(failed.text) + str(failed.get("message"))
    found = [p.get("value") for p in tree.iter("property") if p.get("name") == "crystalball"]
    assert json.loads(str(found[0]))["mistakes"] == [["steps_from_zero"]]


def test_it_works_with_xdist(kit: Path, run: Run) -> None:
    solve(kit, "01", "02")
    answer(kit, "03_epoch_loss", "sum_for_mean")
    seen = run("pytest", "-n", "2")
    assert "This is a sum, not a mean" in seen.stdout
    assert f"2 of {COUNT} done" in seen.stdout


def test_it_works_without_fork(kit: Path, run: Run) -> None:
    solve(kit, "01", "02", "04")
    answer(kit, "03_epoch_loss", "not_closed")
    answer(kit, "05_batch_steps", "step_resets_each_epoch")
    seen = run("pytest", "-v", CRYSTALBALL_WORKER="standby")
    assert f"3 of {COUNT} done" in seen.stdout
    assert "still open when the function ended" in seen.stdout
    assert "start again in each epoch" in seen.stdout


def test_progress_is_remembered_and_damage_is_set_aside(kit: Path, run: Run) -> None:
    solve(kit, "01")
    run("pytest", "-k", "01")
    assert f"1 of {COUNT} done" in run("crystalball.entry.cli").stdout
    (kit / ".crystalball/progress.json").write_text("{")
    assert f"0 of {COUNT} done" in run("crystalball.entry.cli").stdout


def test_pdb_stops_at_the_learners_line(kit: Path) -> None:
    path = kit / "exercises/01_first_scalar.py"
    path.write_text("def log_losses(losses, log_dir):\n    number = 42\n    return number.nothing\n")
    command = [sys.executable, "-m", "pytest", "--pdb", "-k", "01 and closed"]
    seen = subprocess.run(
        command,
        cwd=kit,
        input="p number\nq\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "return number.nothing" in seen.stdout
    assert "42" in seen.stdout


def test_a_right_answer_is_right_in_the_debugger_too(kit: Path, run: Run) -> None:
    for exercise in ("03_epoch_loss", "19_capstone"):  # a name with the time; an error that is asked for
        shutil.copy(kit / f"solutions/{exercise}.py", kit / "exercises")
    seen = run("pytest", "--pdb", "-k", "03 or 19")
    assert " failing" not in seen.stdout
    assert seen.returncode == 0, seen.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signal to one process alone")
def test_an_interrupt_ends_all_that_is_judged(kit: Path) -> None:
    seen = interrupt([sys.executable, "-u", "-m", "pytest", "--answers=solutions"], kit, "test_02")
    assert seen.returncode == 2
    assert "KeyboardInterrupt" in seen.stdout
    assert "INTERNALERROR" not in seen.stdout
    assert "Traceback" not in seen.stdout


def test_wrong_use_is_one_clear_line(kit: Path, run: Run) -> None:
    seen = run("pytest", "--answers", "nowhere")
    assert seen.returncode == 4
    assert "there is no folder" in seen.stderr + seen.stdout
    assert "Traceback" not in seen.stderr + seen.stdout


def test_signs_are_plain_where_unicode_is_not_known(kit: Path, run: Run) -> None:
    seen = run("pytest", "-k", "01", PYTHONIOENCODING="ascii:replace", PYTHONUTF8="0", LC_ALL="C")
    assert " > 01 The first scalar" in seen.stdout


def test_no_process_is_left_behind(kit: Path, run: Run) -> None:
    answer(kit, "01_first_scalar", "steps_from_zero")
    run("pytest", "-k", "01")
    found = "\n".join(one.command for one in processes())
    mine = [line for line in found.splitlines() if "crystalball.processes" in line and str(kit) in line]
    assert mine == []
