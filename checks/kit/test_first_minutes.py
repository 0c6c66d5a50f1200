"""The first ten minutes: what a new user types who has not read how, and what is said then."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from tbparse import SummaryReader

from crystalball.curriculum.manifest import curriculum
from crystalball.entry.cli import main
from crystalball.entry.programs import wrong_programs
from crystalball.judging.session import JudgingSession
from crystalball.learner.screen import OpenAt, Screen, Size
from crystalball.words.commands import board_serves, diff_to_solution
from crystalball.words.console import render

ROOT = Path(__file__).parents[2]

Run = Callable[..., subprocess.CompletedProcess[str]]


ALL = {exercise.number for exercise in curriculum().exercises}


@pytest.mark.parametrize(
    ("folder", "arguments", "meant"),
    [
        (".", ["exercises/01_first_scalar.py"], {"01"}),
        (".", ["01"], {"01"}),
        (".", ["3", "04_close_on_error"], {"03", "04"}),
        (".", ["solutions/05_batch_steps.py::train"], {"05"}),
        (".", ["-k", "6"], {"06"}),
        (".", ["exercises"], ALL),
        ("exercises", [], ALL),
        ("exercises", ["02_run_directory.py"], {"02"}),
        ("checks", ["test_02_run_directory.py"], {"02"}),
    ],
)
def test_what_is_named_is_judged(
    monkeypatch: pytest.MonkeyPatch, folder: str, arguments: list[str], meant: set[str]
) -> None:
    """Collected in this process by pytest itself: nothing is judged for it."""
    collected: set[str] = set()

    class Listener:
        def pytest_collection_finish(self, session: pytest.Session) -> None:
            collected.update(item.path.name[5:7] for item in session.items)

    monkeypatch.chdir(ROOT / folder)
    assert pytest.main(["--collect-only", "-q", "-p", "no:xdist", *arguments], [Listener()]) == 0
    assert collected == meant


@pytest.mark.parametrize("arguments", [["77"], ["-k", "77"]])
def test_a_number_without_an_exercise_is_one_line(run: Run, arguments: list[str]) -> None:
    seen = run("pytest", *arguments)
    assert seen.returncode == 4
    assert "There is no exercise '77'" in seen.stderr
    assert len(seen.stderr.strip().splitlines()) == 1


def test_what_names_no_exercise_says_what_to_type(run: Run) -> None:
    seen = run("pytest", "-k", "losss")
    assert seen.returncode == 5
    assert "pytest -k 03" in " ".join(seen.stdout.split())


def test_the_folder_of_a_named_answer_is_judged(kit: Path, run: Run) -> None:
    assert run("pytest", "-q", "solutions/01_first_scalar.py").returncode == 0
    seen = run("pytest", "solutions/01_first_scalar.py", "exercises/02_run_directory.py")
    assert seen.returncode == 4
    assert "Answers of two folders" in seen.stderr


def test_after_a_pass_the_next_exercise_is_named_with_its_line(kit: Path, run: Run) -> None:
    shutil.copy(kit / "solutions/01_first_scalar.py", kit / "exercises")
    assert "exercises/02_run_directory.py:" in run("pytest", "-k", "1").stdout
    seen = run("crystalball.entry.cli", "run")
    assert seen.returncode == 1
    assert "02 A directory for each run" in seen.stdout, "without a number it is the next one"
    assert "02" in run("crystalball.entry.cli", "hint").stdout
    assert "Exercise 02 is not done yet" in run("crystalball.entry.cli", "solution").stdout
    assert "02_run_directory.py" in "".join(run("crystalball.entry.cli", "reset").stdout.split())


@pytest.mark.parametrize("command", ["hint", "run", "reset", "solution", "board", "watch"])
def test_a_negative_number_is_a_wrong_number(command: str) -> None:
    seen = CliRunner().invoke(main, [command, "-1"])
    assert seen.exit_code == 2
    assert seen.stderr.strip() == "Error: There is no exercise '-1': name one by its number, 01 to 19."


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ('{"epochs":1}', "`samples` is missing"),
        ('{"epochs":"a","samples":1,"batch_size":1}', "a text where a whole number belongs (at `epochs`)"),
        ("[]", "a list in [] where a group in {} belongs"),
        ("{'epochs':1}", "this is no case"),
    ],
)
def test_a_case_that_is_none_is_said_without_python(
    monkeypatch: pytest.MonkeyPatch, case: str, words: str
) -> None:
    monkeypatch.chdir(ROOT)
    seen = CliRunner().invoke(main, ["run", "3", "--case", case])
    assert seen.exit_code == 2
    assert words in seen.stderr
    assert not any(word in seen.stderr for word in ("Expected", "`int`", "Object", "Traceback"))


def test_an_address_stands_alone_and_is_a_link() -> None:
    said = board_serves("http://127.0.0.1:6006/", Path("runs"), None)
    assert "http://127.0.0.1:6006/" in render(said, width=40, colour=False).splitlines()
    assert "\x1b]8;" in render(said, width=40, colour=True)


def test_a_diff_can_be_copied(tmp_path: Path) -> None:
    yours, reference = tmp_path / "a.py", tmp_path / "b.py"
    yours.write_text("x = 1\n")
    reference.write_text(f"x = '{'long ' * 60}'\n")
    shown = render(diff_to_solution(yours, reference, tmp_path), width=80, colour=False)
    (tmp_path / "it.diff").write_text(shown + "\n")
    if patch := shutil.which("patch"):
        subprocess.run([patch, "-s", "-p0", "-i", "it.diff"], cwd=tmp_path, check=True)
        assert yours.read_text() == reference.read_text()
    assert any(len(line) > 300 for line in shown.splitlines())


# What a failure is shown on


def judged(session: JudgingSession, tmp_path: Path, exercise: str, program: str):
    """The verdict for a learner's eyes, and the failed run that is kept for the board."""
    path = tmp_path / f"{exercise}.py"
    path.write_text(wrong_programs(ROOT, exercise)[program], encoding="utf-8")
    return session.judge(curriculum().find(exercise), path=path, learner=True)


