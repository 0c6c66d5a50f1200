"""What learners get: it teaches, it holds no answer, and a newer one keeps what they have done."""

import ast
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from patience import PATIENCE

from crystalball.course import handout
from crystalball.curriculum import stamps
from crystalball.curriculum.course import Course, chosen
from crystalball.curriculum.manifest import Exercise, NotFound, curriculum
from crystalball.entry.course_commands import ENTRY_MODULES
from crystalball.entry.course_option import given_out
from crystalball.learner.handout import lay, read_handout
from crystalball.words.console import render
from crystalball.words.handouts import laid_into_a_folder

ROOT = Path(__file__).parents[2]
LIBRARY = "checks/crystalball/"


def files_of(choice: str = "*", course: Course | None = None, **more: bool) -> dict[str, bytes]:
    options = {"with_solutions": False, **more}
    return handout.contents(ROOT, chosen(choice), course or Course(), ENTRY_MODULES, **options)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return files_of()


SEVERAL = """
from click.testing import CliRunner
from crystalball.entry.cli import main

for command, code, words in (
    (["hint", "2"], 0, "1/"),
    (["solution", "2"], 2, "come from your instructor"),
    (["doctor", "runs"], 2, "runs"),  # nothing to look at yet
    (["grade"], 2, "No such command"),
    (["hint", "3"], 2, "There is no exercise"),
):
    seen = CliRunner().invoke(main, command)
    assert seen.exit_code == code, (command, seen.output)
    assert words in seen.output, (command, seen.output)
assert "handout" not in CliRunner().invoke(main, ["--help"]).output
print("All as a learner needs it")
"""
"""Commands that a learner types, in one process, each of which takes a second to start."""


