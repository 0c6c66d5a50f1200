"""Back to the platforms: each export is held against its schema, and read by what its users run."""

import base64
import csv
import json
import unittest
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from gradescope_utils.autograder_utils.decorators import weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner
from junitparser import Error, Failure, JUnitXml

from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import curriculum
from crystalball.entry.cli import main
from crystalball.exports import results
from crystalball.exports.lists import NBGRADER
from crystalball.exports.scored import scored
from crystalball.exports.sheet import Sheet, harmless
from crystalball.grading.grades import EntryInfo, Handed
from crystalball.grading.journal import Journal
from crystalball.grading.keys import VerdictKey
from crystalball.grading.roster import Roster
from crystalball.judging.verdict import CheckResult, Status, Verdict
from crystalball.reading.outside import Outside, outside_line

ROOT = Path(__file__).parents[2]
PLATFORMS = Path(__file__).parent / "platforms"

NAMES = {
    "ann_1": 'Ann, the "first"',
    "bob_2": "=cmd|' /C calc'!A0",
    "cyd_3": "مريم العلي",
    "dan_4": "Dan 👩‍🔬",
    "eve_5": "+1;Eve\t\\",
}
"""Entries, and what their people are called."""

COLUMNS = ("Student", "ID", "Email")

COURSE = msgspec.convert(
    {
        "timezone": "UTC",
        "due": {"2": "2026-10-01"},
        "late": {"percent_a_day": 50},
        "visibility": {"3": "hidden", "4": "first mistake"},
    },
    Course,
)


def text(plain: str) -> Outside:
    return outside_line(plain)


