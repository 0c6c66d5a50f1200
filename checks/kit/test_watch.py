"""`crystalball watch` in a real pseudo-terminal: saves, keys, and what it leaves behind."""

import contextlib
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from patience import PATIENCE, wait_until
from process_table import processes

from crystalball.curriculum.manifest import curriculum
from crystalball.entry.programs import wrong_programs
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Status, Verdict
from crystalball.learner.saves import SavedFiles
from crystalball.processes.pool import Interrupted

ROOT = Path(__file__).parents[2]

terminals = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no pseudo-terminal of this kind"
)


@pytest.fixture
def watching(kit: Path) -> Iterator[Callable[..., "Terminal"]]:
    """Starts `watch` in a learner's copy."""
    opened: list[Terminal] = []

    def start(*arguments: str, columns: int = 80, **environment: str) -> Terminal:
        command = ["-m", "crystalball.entry.cli", "watch", *arguments]
        paths = {"PYTHONPATH": str(kit / "checks")} | environment
        opened.append(Terminal(command, kit, columns, **paths))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.__exit__()


if sys.platform != "win32":
    from terminal import Terminal


def left_behind(kit: Path) -> list[str]:
    """Processes that still run in a learner's copy when they have had all time to end."""
    with contextlib.suppress(AssertionError):
        wait_until(lambda: not running(kit), "")
    return running(kit)


def running(kit: Path) -> list[str]:
    """Processes that run in a learner's copy."""
    return [one.command for one in processes() if "python" in one.command and one.folder == kit]


@terminals
@pytest.mark.parametrize("columns", [80, 120])
def test_a_learners_minute(kit: Path, watching: Callable[..., "Terminal"], columns: int) -> None:
    """Stub, hint, wrong answer, right answer, next: with the three ways to save."""
    answer = kit / "exercises/01_first_scalar.py"
    terminal = watching(columns=columns)
    terminal.wait_for("first TODO")
    assert "save the file" in " ".join(terminal.text.split())
    terminal.type("h")
    terminal.wait_for("1/4")
    terminal.type("h")
    terminal.wait_for("2/4")

    answer.write_text(wrong_programs(ROOT, "01_first_scalar")["steps_from_zero"], encoding="utf-8")
    terminal.wait_for("Steps are one too small")
    assert "1/4" not in terminal.text, "a hint stays until the next save"
    terminal.wait_for("crystalball board 01")

    other = answer.with_name("new.tmp")
    other.write_text(wrong_programs(ROOT, "01_first_scalar")["wrong_tag_case"], encoding="utf-8")
    os.replace(other, answer)
    terminal.wait(lambda text: "Steps are one too small" not in text and "Why " in text)

    answer.unlink()
    shutil.copy(ROOT / "solutions" / answer.name, answer)
    terminal.wait_for("✓ 01 The first scalar")
    assert "n goes on to 02" in terminal.text.replace("`", "")
    assert "exercises/02" not in terminal.text, "it goes on by itself"
    terminal.type("l")
    terminal.wait_for("I. The scribe")
    assert "steps from zero" in terminal.text
    terminal.type("n")
    terminal.wait_for("02 A directory for each run  exercises/02_run_directory.py:")
    terminal.type("\x1b[D")
    terminal.wait_for("✓ 01 The first scalar")
    terminal.type("p")
    terminal.wait_for("This is the first one")
    assert max(map(len, terminal.text.splitlines())) <= columns
    terminal.type("q")
    assert terminal.ended() == 0
    assert terminal.restored
    assert left_behind(kit) == []


@terminals
def test_a_board_opens_and_ends_with_us(
    kit: Path, watching: Callable[..., "Terminal"], tmp_path: Path
) -> None:
    note, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {str(note)!r}\n')
    browser.chmod(0o755)
    terminal = watching("2", BROWSER=f"{browser} %s")
    terminal.wait_for("first TODO")
    terminal.type("c")
    terminal.wait_for("No failed run of exercise 02 is kept")
    terminal.type("b")
    terminal.wait_for("http://127.0.0.1:")
    terminal.wait_for("holds no run yet")
    terminal.wait(lambda _: note.exists() and note.read_text().startswith("http://127.0.0.1:"))
    terminal.type("\x03")
    assert terminal.ended() == 0
    assert terminal.restored
    assert left_behind(kit) == []


@terminals
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP] if sys.platform != "win32" else [])
def test_the_terminal_is_given_back_whatever_happens(
    kit: Path, watching: Callable[..., "Terminal"], number: int
) -> None:
    terminal = watching()
    terminal.wait_for("first TODO")
    assert not terminal.restored
    os.kill(terminal.process.pid, number)
    assert terminal.ended() == 128 + number
    assert terminal.restored
    assert left_behind(kit) == []


@terminals
def test_a_new_save_ends_a_loop_that_never_would(kit: Path, watching: Callable[..., "Terminal"]) -> None:
    manifest = kit / "checks/crystalball/curriculum/curriculum.toml"
    limit = f"seconds_to_load = {curriculum().seconds_to_load:g}"
    text = manifest.read_text(encoding="utf-8")
    assert limit in text
    manifest.write_text(text.replace(limit, f"seconds_to_load = {2 * PATIENCE}"), encoding="utf-8")
    answer = kit / "exercises/01_first_scalar.py"
    terminal = watching()
    terminal.wait_for("first TODO")
    answer.write_text("while True:\n    pass\n", encoding="utf-8")
    terminal.wait_for("Judging")
    terminal.type("l")
    terminal.wait_for("I. The scribe")
    shutil.copy(ROOT / "solutions" / answer.name, answer)
    terminal.wait_for("✓ 01 The first scalar")