Typed = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def typed(tmp_path: Path) -> Typed:
    """Runs a module in the folder of a hand-out, with the library that lies there."""

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        library = os.pathsep.join(map(str, (tmp_path / "kit/checks", tmp_path)))
        return subprocess.run(
            [sys.executable, "-m", *command],
            cwd=tmp_path / "kit",
            env=os.environ | {"PYTHONPATH": library, "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )

    return run


def plain(text: str) -> set[str]:
    """The lines of a text without their depth, and without those that say nothing."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return {line for line in lines if len(line) > 12 and not line.startswith(("from ", "import "))}


def answer_lines(exercise: Exercise, files: dict[str, bytes]) -> set[str]:
    """The lines of a reference answer that no stub gives up to then.

    A later stub may give them: it goes on from there, and is released when the earlier exercise is due.
    """
    given = (files[f"exercises/{one.id}.py"].decode() for one in chosen(f"1-{exercise.number}"))
    solution = (ROOT / "solutions" / f"{exercise.id}.py").read_text(encoding="utf-8")
    return plain(solution).difference(*map(plain, given))


@pytest.mark.parametrize("exercise", curriculum().exercises, ids=lambda exercise: exercise.id)
def test_no_file_holds_a_reference_answer(exercise: Exercise, files: dict[str, bytes]) -> None:
    own = answer_lines(exercise, files)
    assert own
    later = tuple(f"exercises/{one.id}.py" for one in chosen(f"{exercise.number}-19") if one != exercise)
    # The oracle trains and reads for itself: it is no answer, and shares some idioms with one.
    apart = (f"{LIBRARY}oracle/", *later)
    found = {
        path: own & plain(content.decode())
        for path, content in files.items()
        if not path.startswith(apart) and not path.endswith((".png", ".svg"))
    }
    # One line of a loop may stand anywhere; two that are left to the learner may not.
    assert {path: lines for path, lines in found.items() if len(lines) > 1} == {}


def test_hints_are_all_that_comes_near_an_answer(files: dict[str, bytes]) -> None:
    manifest = f"{LIBRARY}curriculum/curriculum.toml"
    for exercise in curriculum().exercises:
        long = {line for line in answer_lines(exercise, files) if len(line) > 40}
        for path, content in files.items():
            if path.endswith((".py", ".toml", ".json", ".md")) and not path.startswith("exercises/"):
                shown = sum(line in " ".join(content.decode().split()) for line in long)
                assert shown <= (1 + len(exercise.hints) if path == manifest else 1), (path, exercise.id)


def test_nothing_of_the_desk_or_of_the_authors_is_there(files: dict[str, bytes]) -> None:
    rooms = {path.removeprefix(LIBRARY).split("/")[0] for path in files if path.startswith(LIBRARY)}
    assert not rooms & set(handout.NEVER)
    tops = {path.split("/")[0] for path in files}
    assert tops <= {"exercises", "checks", "runs", "pyproject.toml", "README.md", "LICENSE"} | {
        top for top in tops if top.startswith(".")
    }
    assert not [path for path in files if path.startswith(("checks/kit", "solutions", ".ci"))]
    assert {Path(path).stem for path in files if path.startswith(f"{LIBRARY}entry/")} == {
        "__init__",
        *ENTRY_MODULES,
    }
    assert "crystalball grade" not in files["README.md"].decode()
    assert "solutions/" not in files["README.md"].decode()
    assert "dev = [" not in files["pyproject.toml"].decode()


def test_each_module_finds_what_it_imports(files: dict[str, bytes]) -> None:
    for path, content in files.items():
        if path.endswith(".py") and path.startswith("checks/"):
            for node in ast.walk(ast.parse(content)):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("crystalball"):
                    module = "checks/" + (node.module or "").replace(".", "/")
                    there = f"{module}.py" in files or f"{module}/__init__.py" in files
                    assert there, f"{path} imports {node.module}"


def test_exercise_1_fails_is_solved_and_passes_and_a_newer_one_keeps_that(
    tmp_path: Path, typed: Typed
) -> None:
    kit = tmp_path / "kit"
    lay(files_of("1-2"), "0.1.0", kit)
    seen = typed("pytest", "-k", "01")
    assert seen.returncode == 1
    assert "exercises/01_first_scalar.py" in seen.stdout
    assert "0 of 2 done" in seen.stdout

    answer = (ROOT / "solutions/01_first_scalar.py").read_text(encoding="utf-8")
    (kit / "exercises/01_first_scalar.py").write_text(answer, encoding="utf-8")
    assert typed("pytest", "-k", "01").returncode == 0
    (tmp_path / "several.py").write_text(SEVERAL)
    assert "All as a learner needs it" in typed("several").stdout

    handout.write_zip(files_of("1-3"), tmp_path / "newer.zip")
    seen = typed("crystalball.entry.cli", "update", "../newer.zip")
    assert seen.returncode == 0, seen.stderr
    assert "New: `exercises/03_epoch_loss.py`" in seen.stdout
    assert (kit / "exercises/01_first_scalar.py").read_text(encoding="utf-8") == answer
    seen = typed("crystalball.entry.cli")
    assert "1 of 3 done" in seen.stdout
    assert "Traceback" not in seen.stderr


def test_what_is_not_released_is_not_there(tmp_path: Path) -> None:
    course = Course(release={"3-19": "2026-10-05"}, points={"2": 7.5})
    exercises = course.given_out(chosen("1-4"), datetime(2026, 9, 1, tzinfo=UTC))
    found = handout.contents(ROOT, exercises, course, ENTRY_MODULES, with_solutions=False)
    whole = "\n".join(content.decode() for path, content in found.items() if not path.endswith(".png"))
    assert "`03_epoch_loss` |" not in found["README.md"].decode()
    assert "`02_run_directory` |" in found["README.md"].decode()
    assert "points = 7.5" in found[f"{LIBRARY}curriculum/curriculum.toml"].decode()
    assert 'id = "03_epoch_loss"' not in whole
    assert "exercises/03_epoch_loss.py" not in found
    assert "checks/test_03_epoch_loss.py" not in found
    with pytest.raises(NotFound, match="released"):
        course.given_out(chosen("5"), datetime(2026, 9, 1, tzinfo=UTC))


def test_the_instructor_is_told_which_stubs_show_an_answer_before_it_is_due() -> None:
    course = Course(timezone="UTC", due={"3": "2026-10-18", "8": "2026-10-25"})

    def told(choice: str, day: int) -> list[str]:
        now = datetime(2026, 10, day, tzinfo=UTC)
        return list(handout.for_the_instructor(ROOT, chosen(choice), course, now))

    assert told("1-5", 1) == ["The answer to 03 is due 2026-10-18, and these stubs go on from it: 04, 05."]
    assert told("1-4", 20) == []
    assert told("1-9", 20) == ["The answer to 08 is due 2026-10-25, and these stubs go on from it: 09."]
    assert "The stub of 03 speaks of what is not in this hand-out: 02, 04." in told("3", 1)


def test_what_was_asked_for_and_is_not_given_out_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    course = Course(exercises="1-5", release={"4-5": "2026-10-18"})
    now = datetime(2026, 10, 1, tzinfo=UTC)
    assert [one.number for one in given_out(course, "2-4,7", now)] == ["02", "03"]
    assert capsys.readouterr().out.splitlines() == ["Not in this course: 07.", "Not released yet: 04."]
    assert [one.number for one in given_out(course, None, now)] == ["01", "02", "03"]
    assert capsys.readouterr().out.splitlines() == ["Not released yet: 04, 05."]


def test_learners_read_of_solutions_where_they_have_them() -> None:
    assert "solution" not in files_of("1-2")["README.md"].decode()
    assert "`crystalball solution 3`" in files_of("1-2", with_solutions=True)["README.md"].decode()


def test_the_workflow_has_a_step_and_points_for_each_exercise() -> None:
    workflow = yaml.safe_load(files_of("1-3", Course(points={"2": 7.5}))[handout.WORKFLOW])
    (job,) = workflow["jobs"].values()
    *steps, reporter = [step for step in job["steps"] if "classroom-resources" in step.get("uses", "")]
    assert [step["with"]["max-score"] for step in steps] == [5, 7.5, curriculum().find("3").points]
    assert reporter["with"]["runners"].split(",") == [step["id"] for step in steps]
    for step in steps:
        results = reporter["env"][f"{step['id'].upper()}_RESULTS"]
        assert results == f"${{{{ steps.{step['id']}.outputs.result }}}}"
        assert (ROOT / step["with"]["command"].split()[-1]).is_file()


def test_with_solutions_they_go_along() -> None:
    found = files_of("1-2", with_solutions=True)
    assert {path for path in found if path.startswith("solutions/")} == {
        "solutions/01_first_scalar.py",
        "solutions/02_run_directory.py",
    }


def test_work_stays_and_what_was_never_touched_is_brought_up_to_date(tmp_path: Path) -> None:
    kit = tmp_path / "kit"
    old = {
        "exercises/01_a.py": b"stub",
        "exercises/02_b.py": b"stub",
        "exercises/03_c.py": b"stub",
        "checks/test_01_a.py": b"old",
        "checks/gone.py": b"old",
        "pyproject.toml": b"old",
    }
    laid = lay(old, "1", kit)
    assert (laid.before, laid.kept, laid.backups) == ("", [], [])
    (kit / "exercises/01_a.py").write_bytes(b"mine")
    (kit / "exercises/03_c.py").write_bytes(b"mine")
    (kit / "pyproject.toml").write_bytes(b"mine")
    (kit / ".crystalball").mkdir()
    (kit / ".crystalball/progress.json").write_bytes(b"{}")
    (kit / "exercises/notes.txt").write_bytes(b"mine")
    new = {**old, "exercises/01_a.py": b"other stub", "exercises/02_b.py": b"other stub"}
    new |= {"pyproject.toml": b"new", "exercises/04_d.py": b"stub"}
    del new["checks/gone.py"]
    before, laid = laid.version, lay(new, "2", kit)
    assert laid.before == before
    assert laid.new == ["exercises/04_d.py"]
    assert laid.kept == ["exercises/01_a.py"]
    assert (laid.gone, laid.begun) == ([], [])
    assert [(kit / path).read_bytes() for path in laid.backups] == [b"mine"]
    assert (kit / "exercises/01_a.py").read_bytes() == b"mine"
    assert (kit / "exercises/02_b.py").read_bytes() == b"other stub"
    assert (kit / "exercises/03_c.py").read_bytes() == b"mine"
    assert (kit / "pyproject.toml").read_bytes() == b"new"
    assert (kit / "exercises/notes.txt").exists()
    assert (kit / ".crystalball/progress.json").exists()
    assert not (kit / "checks/gone.py").exists()
    assert lay(new, "2", kit).kept == []  # the same once more: nothing to tell
    fewer = {
        path: content
        for path, content in new.items()
        if path not in ("exercises/01_a.py", "exercises/02_b.py")
    }
    laid = lay(fewer, "3", kit)
    assert (laid.gone, laid.begun) == (["exercises/02_b.py"], ["exercises/01_a.py"])
    assert (kit / "exercises/01_a.py").read_bytes() == b"mine"
    told = render(laid_into_a_folder(laid), width=200, colour=False)
    assert "No longer given out, and removed: `exercises/02_b.py`" in told
    assert "is not judged: `exercises/01_a.py`" in told


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(NotFound, match="not empty"):
        lay({"README.md": b"x"}, "1", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_zip_comes_back_whole_and_no_other_zip_is_taken(tmp_path: Path, files: dict[str, bytes]) -> None:
    path = tmp_path / "kit.zip"
    handout.write_zip(files, path)
    first = path.read_bytes()
    assert read_handout(path) == (files, handout.version())
    handout.write_zip(files, path)
    assert path.read_bytes() == first
    shutil.unpack_archive(path, tmp_path / "unpacked")
    (top,) = (tmp_path / "unpacked").iterdir()
    assert read_handout(top) == (files, handout.version())
    (top / "LICENSE").write_text("mine")
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(other, "w") as outside:
        for entry in archive.infolist():
            outside.writestr(entry.filename.replace("runs/", "../../"), archive.read(entry))
    (tmp_path / "text.zip").write_text("hello")
    for wrong in (top, other, tmp_path / "text.zip", tmp_path, tmp_path / "none.zip"):
        with pytest.raises(NotFound):
            read_handout(wrong)


def test_a_stub_says_what_it_was_made_from(files: dict[str, bytes]) -> None:
    for exercise in curriculum().exercises:
        assert stamps.read_stamp(files[f"exercises/{exercise.id}.py"]) == stamps.stamp_of(exercise)
