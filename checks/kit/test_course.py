"""What an instructor decides in `course.toml`: points, dates, exercises; none of it judges again."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from patience import PATIENCE

from crystalball.course.author import new_course, new_exercise
from crystalball.curriculum import stamps
from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import Exercise, NotFound, curriculum
from crystalball.entry.cli import main
from crystalball.grading import keys
from crystalball.grading.journal import Journal

ROOT = Path(__file__).parents[2]
THIRD, FOURTH = (curriculum().find(number) for number in ("3", "4"))

COURSE = """
name = "Deep learning"
timezone = "Europe/Berlin"
exercises = "1-10"
seed = "secret.txt"
[points]
"*" = 1
"3" = 12.5
[release]
"4-6" = 2026-10-05
[due]
"1-5" = 2026-10-12
3 = 2026-10-13T12:00:00Z
[visibility]
"3" = "first mistake"
"4" = 2026-10-20
[late]
grace_minutes = 15
[extensions."jane doe"]
"3" = 2026-10-20T18:00:00
"""


def read(tmp_path: Path, text: str) -> Course:
    (tmp_path / "course.toml").write_text(text, encoding="utf-8")
    return Course.read(tmp_path)


def test_a_later_line_counts_more(tmp_path: Path) -> None:
    course = read(tmp_path, COURSE)
    assert course.points_of(THIRD) == 12.5
    assert course.points_of(FOURTH) == 1
    assert Course().points_of(THIRD) == THIRD.points
    assert course.seed_file == tmp_path / "secret.txt"


def test_times_are_those_of_the_course(tmp_path: Path) -> None:
    course = read(tmp_path, COURSE)
    released = datetime(2026, 10, 4, 22, tzinfo=UTC)  # Berlin is two hours ahead
    assert not course.released(FOURTH, released - timedelta(seconds=1))
    assert course.released(FOURTH, released)
    assert not course.released(curriculum().find("11"), released)
    assert course.due_of(FOURTH) == datetime(2026, 10, 12, 21, 59, 59, 999999, tzinfo=UTC)
    assert course.due_of(THIRD) == datetime(2026, 10, 13, 12, tzinfo=UTC)
    assert course.due_of(THIRD, ["nobody", "jane doe"]) == datetime(2026, 10, 20, 16, tzinfo=UTC)
    assert course.due_of(curriculum().find("6")) is None
    assert course.visibility_of(THIRD, released) == "first mistake"
    assert course.visibility_of(FOURTH, released) == "hidden"
    assert course.visibility_of(FOURTH, datetime(2026, 10, 19, 22, tzinfo=UTC)) == "visible"


def test_it_comes_back_whole_from_the_journal(tmp_path: Path) -> None:
    course = read(tmp_path, COURSE)
    journal = Journal(tmp_path / "out", fresh=True)
    number = journal.begin_grading("grade", "full", course, again=False)
    assert journal.course(number) == course
    with pytest.raises(NotFound):
        journal.course(number + 1)
    journal.close()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x =", "Invalid value"),
        ("pints = 3", "unknown field `pints`"),
        ('timezone = "Mars/Olympus"', "Mars/Olympus"),
        ('exercises = "5-1"', "exercises: 5-1 runs backwards"),
        ('[points]\n"77" = 1', "[points]: There is no exercise '77'"),
        ("[points]\n3 = -1", "less than 0"),
        ('[due]\n3 = "soon"', "[due] 3"),
        ("[due]\n3 = 07:30:00", "no date such as"),
        ('[visibility]\n3 = "never"', "first mistake"),
        ("[late]\ndays = -1", "below 0"),
        ('[extensions.ada]\n"99" = 2026-01-01', '[extensions."ada"]'),
    ],
)
def test_a_wrong_line_is_told(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(NotFound) as told:
        read(tmp_path, text)
    assert words in str(told.value)
    assert str(tmp_path / "course.toml") in str(told.value)
    assert "\n" not in str(told.value)


def test_each_line_that_a_new_course_offers_can_be_taken(tmp_path: Path) -> None:
    path = new_course(tmp_path)
    offered = re.sub(r"^# (?=[\"\[a-z])", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    head, _, rest = offered.partition("\n\n")  # what the file is, in sentences
    assert head.count("\n") == 4
    path.write_text(rest, encoding="utf-8")
    course = Course.read(path)
    unchanged = [
        name for name in course.__struct_fields__ if getattr(course, name) == getattr(Course(), name)
    ]
    assert unchanged == ["exercises"]


def test_a_course_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="crystalball course new"):
        Course.read(tmp_path / "none.toml")


def test_points_hints_and_titles_are_nothing_that_a_verdict_depends_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def digest(**changed: object) -> str:
        keys.checks_digest.cache_clear()
        other = msgspec.structs.replace(THIRD, **changed)
        exercises = tuple(other if one is THIRD else one for one in curriculum().exercises)
        whole = msgspec.structs.replace(curriculum(), exercises=exercises)
        monkeypatch.setattr(keys, "curriculum", lambda: whole)
        return keys.checks_digest(ROOT, THIRD.id)

    before = digest()
    assert digest(points=99, title="Another", hints=("one",)) == before
    assert digest(mistakes=THIRD.mistakes[1:]) != before
    keys.checks_digest.cache_clear()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere grading is refused")
@pytest.mark.needs("jail")  # without one, grading asks for --no-sandbox
def test_other_points_sum_up_anew_and_judge_nothing_again(tmp_path: Path) -> None:
    entry = tmp_path / "class/ada"
    entry.mkdir(parents=True)
    stamp = stamps.Stamp("01_first_scalar", "0.0.9-12345678").line
    answer = (ROOT / "solutions/01_first_scalar.py").read_text(encoding="utf-8")
    (entry / "01_first_scalar.py").write_text(f"{answer}\n{stamp}\n", encoding="utf-8")
    (entry / "02_run_directory.py").write_text("x = 1\n")

    def grade(text: str) -> tuple[str, dict[str, object]]:
        (tmp_path / "course.toml").write_text(text)
        arguments = ["grade", "class", "--out", "out", "--only", "1-2", "--course", "course.toml"]
        seen = subprocess.run(
            [sys.executable, "-m", "crystalball.entry.cli", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert seen.returncode == 0, seen.stderr
        result: dict[str, object] = json.loads((tmp_path / "out/results.jsonl").read_text())
        return seen.stdout, result

    told, result = grade("[points]\n1 = 4")
    assert "2 answers judged, 0 known" in told
    assert "01_first_scalar was made from hand-out 0.0.9-12345678, and is judged by" in told
    assert (result["score"], result["max_score"]) == (4, 9)
    told, result = grade('[points]\n1 = 30\n[release]\n2 = 2999-01-01\n"1" = 2020-01-01')
    assert "0 answers judged, 1 known" in told
    assert (result["score"], result["max_score"]) == (30, 30)
    arguments = ["grade", str(tmp_path / "class"), "--out", str(tmp_path / "out")]
    seen = CliRunner().invoke(main, arguments)
    assert seen.exit_code == 2
    assert f"--course: grading 2 in {tmp_path / 'out'} had it. Name it again" in seen.output


@pytest.mark.parametrize("exercise", curriculum().exercises[:3], ids=lambda exercise: exercise.id)
def test_an_answer_says_what_it_was_made_from(exercise: Exercise) -> None:
    text = stamps.stamped(exercise)
    assert stamps.read_stamp(text.encode()) == stamps.stamp_of(exercise)
    assert stamps.warning(exercise, text.encode()) is None
    assert stamps.warning(exercise, text.replace("\n", "\r\n").encode()) is None
    assert stamps.warning(exercise, b"x = 1\n") is None
    older = text.replace("# Crystal Ball ", "# Crystal Ball 0.0.9-")
    assert "was made from hand-out 0.0.9-" in (stamps.warning(exercise, older.encode()) or "")
    assert f"from the stub of {FOURTH.id}" in (
        stamps.warning(exercise, stamps.stamped(FOURTH).encode()) or ""
    )


def crystalball(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "crystalball.entry.cli", *arguments],
        cwd=folder,
        env=os.environ | {"COLUMNS": "400", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def test_a_course_has_exercises_of_its_own_which_are_verified_and_handed_out(tmp_path: Path) -> None:
    assert crystalball(tmp_path, "course", "new", "mine").returncode == 0
    assert Course.read(tmp_path / "mine") == Course(name="Logging to TensorBoard")
    seen = crystalball(tmp_path, "new", "20_my_own", "--course", "mine")
    assert seen.returncode == 0, seen.stderr
    pack = tmp_path / "mine"
    # A mistake of their own, too: in the language of loggers, with a program, and in the manifest.
    (pack / "mistakes").mkdir()
    (pack / "mistakes/my_mistakes.py").write_text(MISTAKE, encoding="utf-8")
    manifest = (pack / "exercises.toml").read_text(encoding="utf-8")
    (pack / "exercises.toml").write_text(
        manifest.replace('["last_batch', '["steps_squared", "last_batch'), "utf-8"
    )
    with (pack / "checks/kit/mistakes/20_my_own/solution.diff").open("a", encoding="utf-8") as edits:
        edits.write(EDIT)
    seen = crystalball(tmp_path, "verify", "20", "--course", "mine")
    assert "All is as it should be." in seen.stdout, seen.stdout + seen.stderr
    seen = crystalball(tmp_path, "handout", "out", "--course", "mine/course.toml", "--only", "19-20")
    assert seen.returncode == 0, seen.stderr
    assert stamps.read_stamp((tmp_path / "out/exercises/20_my_own.py").read_bytes())
    assert (tmp_path / "out/checks/crystalball/mistakes/my_mistakes.py").is_file()
    assert "`20_my_own` | My own" in (tmp_path / "out/README.md").read_text(encoding="utf-8")
    # What an author does wrong is one line that says where.
    (pack / "checks/test_20_my_own.py").write_text("CASES = nothing\n")
    seen = crystalball(tmp_path, "verify", "20", "--course", "mine")
    assert seen.returncode == 1
    assert "checks/test_20_my_own.py: line 1: NameError" in seen.stdout
    assert "Traceback" not in seen.stdout + seen.stderr


MISTAKE = '''
"""Mistakes of this course."""

from crystalball.mistakes.language import logged

logged(
    "steps_squared",
    "The steps are squares: 1, 4, 9, …",
    "Give the number of the epoch as `global_step`.",
).steps([lambda at: at.right**2])
'''

EDIT = """
+++ steps_squared
-writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
+writer.add_scalar("Loss/Train", total / samples, global_step=epoch**2)
"""


def test_a_pack_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    for text, words in (
        ('[[exercise]]\nid = "03_mine"\n', "03_epoch_loss"),
        ('[[exercise]]\nid = "20_mine"\n', "has no 'case'"),
        ("x = 1\n", "[[exercise]]"),
        ("[[exercise\n", "exercises.toml"),
    ):
        (tmp_path / "course.toml").write_text("")
        (tmp_path / "exercises.toml").write_text(text)
        seen = crystalball(tmp_path, "verify", "20", "--course", ".")
        assert seen.returncode == 2, seen.stdout
        assert words in seen.stderr
        assert len(seen.stderr.strip().splitlines()) == 1, seen.stderr


def test_a_new_exercise_takes_the_place_of_nothing(tmp_path: Path) -> None:
    taken = {"20": "20_mine"}
    for id in ("20_other", "x", "7_seven", "21_../../x", "21_Big"):
        with pytest.raises(NotFound):
            new_exercise(id, tmp_path, taken, pack=True)
    assert list(tmp_path.iterdir()) == []
    new_exercise("21_mine", tmp_path, taken, pack=True)
    before = (tmp_path / "exercises.toml").read_text()
    with pytest.raises(NotFound, match="there already"):
        new_exercise("21_mine", tmp_path, taken, pack=True)
    assert (tmp_path / "exercises.toml").read_text() == before
    with pytest.raises(NotFound, match="there already"):
        new_course(new_course(tmp_path / "courses"))