@terminals
def test_it_works_without_fork_and_without_unicode(kit: Path, watching: Callable[..., "Terminal"]) -> None:
    shutil.copy(ROOT / "solutions/01_first_scalar.py", kit / "exercises")
    plain = {"PYTHONIOENCODING": "ascii:replace", "PYTHONUTF8": "0", "LC_ALL": "C", "NO_COLOR": "1"}
    terminal = watching("1", CRYSTALBALL_WORKER="standby", **plain)
    terminal.wait_for("+ 01 The first scalar")
    (kit / "exercises/01_first_scalar.py").write_text(
        wrong_programs(ROOT, "01_first_scalar")["not_closed"], encoding="utf-8"
    )
    terminal.wait_for("Writers still open")
    assert b"\x1b[3" not in terminal.raw, "a colour in spite of NO_COLOR"
    terminal.type("q")
    assert terminal.ended() == 0


def written(path: Path) -> None:
    path.write_text("12")


def moved(path: Path) -> None:
    other = path.with_name(f".{path.name}.swp")
    other.write_text("1")
    os.replace(other, path)


def created(path: Path) -> None:
    path.unlink()
    path.write_text("1")


@pytest.mark.parametrize("way", [written, moved, created])
def test_a_save_is_found_however_the_editor_does_it(tmp_path: Path, way: Callable[[Path], None]) -> None:
    answer = tmp_path / "01.py"
    answer.write_text("1")
    os.utime(answer, (1, 1))
    files = SavedFiles(tmp_path)
    assert files.look() == []
    way(answer)
    assert files.look() == [answer]
    assert files.look() == []


def test_what_is_no_save_of_an_answer_is_not_told(tmp_path: Path) -> None:
    answer = tmp_path / "01.py"
    answer.write_text("1")
    files = SavedFiles(tmp_path)
    for name in (".01.py.swp", "01.py~", "4913"):
        (tmp_path / name).write_text("")
    assert files.look() == []
    answer.unlink()
    assert files.look() == [], "nothing was saved yet"
    answer.write_text("1")
    assert files.look() == [answer]


def test_a_file_that_is_still_written_is_told_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = tmp_path / "01.py"
    answer.write_text("1")
    files = SavedFiles(tmp_path)
    more = ["123", "12"]
    monkeypatch.setattr("time.sleep", lambda _: answer.write_text(more.pop()) if more else None)
    answer.write_text("")
    assert files.look() == [answer]
    assert answer.read_text() == "123"


@pytest.mark.parametrize("name", ["never_reset", "writer_per_epoch", "not_closed", "no_zero_grad"])
def test_with_a_helper_the_verdict_is_the_usual_one(
    judging_session: JudgingSession, tmp_path: Path, name: str
) -> None:
    exercise = curriculum().find("03")
    wrong = wrong_programs(ROOT, exercise.id)[name]
    (tmp_path / f"{exercise.id}.py").write_text(wrong, encoding="utf-8")
    usual = judging_session.judge(exercise, path=tmp_path / f"{exercise.id}.py")
    session = JudgingSession(ROOT, tmp_path)
    told: list[Verdict] = []
    session.judge_saved(exercise, told.append)
    session.close()
    assert told[0].mistakes == usual.mistakes
    assert told[0].checks == usual.checks
    assert told[0].findings == usual.findings


FAILS_LATER = """
from pathlib import Path
source = Path({solution!r}).read_text()
exec(compile(source, "answer", "exec"))
right = train
def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    if len(loader.dataset) in {sizes}:
        raise RuntimeError("not this one")
    return right(model, loader, loss_fn, optimizer, epochs, runs_dir)
"""


def test_what_fails_in_a_drawn_case_only_is_not_passed(tmp_path: Path) -> None:
    """The helper's cases count, and the usual judging has the word then."""
    exercise = curriculum().find("03")
    session = JudgingSession(ROOT, tmp_path)
    spec = session.spec(exercise)
    pinned = {case.samples for case in spec.cases.pinned}
    cases = list(session.cases(spec, 0))
    sizes = {case.samples for case in cases} - pinned
    assert sizes
    text = FAILS_LATER.format(solution=str(ROOT / "solutions/03_epoch_loss.py"), sizes=sizes)
    (tmp_path / f"{exercise.id}.py").write_text(text)
    told: list[Verdict] = []
    session.judge_saved(exercise, told.append)
    usual = session.judge(exercise)
    session.close()
    assert len(told) == 1
    assert told[0].status == usual.status != Status.PASSED
    assert told[0].checks == usual.checks


def test_an_interrupted_judging_tells_nothing_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = replace(curriculum(), seconds_to_load=2 * PATIENCE)  # else the loop would end of itself
    monkeypatch.setattr("crystalball.judging.session.curriculum", lambda: patient)
    exercise = curriculum().find("01")
    (tmp_path / f"{exercise.id}.py").write_text("while True:\n    pass\n")
    session = JudgingSession(ROOT, tmp_path)
    session.prepare(exercise)
    over = threading.Event()

    def interrupt() -> None:
        while not over.wait(1):  # the first may come before the judging has begun
            session.pool.interrupt()

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    told: list[Verdict] = []
    with contextlib.suppress(Interrupted):
        session.judge_saved(exercise, told.append)
    over.set()
    interrupter.join()
    assert not any(one.passed for one in told)
    shutil.copy(ROOT / "solutions/01_first_scalar.py", tmp_path)
    assert session.judge_saved(exercise, told.append).passed
    session.close()
