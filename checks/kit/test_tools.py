"""Progress, reset, solution, board, certificate: the learner's other tools, and a disk that refuses."""

import errno
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from browser import outside
from interrupts import hear_interrupts
from patience import PATIENCE, wait_until
from PIL import Image
from process_table import processes
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from crystalball.curriculum import stubs
from crystalball.curriculum.manifest import NotFound, curriculum
from crystalball.entry.programs import wrong_programs
from crystalball.judging.verdict import Status, Verdict
from crystalball.learner import certificate, drawings
from crystalball.learner.board import ADDRESS
from crystalball.learner.overview import progress_table
from crystalball.learner.progress import FILE, PAUSE, ExerciseProgress, Progress
from crystalball.words.console import Signs, render
from crystalball.words.disk import disk_words
from crystalball.words.verdicts import plain_text

ROOT = Path(__file__).parents[2]

EXERCISES = curriculum().exercises

Run = Callable[..., subprocess.CompletedProcess[str]]


def verdict(number: str, status: Status = Status.FAILED, *mistakes: str) -> Verdict:
    told = (mistakes,) if mistakes else ()
    return Verdict(curriculum().find(number).id, "exercises/x.py", status, mistakes=told)


# Progress


def test_mistakes_on_the_way_and_time_are_remembered(tmp_path: Path) -> None:
    progress = Progress()
    progress.note(verdict("1", Status.NOT_STARTED), 1000)
    progress.note(verdict("1", Status.FAILED, "not_closed", "steps_from_zero"), 1060)
    progress.note(verdict("1", Status.FAILED, "steps_from_zero"), 1090)
    progress.note(verdict("1", Status.CRASHED), 1100 + 10 * PAUSE)
    progress.note(verdict("1", Status.PASSED), 1130 + 10 * PAUSE)
    progress.note(verdict("1", Status.FAILED, "wrong_tag"), 9000 + 10 * PAUSE)
    progress.save(tmp_path)
    known = Progress.load(tmp_path).of(EXERCISES[0])
    assert known.mistakes == ["not_closed", "steps_from_zero"], "after the pass nobody counts"
    assert (known.tries, known.done) == (4, 1130 + 10 * PAUSE)
    assert known.seconds == 60 + 30 + PAUSE + 30
    assert known.status == Status.FAILED


def test_several_explanations_are_nobodys_mistake() -> None:
    progress = Progress()
    one_of = Verdict(EXERCISES[0].id, "x", Status.FAILED, mistakes=(("wrong_tag",), ("not_closed",)))
    progress.note(one_of)
    assert progress.of(EXERCISES[0]).mistakes == []