def verdict_of(number: str, entry: str) -> Verdict:
    """Ann has all right; of the others each second check is broken, and exercise 5 crashes."""
    status = Status.PASSED if entry == "ann_1" else Status.CRASHED if number == "5" else Status.FAILED
    passed = (True, status == Status.PASSED)
    checks = tuple(CheckResult(f"test_{n}", f"law {n} <b>", one) for n, one in enumerate(passed))
    secret = '{"losses":[1.5]}' if status == Status.FAILED else ""
    return Verdict(
        curriculum().find(number).id,
        text("x.py"),
        status,
        checks,
        mistakes=(("not_closed",),) if status == Status.FAILED else (),
        case=secret,
        case_words="1 loss",
        traceback=text("ZeroDivisionError: <script>") if status == Status.CRASHED else text(""),
        output=text("=1+1 " * 300),
        seconds=0.25,
    )


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of five entries with five exercises each, as a grading leaves it."""
    folder = tmp_path_factory.mktemp("grades")
    words = "bob_2,1,4,=Better than it looks\ncyd_3,,,Come & see me\n"
    (folder / "words.csv").write_text(f"student,exercise,points,comment\n{words}", encoding="utf-8")
    journal = Journal(folder, fresh=True)
    number = journal.begin_grading("c", "in a jail", COURSE, again=False, columns=tuple(map(text, COLUMNS)))
    for name, called in NAMES.items():
        row = (text(called), text(name[-1]), text(f"{name}@example.edu"))
        came = datetime(2026, 10, 2, 12, tzinfo=UTC)
        handles, names = (text(f"Participant {name[-1]}"),), (text(called),)
        info = EntryInfo(text(name), (row,), handles=handles, names=names, handed_in=came)
        journal.add_entry(number, info)
        for exercise in map(str, range(1, 6)):
            verdict = verdict_of(exercise, name)
            key = VerdictKey(verdict.exercise, f"{name}{exercise}", "c", "s", "{}", "full")
            journal.append(number, key, verdict, [Handed(text(name), text(f"{exercise}.py"), 10)])
    journal.end_grading(number)
    journal.close()
    return folder


def crystalball(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def exported(form: str, graded: Path, out: Path, *more: object) -> str:
    seen = crystalball("export", form, graded, "--out", out, *more)
    assert seen.exit_code == 0, seen.output
    return seen.output


def schema(platform: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PLATFORMS / f"{platform}.json").read_text(encoding="utf-8"))
    return found


SCORES = {"ann_1": 45, "bob_2": 16.5, "cyd_3": 17.5, "dan_4": 17.5, "eve_5": 17.5}
"""Ann: one of five is late by half. The others: half of 10 points in four, of which one is late by half."""


SEEN = {name: score - (10 if name == "ann_1" else 5) for name, score in SCORES.items()}
"""Without exercise 3, which is hidden."""


@pytest.mark.parametrize("platform", results.PLATFORMS)
def test_each_platforms_result_has_its_form(graded: Path, tmp_path: Path, platform: str) -> None:
    exported(platform, graded, tmp_path)
    files = {path.stem: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert files.keys() == NAMES.keys()
    for name, content in files.items():
        assert len(content.encode()) < 1_000_000, "PrairieLearn takes no more"
        result = json.loads(content)
        jsonschema.validate(result, schema(platform), cls=jsonschema.Draft202012Validator)
        assert '{"losses"' not in content.replace("\\", ""), "a hidden case is not given away"
        hidden = [test for test in result["tests"] if test["name"].startswith("03 ")]
        if platform == "gradescope":
            assert result["score"] == SCORES[name]
            assert [test["visibility"] for test in hidden] == ["hidden"], "the platform hides it"
        else:
            assert not hidden, "there, students read all of it"
        if platform == "prairielearn":
            assert result["score"] == SEEN[name] / 40
            assert sum(test["points"] for test in result["tests"]) == SEEN[name]
        if platform == "github":
            assert sum(test["score"] for test in result["tests"]) == SEEN[name]
            assert result["max_score"] == 40
            assert json.loads(base64.b64decode(results.classroom_variable(result))) == result
        if "status" in result:
            assert result["status"] == ("pass" if name == "ann_1" else "fail")


@pytest.mark.parametrize("platform", results.PLATFORMS)
def test_what_could_not_be_judged_has_its_form_too(platform: str) -> None:
    result = results.failed(platform, text('No "torch" here.'), 95)
    jsonschema.validate(result, schema(platform), cls=jsonschema.Draft202012Validator)
    assert "torch" in results.written(result)


@pytest.mark.parametrize("platform", results.FOR_STUDENTS)
def test_where_all_is_hidden_neither_a_pass_nor_a_zero_is_told(
    graded: Path, tmp_path: Path, platform: str
) -> None:
    with closing(Journal(graded)) as journal:
        entry = next(scored(journal, 1, ROOT))
    hidden = replace(entry, answers=entry.hidden)
    assert hidden.answers
    result = results.result(platform, hidden)
    jsonschema.validate(result, schema(platform), cls=jsonschema.Draft202012Validator)
    assert results.UNSHOWN in results.written(result)
    assert result.get("gradable", False) is False
    assert result.get("status", "error") == "error"


def test_each_export_says_what_became_of_what_is_hidden(graded: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(MOODLE, encoding="utf-8")
    told = exported("moodle", graded, tmp_path / "out.csv", "--into", tmp_path / "in.csv")
    assert "03 One point an epoch is hidden from students: in the grade all the same" in told
    for form in ("github", "mail"):
        told = exported(form, graded, tmp_path / form)
        assert "03 One point an epoch is hidden from students: left out with its points" in told
    assert "hidden" not in exported("gradescope", graded, tmp_path / "gradescope")


def test_a_student_reads_what_is_visible_and_no_more(graded: Path, tmp_path: Path) -> None:
    exported("gradescope", graded, tmp_path)
    bob = json.loads((tmp_path / "bob_2.json").read_text(encoding="utf-8"))
    first, second, hidden, short, crashed = bob["tests"]
    assert "Set by the instructor: 4." in first["output"]
    assert first["score"] == 4
    assert "1 day late, 50 % taken." in second["output"]
    assert (hidden["output"], hidden["visibility"], hidden["tags"]) == ("", "hidden", [])
    assert len(short["output"].splitlines()) == 1
    assert "ZeroDivisionError" in crashed["output"], "it crashed before any case"
    cyd = json.loads((tmp_path / "cyd_3.json").read_text(encoding="utf-8"))
    assert cyd["output"] == "Come & see me"


def test_gradescopes_own_runner_writes_the_same_form() -> None:
    class One(unittest.TestCase):
        @weight(2)
        def test_it(self) -> None:
            """One."""

    stream = StringIO()
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(One)
    JSONTestRunner(visibility="visible", stream=stream).run(suite)
    theirs = json.loads(stream.getvalue())
    jsonschema.validate(theirs, schema("gradescope"), cls=jsonschema.Draft202012Validator)
    (test,) = theirs["tests"]
    assert {"score", "max_score", "name"} <= test.keys()


CANVAS = (PLATFORMS / "canvas.csv").read_text(encoding="utf-8")


def test_a_grade_book_of_canvas_is_filled_and_nothing_new_appears(graded: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(CANVAS, encoding="utf-8")
    told = exported("canvas", graded, tmp_path / "out.csv", "--into", tmp_path / "in.csv")
    assert "eve_5: no row" in told
    before = pd.read_csv(tmp_path / "in.csv", dtype=str, keep_default_na=False)
    after = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
    assert list(after.columns) == [*before.columns[:6]], "identity, and what was filled"
    column = "01_first_scalar (901)"
    assert list(after[column]) == ["Manual Posting", "20", "20.00", "8.00", "10.00", "EX", "5"]
    for name in before.columns[:5]:
        assert [cell.removeprefix("'") for cell in after[name]] == list(before[name])
    assert after["Student"][3] == "'=cmd|' /C calc'!A0"


@pytest.mark.parametrize(
    "title",
    [
        "01_first_scalar",
        "1 The first scalar",
        "Exercise 01: the first scalar",
        "the first scalar",
        "HW 1 first scalar",
    ],
)
def test_an_assignment_is_named_after_an_exercise_as_people_write_it(
    graded: Path, tmp_path: Path, title: str
) -> None:
    rows = f"Student,ID,{title} (7),Essay (8)\n    Points Possible,,10,5\nAnn,1,,\n"
    (tmp_path / "in.csv").write_text(rows, encoding="utf-8")
    told = exported("canvas", graded, tmp_path / "out.csv", "--into", tmp_path / "in.csv")
    assert (tmp_path / "out.csv").read_text().splitlines()[0] == f"Student,ID,{title} (7)"
    assert "02_run_directory: no assignment is named after it; it is left out" in told
    assert "01_first_scalar: no assignment" not in told


def test_a_sum_goes_into_the_assignment_that_is_named(graded: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(CANVAS, encoding="utf-8")
    for name in ("902", "Essay, long", "essay, LONG (902)"):
        exported("canvas", graded, tmp_path / "out.csv", "--into", tmp_path / "in.csv", "--column", name)
        after = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
        assert list(after.columns[5:]) == ["Essay, long (902)"]
        assert list(after["Essay, long (902)"]) == ["", "5", "4.50", "1.65", "1.75", "1.75", ""]


MOODLE = (PLATFORMS / "moodle.csv").read_text(encoding="utf-8")


def test_a_worksheet_of_moodle_is_filled_and_scaled(graded: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(MOODLE, encoding="utf-8")
    told = exported("moodle", graded, tmp_path / "out.csv", "--into", tmp_path / "in.csv")
    assert "cyd_3: Moodle says that the grade cannot be changed" in told
    rows = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8", newline="")))
    before = list(csv.DictReader(StringIO(MOODLE)))
    assert [row["Grade"] for row in rows] == ["90,00", "33,00", "-", "35,00", "-"]
    for row, was in zip(rows, before, strict=True):
        assert row.keys() == was.keys()
        for name in row.keys() - {"Grade", "Feedback comments"}:
            assert row[name].removeprefix("'") == was[name]
    feedback = rows[1]["Feedback comments"]
    assert feedback.startswith("<pre>01 The first scalar: 4 of 10\n")
    assert "Set by the instructor: 4.\n" in feedback
    assert "&lt;script&gt;" in feedback
    assert "<script>" not in feedback
    assert rows[4]["Feedback comments"] == ""


def test_a_grade_book_of_moodle_takes_a_column(graded: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("First name;ID number;Task (Real)\nA;1;-\nB;2;-\n", encoding="utf-8")
    arguments = ("--into", tmp_path / "in.csv", "--column", "Task (Real)", "--out-of", 10)
    exported("moodle", graded, tmp_path / "out.csv", *arguments)
    assert (tmp_path / "out.csv").read_text() == "First name;ID number;Task (Real)\nA;1;9.00\nB;2;3.30\n"


@pytest.mark.parametrize(
    ("form", "rows"),
    [
        ("canvas", "Student,ID,01_first_scalar (9)\n    Points Possible,,5\nSomebody,77,\n"),
        ("moodle", "Identifier,Full name,Grade,Maximum Grade\nParticipant 77,Somebody,-,10\n"),
    ],
)
def test_a_grade_book_of_another_class_is_told_and_not_filled(
    graded: Path, tmp_path: Path, form: str, rows: str
) -> None:
    (tmp_path / "in.csv").write_text(rows, encoding="utf-8")
    arguments = ("export", form, graded, "--out", tmp_path / "out.csv", "--into", tmp_path / "in.csv")
    seen = crystalball(*arguments)
    assert (seen.exit_code, len(seen.output.splitlines())) == (2, 1), seen.output
    assert "surely anybody's" in seen.output
    assert not (tmp_path / "out.csv").exists()


def test_a_name_is_one_in_either_order(graded: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(
        'Full name,Grade,Maximum Grade\n"العلي, مريم",-,10\n', encoding="utf-8"
    )
    exported("moodle", graded, tmp_path / "out.csv", "--into", tmp_path / "in.csv")
    assert ",3.50,10" in (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_a_cell_may_hold_what_ends_a_line_elsewhere(tmp_path: Path) -> None:
    cells = ("one\u2028two", "three\x85four", "five\x0csix", "seven\nlines")
    header = ("a", "b", "c", "d")
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, cells])
    assert Sheet.read(tmp_path / "in.csv").rows == (cells,)
    assert len(Roster.read(tmp_path / "in.csv").people) == 1


@pytest.mark.parametrize("other", [NAMES["dan_4"], "👩‍🔬, Dan"])
def test_two_rows_of_one_name_tell_nothing(graded: Path, tmp_path: Path, other: str) -> None:
    people = [NAMES["dan_4"], other, NAMES["cyd_3"]]
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("Full name", "Grade", "Maximum Grade"), *((p, "-", 10) for p in people)]
        )
    told = exported("moodle", graded, tmp_path / "out.csv", "--into", tmp_path / "in.csv")
    assert "dan_4: no row" in told
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").count(",-,10") == 2


def test_two_columns_that_disagree_tell_nothing(graded: Path, tmp_path: Path) -> None:
    rows = f"ID number,Full name,Grade,Maximum Grade\n4,{NAMES['cyd_3']},-,10\n7,{NAMES['dan_4']},-,10\n"
    (tmp_path / "in.csv").write_text(rows, encoding="utf-8")
    told = exported("moodle", graded, tmp_path / "out.csv", "--into", tmp_path / "in.csv")
    assert "cyd_3: no row that is surely theirs" in told
    assert [line[-7:] for line in (tmp_path / "out.csv").read_text(encoding="utf-8").split()][
        -1
    ] == "3.50,10"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["canvas"], "--into: name the CSV"),
        (["canvas", "--into", "gone.csv"], "--into: gone.csv cannot be read"),
        (["canvas", "--into", "moodle.csv"], "no grade book of Canvas"),
        (["canvas", "--into", "canvas.csv", "--column", "Nothing"], "Essay, long (902)"),
        (["moodle", "--into", "canvas.csv"], "--into: no column tells"),
        (["moodle", "--into", "moodle.csv", "--column", "Nothing"], "--column: name the column"),
        (["moodle", "--into", "bad.csv"], "is no CSV"),
        (["moodle", "--into", "latin.csv"], "not UTF-8"),
        (["moodle", "--into", "empty.csv"], "is no CSV with a header"),
    ],
)
def test_a_wrong_file_is_one_clear_line(
    graded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("canvas.csv").write_text(CANVAS, encoding="utf-8")
    Path("moodle.csv").write_text(MOODLE, encoding="utf-8")
    Path("bad.csv").write_text('a,"b\n')
    Path("latin.csv").write_bytes(b"\xe9,b\n")
    Path("empty.csv").write_text("")
    form, *more = arguments
    seen = crystalball("export", form, graded, "--out", tmp_path / "out.csv", *more)
    assert seen.exit_code == 2
    assert words in seen.output
    assert len(seen.output.splitlines()) == 1
    assert not (tmp_path / "out.csv").exists()


def test_junit_is_read_by_a_reader_of_junit(graded: Path, tmp_path: Path) -> None:
    exported("junit", graded, tmp_path / "out.xml")
    suites = {suite.name: suite for suite in JUnitXml.fromfile(str(tmp_path / "out.xml"))}
    assert suites.keys() == NAMES.keys()
    for name, suite in suites.items():
        kinds = [type(result) for case in suite for result in case.result]
        assert (kinds.count(Failure), kinds.count(Error)) == ((0, 0) if name == "ann_1" else (4, 1))
        assert (suite.tests, suite.failures, suite.errors) == (10, kinds.count(Failure), kinds.count(Error))
        assert {one.name: float(one.value) for one in suite.properties()}["score"] == SCORES[name]


def test_lists_come_through_unharmed(graded: Path, tmp_path: Path) -> None:
    exported("nbgrader", graded, tmp_path / "nb.csv")
    frame = pd.read_csv(tmp_path / "nb.csv", keep_default_na=False)
    assert tuple(frame.columns) == NBGRADER
    assert dict(frame.groupby("student_id")["score"].sum()) == SCORES
    late = frame[frame.assignment == "02_run_directory"]
    assert list(late["late_submission_penalty"]) == [5, 2.5, 2.5, 2.5, 2.5]
    assert {*late["duedate"]} == {"2026-10-01T23:59:59.999999+00:00"}
    assert {*frame[frame.assignment != "02_run_directory"]["duedate"]} == {""}
    exported("mail", graded, tmp_path / "mail.csv")
    rows = list(csv.DictReader((tmp_path / "mail.csv").open(encoding="utf-8", newline="")))
    called = [row["Student"].removeprefix("'") for row in rows]
    assert called == [outside_line(name) for name in NAMES.values()]
    assert [float(row["score"]) for row in rows] == list(SEEN.values())
    assert {row["max_score"] for row in rows} == {"40"}
    assert not any(harmless(cell) != cell for row in rows for cell in row.values())
    cells = [cell for row in rows for cell in row.values()]
    assert any("04 Close" in cell for cell in cells)
    assert not any("03 One point" in cell for cell in cells), "it is hidden, with its points"
    exported("jsonl", graded, tmp_path / "out.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {line["submission"]: line["score"] for line in lines} == SCORES
    assert lines[1]["exercises"]["01_first_scalar"]["why"][0] == "Set by the instructor: 4."


def test_numbers_stay_numbers_and_formulas_do_not_run() -> None:
    assert [harmless(cell) for cell in ("-1", "+3,5", "12", "", "a=b")] == ["-1", "+3,5", "12", "", "a=b"]
    for formula in ("=1", "+1+1", "-cmd", "@SUM(A1)", "\t=1", "\r=1"):
        assert harmless(formula) == f"'{formula}"


def test_by_default_it_goes_beside_the_journal(graded: Path) -> None:
    seen = crystalball("export", "junit", f"{graded}@1")
    assert seen.exit_code == 0
    assert (graded / "exports" / "junit.xml").is_file()
    assert crystalball("export", "junit", f"{graded}@9").exit_code == 2


def test_what_is_told_is_bounded(graded: Path) -> None:
    with closing(Journal(graded)) as journal:
        entry = next(scored(journal, 1, ROOT))
    verdict = replace(verdict_of("1", "x"), output=text("x" * 1000), findings=())
    many = replace(entry.answers[0], seen=verdict)
    assert len(replace(entry, answers=(many,) * 19).told) < 160_000