@pytest.fixture
def own_session(tmp_path: Path):
    """Judges below a root of its own, where failed runs are kept."""
    for name in ("exercises", "checks"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "answers").mkdir()
    session = JudgingSession(tmp_path, tmp_path / "answers")
    yield session
    session.close()


def test_the_board_shows_curves_and_the_words_the_smallest_run(
    own_session: JudgingSession, tmp_path: Path
) -> None:
    verdict = judged(own_session, tmp_path, "03_epoch_loss", "loss_after_step")
    assert verdict.smallest
    assert "1 epoch" in verdict.case_words
    for name in ("yours", "expected"):
        points = SummaryReader(str(own_session.root / verdict.kept / name)).scalars
        assert (points.tag == "Loss/Train").sum() >= 3, "a dot over a dot is no curve"


def test_the_smallest_run_shows_each_of_two_mistakes(own_session: JudgingSession, tmp_path: Path) -> None:
    """The last batch cannot be told from the mean where there is one batch."""
    verdict = judged(own_session, tmp_path, "03_epoch_loss", "last_batch_for_mean+steps_from_zero")
    assert set(verdict.mistakes[0]) == {"last_batch_for_mean", "steps_from_zero"}
    assert verdict.smallest
    assert "1 epoch, 2 batches" in verdict.case_words


# The window of `watch`


def window(rows: int, above: list[str], below: list[str], *keys: int) -> list[str]:
    """The lines of a screen after some moves."""
    written: list[str] = []
    screen = Screen(lambda: Size(80, rows), False, lambda text: written.append(text))
    screen.show(above, below, lambda more: f"foot {more}", open_at=OpenAt.BELOW if below else OpenAt.TOP)
    for pages in keys:
        screen.scroll(pages)
        screen.show(above, below, lambda more: f"foot {more}", open_at=OpenAt.SAME)
    return [line for line in written[-1].splitlines() if line]


def test_a_long_verdict_opens_at_its_first_line() -> None:
    verdict = ["\n".join(f"line {n}" for n in range(60))]
    shown = window(24, verdict, [])
    assert shown[0] == "line 0"
    assert len(shown) < 24
    assert shown[-1].startswith("foot 4")
    assert window(24, verdict, [], 1)[0] not in ("line 0", "line 1")
    assert "line 59" in window(24, verdict, [], 1, 1)
    assert window(24, verdict, [], 1, 1, 1)[0] == "line 0", "behind the last page is the first"
    assert window(24, verdict, [], 1, -1)[0] == "line 0"
    assert window(24, verdict, ["a hint"])[-2] == "a hint", "what is new is in view"
    assert window(80, verdict, [])[-1] == "foot", "all of it is in view"


def test_watch_at_24_rows(kit: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no pseudo-terminal of this kind")
    from terminal import Terminal

    wrong = wrong_programs(ROOT, "03_epoch_loss")["mean_of_batch_means"]
    (kit / "exercises/03_epoch_loss.py").write_text(wrong, encoding="utf-8")
    arguments = ["-m", "crystalball.entry.cli", "watch", "3", "--no-browser"]
    with Terminal(arguments, kit, 80, 24, PYTHONPATH=str(kit / "checks")) as terminal:
        terminal.wait_for("judged at")
        assert "03 One point an epoch" in terminal.text, "the first line is in view"
        terminal.type(" ")
        terminal.wait_for("Compare")
        terminal.type("r")
        terminal.wait_for_bytes(b"judging")
        terminal.wait_for("judged at")
        terminal.type("h")
        terminal.wait_for("1/4")
        terminal.type("q")
        assert terminal.ended() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_terminal_breaks_an_error_between_words(kit: Path) -> None:
    from terminal import Terminal

    typed = ["-m", "crystalball.entry.cli", "run", "3", "--case", '{"epochs":1}']
    with Terminal(typed, cwd=kit, columns=80) as terminal:
        terminal.wait_for("prints.")
        assert all(word in terminal.text.split() for word in ("batch_size,", "Copy", "failure"))