def test_exercises_that_this_version_does_not_know_are_kept(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.parent.mkdir()
    path.write_text('{"exercises": {"77_gone": {"status": "of a later version"}}}')
    progress = Progress.load(tmp_path)
    progress.note(verdict("2"))
    progress.save(tmp_path)
    kept = json.loads(path.read_text())["exercises"]
    assert kept["77_gone"]["status"] == "of a later version"
    assert kept["02_run_directory"]["status"] == "failed"


@pytest.mark.parametrize(
    "damage", ["{", "[]", '{"exercises": 3}', '{"exercises": {"a": {"tries": "x"}}, "last": 0}']
)
def test_a_damaged_file_is_set_aside(tmp_path: Path, damage: str) -> None:
    path = tmp_path / FILE
    path.parent.mkdir()
    path.write_text(damage)
    assert Progress.load(tmp_path).exercises == {}
    assert path.with_suffix(".damaged.json").read_text() == damage


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("signs", [Signs(), Signs.of("ascii")])
def test_the_progress_fits_the_terminal(width: int, signs: Signs) -> None:
    progress = Progress()
    for exercise in EXERCISES:
        known = ExerciseProgress("passed", 0, 0, list(exercise.mistakes[:5]), 9, 36000.0, 3.0)
        progress.exercises[exercise.id] = known
    text = render(progress_table(progress, signs, width), width=width, colour=False)
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    for exercise in EXERCISES:
        (line,) = (line for line in lines if f" {exercise.number} {exercise.title}" in line)
        assert "10 h 00 min" in line
        assert exercise.mistakes[0].replace("_", " ") in " ".join(text.split())
    assert {one.part for one in EXERCISES} <= set(lines)
    assert signs == Signs() or text.isascii()


# Reset and solution


def test_reset_puts_the_stub_back_and_keeps_what_was_there(kit: Path, run: Run) -> None:
    answer = kit / "exercises/03_epoch_loss.py"
    stub = answer.read_bytes()
    answer.write_text("mine = 'schön'\n", encoding="utf-8")
    seen = run("crystalball.entry.cli", "reset", "3")
    assert seen.returncode == 0
    assert answer.read_bytes() == stub
    (copy,) = (kit / ".crystalball/backups").iterdir()
    assert copy.read_text(encoding="utf-8") == "mine = 'schön'\n"
    assert re.fullmatch(r"03_epoch_loss_\d{8}_\d{6}\.py", copy.name)
    assert copy.name in "".join(seen.stdout.split())
    run("crystalball.entry.cli", "reset", "3")
    assert len(list(copy.parent.iterdir())) == 1, "an untouched stub needs no copy"
    answer.unlink()
    run("crystalball.entry.cli", "reset", "3")
    assert answer.read_bytes() == stub


def test_two_resets_in_one_second_keep_both(tmp_path: Path) -> None:
    (tmp_path / "exercises").mkdir()
    answer = tmp_path / "exercises" / f"{EXERCISES[0].id}.py"
    kept = []
    for text in ("a", "b"):
        answer.write_text(text)
        kept.append(stubs.reset(tmp_path, EXERCISES[0], datetime(2026, 1, 2, 3, 4, 5)))
    assert [(tmp_path / str(path)).read_text() for path in kept] == ["a", "b"]


def test_the_kept_stubs_are_those_of_the_exercises() -> None:
    assert list(stubs.problems(ROOT)) == []


def test_the_solution_is_shown_when_asked_twice_or_after_the_pass(kit: Path, run: Run) -> None:
    first = run("crystalball.entry.cli", "solution", "1")
    assert "ask again" in " ".join(first.stdout.split())
    assert "+" not in first.stdout
    again = run("crystalball.entry.cli", "solution", "1").stdout
    assert "--- exercises/01_first_scalar.py" in again
    assert "+++ solutions/01_first_scalar.py" in again
    assert re.search(r"^\+.*SummaryWriter", again, re.MULTILINE)
    progress = Progress.load(kit)
    progress.note(verdict("2", Status.PASSED))
    progress.save(kit)
    shutil.copy(kit / "solutions/02_run_directory.py", kit / "exercises")
    assert "letter by letter" in run("crystalball.entry.cli", "solution", "2").stdout


# Board


def write_run(
    folder: Path, tag: str = "Loss/Train", images: tuple[bytes, ...] = (), wall: float = 0
) -> None:
    writer = EventFileWriter(str(folder))
    for step in range(1, 6):
        value = Summary.Value(tag=tag, simple_value=1 / step)
        writer.add_event(Event(step=step, summary=Summary(value=[value]), wall_time=wall + step))
    for step, encoded in enumerate(images, start=1):
        image = Summary.Image(height=16, width=32, encoded_image_string=encoded)
        value = Summary.Value(tag=drawings.TAG, image=image)
        writer.add_event(Event(step=step, summary=Summary(value=[value]), wall_time=wall + step))
    writer.close()


def test_the_board_shows_the_curves(open_board: Callable[..., Any], tmp_path: Path) -> None:
    write_run(tmp_path / "mine")
    page = open_board(tmp_path)
    page.wait_for_selector("scalar-card")
    page.wait_for_selector("text=Loss/Train")
    assert outside(page) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to end by")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_board_command_ends_cleanly(kit: Path, number: int) -> None:
    write_run(kit / "runs/one")
    command = [sys.executable, "-m", "crystalball.entry.cli", "board", "--no-browser"]
    process = subprocess.Popen(
        command,
        cwd=kit,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        preexec_fn=hear_interrupts,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = ADDRESS.search(line + process.stdout.readline())
    assert found
    children = descendants(process.pid)
    assert len(children) >= 2, "TensorBoard and its data server"
    process.send_signal(number)
    assert process.wait(PATIENCE) == (0 if number == signal.SIGINT else 128 + number)
    wait_until(lambda: not any(map(alive, children)), "TensorBoard outlives the command")


def descendants(pid: int) -> list[int]:
    known = processes()
    family = [pid]
    for parent in family:
        family += [one.pid for one in known if one.parent == parent]
    return family[1:]


def alive(pid: int) -> bool:
    return any(one.pid == pid and one.command for one in processes())


def test_an_overlay_needs_a_failure(run: Run) -> None:
    seen = run("crystalball.entry.cli", "board", "3", "--no-browser")
    assert seen.returncode == 2
    assert "No failed run of exercise 03 is kept" in seen.stderr


def test_the_overlay_shows_yours_and_expected(kit: Path, run: Run, open_board: Callable[..., Any]) -> None:
    wrong = wrong_programs(ROOT, "03_epoch_loss")["sum_for_mean"]
    (kit / "exercises/03_epoch_loss.py").write_text(wrong, encoding="utf-8")
    assert "crystalball board 03" in run("crystalball.entry.cli", "run", "3").stdout
    page = open_board(kit / ".crystalball/failures/03_epoch_loss")
    page.wait_for_selector("scalar-card")
    text = page.inner_text("body")
    assert "yours" in text
    assert "expected" in text
    assert not list((kit / "runs").glob("*tfevents*")), "the learner's board never shows failures"


# Certificate


def png(colour: str, size: tuple[int, int] = (32, 16)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def finished() -> Iterator[Progress]:
    progress = Progress()
    for index, exercise in enumerate(EXERCISES):
        progress.note(verdict(exercise.number, Status.FAILED, exercise.mistakes[0]), 100.0 * index + 1)
        progress.note(verdict(exercise.number, Status.PASSED), 100.0 * index + 61)
    yield progress


def test_the_certificate_waits_until_all_is_done(run: Run, tmp_path: Path, finished: Progress) -> None:
    seen = run("crystalball.entry.cli", "certificate")
    assert seen.returncode == 2
    assert f"0 of {len(EXERCISES)} exercises are done" in seen.stderr
    finished.note(verdict("5"), 10**9)
    with pytest.raises(NotFound, match="Next is 05"):
        certificate.write(tmp_path, finished, "x", tmp_path / "c.html")


def test_the_certificate_shows_sprites_that_grow(
    kit: Path, finished: Progress, open_page: Callable[..., Any]
) -> None:
    write_run(kit / "runs/second", images=(png("navy"), b"no image", png("gold")), wall=500)
    write_run(kit / "runs/first", images=tuple(png(f"#{n:02x}4060") for n in range(0, 250, 10)), wall=100)
    output = kit / "my certificate ✓.html"
    certificate.write(kit, finished, "Grace <script>alert(1)</script>", output)
    page = open_page(output)
    assert outside(page) == []
    assert "<script" not in output.read_text(encoding="utf-8")
    assert "Grace <script>" in page.inner_text(".name")
    assert page.locator("figcaption").all_inner_texts() == ["first", "second"]
    assert page.locator("figure").first.locator("img").count() == drawings.STEPS
    widths = page.eval_on_selector_all("figure:first-child img", "all => all.map(one => one.clientWidth)")
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]
    loaded = page.eval_on_selector_all(
        "img", "all => all.every(one => one.complete && one.naturalWidth > 0)"
    )
    assert loaded
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert all(one.title in page.inner_text("body") for one in EXERCISES)


def test_the_certificate_is_sensible_without_sprites(
    tmp_path: Path, finished: Progress, open_page: Callable[..., Any]
) -> None:
    output = tmp_path / "certificate.html"
    certificate.write(tmp_path, finished, "", output)
    page = open_page(output)
    assert "No sprites were found" in page.inner_text("body")
    assert page.locator("img").count() == 0


def test_pictures_are_bounded(tmp_path: Path) -> None:
    bomb = png("black", (4000, 4000))
    assert len(bomb) < drawings.LARGEST_DRAWING
    write_run(tmp_path / "a", images=(png("red", (900, 900)), bomb))
    (run,) = drawings.drawings_of_runs(tmp_path)
    (drawing,) = run.drawings
    assert drawing.step == 1
    assert max(Image.open(io.BytesIO(drawing.png)).size) <= drawings.WIDEST


# A disk that refuses


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only"), (errno.EACCES, "permission")],
)
def test_the_disk_speaks_plainly(number: int, words: str) -> None:
    said = disk_words(OSError(number, "cryptic", "/some/file"))
    assert words in said
    assert "/some/file" in said


@pytest.fixture
def refusing(kit: Path) -> Iterator[Path]:
    """A learner's copy whose `.crystalball` lies on a disk that is full from the start."""
    folder = kit / ".crystalball"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(folder)]
    if sys.platform != "linux" or os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("only root of a Linux can mount a tiny disk")
    (folder / "filler").write_bytes(b"x" * 4096)
    yield kit
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_takes_nothing_from_the_verdict(refusing: Path, run: Run) -> None:
    wrong = wrong_programs(ROOT, "01_first_scalar")["steps_from_zero"]
    (refusing / "exercises/01_first_scalar.py").write_text(wrong, encoding="utf-8")
    for command in (["pytest", "-k", "01"], ["crystalball.entry.cli", "run", "1"]):
        seen = run(*command)
        text = " ".join((seen.stdout + seen.stderr).split())
        assert seen.returncode == 1, text
        assert "Steps are one too small" in text
        assert "The disk is full" in text
        assert "remembered" in text
        assert "Traceback" not in text
    hint = run("crystalball.entry.cli", "hint", "1")
    assert "1/4" in hint.stdout
    seen = run("crystalball.entry.cli", "reset", "1")
    assert seen.returncode == 2
    assert "The disk is full" in seen.stderr
    assert (refusing / "exercises/01_first_scalar.py").read_text(encoding="utf-8") == wrong, (
        "nothing was lost"
    )


def test_a_full_disk_of_the_runs_is_held_against_nobody(
    kit: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from crystalball.judging import judge
    from crystalball.judging.session import JudgingSession

    monkeypatch.setattr(judge, "LEAST_FREE_DISK", 2**80)
    session = JudgingSession(kit, kit / "exercises", training=False)
    with pytest.raises(OSError, match="No space left"):
        session.judge(EXERCISES[0])
    shutil.copy(kit / "solutions/01_first_scalar.py", kit / "exercises")
    assert session.judge(EXERCISES[0]).passed
    session.close()


# Editors


def test_the_problem_matchers_find_file_line_and_message() -> None:
    tasks = json.loads((ROOT / ".vscode/tasks.json").read_text(encoding="utf-8"))["tasks"]
    matchers = next(task["problemMatcher"] for task in tasks if task["problemMatcher"])
    exercise = EXERCISES[2]
    file = f"exercises/{exercise.id}.py"
    started = Verdict(exercise.id, file, Status.NOT_STARTED, line=56)
    missing = Verdict(exercise.id, file, Status.MISSING_FUNCTION, detail="tran")
    for told, matcher in zip((started, missing), matchers, strict=True):
        first, second, *_ = plain_text(told, width=80).splitlines()
        place, message = (
            re.search(pattern["regexp"], line)
            for pattern, line in zip(matcher["pattern"], (first, second), strict=True)
        )
        assert place
        assert message
        assert place[1] == file
        assert place.groups()[1:] == (("56",) if told.line else ())


def test_node_ids_run_one_law_and_a_debugger_is_in_the_same_process(kit: Path) -> None:
    """A test explorer names node ids, and puts its debugger into pytest's process."""
    shutil.copy(kit / "solutions/01_first_scalar.py", kit / "exercises")
    code = (
        "import sys, types, pytest; sys.modules['pydevd'] = types.ModuleType('pydevd'); seen = set()\n"
        "sys.settrace(lambda frame, event, arg: seen.add(frame.f_code.co_filename))\n"
        "code = pytest.main(['checks/test_01_first_scalar.py::' + sys.argv[1]]); sys.settrace(None)\n"
        "print('MET', any(name.endswith('exercises/01_first_scalar.py') for name in seen), code)"
    )
    law = next(
        iter(
            re.findall(
                r"^def (test_\w+)", (kit / "checks/test_01_first_scalar.py").read_text(), re.MULTILINE
            )
        )
    )
    command = [sys.executable, "-c", code, law]
    seen = subprocess.run(command, cwd=kit, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert "MET True 0" in seen.stdout, seen.stdout + seen.stderr
    assert "1 passed" in seen.stdout


def test_no_colour_where_nobody_wants_one(kit: Path, run: Run) -> None:
    wrong = wrong_programs(ROOT, "01_first_scalar")["wrong_tag"]
    (kit / "exercises/01_first_scalar.py").write_text(wrong, encoding="utf-8")
    for command in (["pytest", "-k", "01"], ["crystalball.entry.cli"]):
        assert "\x1b[" not in run(*command, NO_COLOR="1", PY_COLORS="", TERM="xterm").stdout
