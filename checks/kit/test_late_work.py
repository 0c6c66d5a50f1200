"""What counts beside the verdicts: late work by the course's rule, and the instructor's word."""

import csv
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import NotFound, curriculum
from crystalball.grading.changes import changes
from crystalball.grading.exports import grades_file, write_each
from crystalball.grading.grades import EntryInfo, Handed
from crystalball.grading.instructor_word import FILE, read_words
from crystalball.grading.journal import Journal
from crystalball.grading.keys import VerdictKey
from crystalball.grading.late_work import Lateness, lateness
from crystalball.grading.rulings import Rulings
from crystalball.judging.verdict import CheckResult, Status, Verdict
from crystalball.reading.outside import outside_line

FIRST = curriculum().find("1")
DUE = datetime.fromisoformat("2026-10-12T23:59:00+02:00")
COURSE = msgspec.convert(
    {
        "timezone": "Europe/Berlin",
        "due": {"1-5": "2026-10-12T23:59:00"},
        "late": {"grace_minutes": 15, "percent_a_day": 10, "most_percent": 25, "days": 7},
        "extensions": {"jane doe": {"1": "2026-10-14T23:59:00"}},
    },
    Course,
)


def late(after: timedelta | None, student: tuple[str, ...] = (), flag: bool = False) -> Lateness | None:
    return lateness(COURSE, FIRST, student, None if after is None else DUE + after, flag)


@pytest.mark.parametrize(
    ("after", "percent", "words"),
    [
        (timedelta(minutes=15), 0, "within the 15 minutes of grace"),
        (timedelta(minutes=16), 10, "due 2026-10-12 23:59 +0200: 1 day late, 10 % taken."),
        (timedelta(days=1), 10, "Handed in 2026-10-13 23:59 +0200"),
        (timedelta(days=1, seconds=1), 20, "2 days late, 20 % taken."),
        (timedelta(days=5), 25, "5 days late, 25 % taken."),
        (timedelta(days=8), 100, "8 days late, and nothing counts after 7 days."),
    ],
)
def test_late_work_costs_what_the_course_says(after: timedelta, percent: float, words: str) -> None:
    found = late(after)
    assert found is not None
    assert found.percent == percent
    assert words in found.why


def test_who_is_in_time_is_told_nothing() -> None:
    assert late(timedelta()) is None
    assert late(None) is None
    assert late(timedelta(hours=-1), ("jane doe",)) is None
    assert lateness(Course(), FIRST, (), DUE, True) is None


def test_who_was_saved_by_an_extension_is_told() -> None:
    found = late(timedelta(days=2), ("jane doe",))
    assert found is not None
    assert (found.percent, found.late) == (0, False)
    assert "due 2026-10-14 23:59 +0200 (extended): in time by an extension." in found.why


def test_an_extension_moves_the_date() -> None:
    found = late(timedelta(days=2, hours=1), ("jane doe",))
    assert found is not None
    assert found.percent == 10
    assert "due 2026-10-14 23:59 +0200 (extended): 1 day late" in found.why


def test_a_platforms_flag_without_a_time_is_one_day() -> None:
    found = late(None, flag=True)
    assert found is not None
    assert (found.percent, "no time" in found.why) == (10, True)
    extended = late(None, ("jane doe",), flag=True)
    assert extended is not None
    assert extended.percent == 0


def journal_of(folder: Path, **infos: EntryInfo) -> Journal:
    """A journal in which everybody got 3 of 6 points for exercise 1."""
    journal = Journal(folder, fresh=True)
    number = journal.begin_grading("c", "full", COURSE, again=False)
    checks = (CheckResult("a", "law", True), CheckResult("b", "law", False))
    verdict = Verdict(FIRST.id, outside_line("x.py"), Status.FAILED, checks)
    for name, info in infos.items():
        journal.add_entry(number, replace(info, name=outside_line(name)))
        handed = Handed(outside_line(name), outside_line("x.py"), 6)
        journal.append(number, VerdictKey(FIRST.id, name, "c", "s", "{}", "full"), verdict, [handed])
    return journal


INFO = EntryInfo(outside_line(""))
LATE = replace(INFO, handed_in=DUE + timedelta(days=1, hours=1))
JANE = replace(
    LATE, people=((outside_line("Jane"), outside_line("j@e")),), names=(outside_line("Jane  Doe"),)
)


def test_the_rule_stands_beside_each_score(tmp_path: Path) -> None:
    journal = journal_of(tmp_path, ann=INFO, bob=LATE, jd1=JANE)
    ann, bob, jane = journal.grades(1)
    assert [grade.points for grade in (ann, bob, jane)] == [3, 2.4, 3]
    assert bob.judged_points == 3
    assert ann.why == ()
    assert "in time by an extension" in jane.why[0]
    assert [grade.is_late for grade in (ann, bob, jane)] == [False, True, False]
    assert "2 days late, 20 % taken" in bob.why[0]
    assert journal.rulings(1).unmatched == []
    journal.close()


def test_lateness_belongs_to_an_answer(tmp_path: Path) -> None:
    journal = journal_of(tmp_path, ann=INFO)
    verdict = next(iter(journal.grades(1))).verdict
    second = replace(verdict, exercise=curriculum().find("2").id)
    handed = Handed(outside_line("ann"), outside_line("y.py"), 6, late=True)
    journal.append(1, VerdictKey(second.exercise, "b", "c", "s", "{}", "full"), second, [handed])
    in_time, too_late = journal.grades(1, "ann")
    assert (in_time.points, too_late.points) == (3, 2.7)
    assert (in_time.why, "gives no time" in too_late.why[0]) == ((), True)
    write_each(journal.graded(1), grades_file(journal, 1, tmp_path / "grades.csv"))
    (row,) = csv.DictReader((tmp_path / "grades.csv").open(encoding="utf-8", newline=""))
    assert row["late"] == "02_run_directory"
    journal.close()


def test_the_instructors_word_counts_and_is_marked(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(
        "\ufeffstudent,exercise,points,extra,comment\n"
        'ann,1,,"0,5",Well said.\nbob,01,5,,"Sat beside me, all is his."\nJANE DOE,,,,Come and see me.\n'
        "j@e,01_first_scalar,,-9,\nnobody,,,,?\n",
        encoding="utf-8",
    )
    journal = journal_of(tmp_path, ann=INFO, bob=LATE, jd1=JANE)
    ann, bob, jane = journal.grades(1)
    assert [grade.points for grade in (ann, bob, jane)] == [3.5, 5, 0]
    assert ann.why == ("Added by the instructor: +0.5.", "The instructor: Well said.")
    assert bob.why[1:] == ("Set by the instructor: 5.", "The instructor: Sat beside me, all is his.")
    assert [info.comment for info in journal.entries(1)] == ["", "", "Come and see me."]
    assert journal.rulings(1).unmatched == ["words.csv: nobody is nobody's name here"]
    journal.close()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,points\n", "first line must name columns"),
        ("", "first line must name columns"),
        ("student,exercise,points\nann,1,many\n", "line 2: points 'many' is no number"),
        ("student,exercise,points\nann,1,nan\n", "is no number"),
        ("student,exercise,points\nann,1,-1\n", "below 0"),
        ("student,exercise,points\nann,,3\n", "points belong to an exercise"),
        ("student,exercise,points\n,1,3\n", "no student"),
        ("student,exercise,points\nann,77,3\n", "no exercise '77'"),
        ("student,exercise,points\nann,1,3,4\n", "too many cells"),
        ("student\n\xff", "not UTF-8"),
        ('student,comment\nann,"so', "is no CSV"),
    ],
)
def test_a_word_that_cannot_be_understood_is_one_clear_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / FILE
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(NotFound, match=words) as told:
        read_words(path)
    assert "\n" not in str(told.value)
    assert FILE in str(told.value)


def test_all_that_is_wrong_with_the_words_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text("student,exercise,points\nann,77,1\nbob,1,2\ncyd,1,many\n", encoding="utf-8")
    with pytest.raises(NotFound) as told:
        read_words(path)
    first, second = str(told.value).splitlines()
    assert "line 2: There is no exercise '77'" in first
    assert "line 4: points 'many' is no number" in second


def test_a_line_ends_where_a_csv_ends_one(tmp_path: Path) -> None:
    path = tmp_path / FILE
    comment = "one\u2028two\x85three\x0cfour\x1cfive"
    path.write_text(f"student,comment\nann,{comment}\nbob,ok\n", encoding="utf-8")
    assert [word.student for word in read_words(path)] == ["ann", "bob"]


@pytest.mark.parametrize("name", ["Doe, Jane", "Jane Doe", "jane  doe", "DOE,JANE"])
@pytest.mark.parametrize("called", ["Doe, Jane", "Jane Doe"])
def test_an_extension_is_found_by_a_name_in_either_order(tmp_path: Path, name: str, called: str) -> None:
    course = structs.replace(COURSE, extensions={name: {"1": "2026-10-14T23:59:00"}})
    info = replace(LATE, name=outside_line("doejane_12345"), people=((outside_line(called),),))
    rulings = Rulings(course, [info, replace(INFO, name=outside_line("bob"))], tmp_path)
    assert rulings.unmatched == []
    journal = journal_of(tmp_path, doejane_12345=info)
    (grade,) = (rulings.of_grade(grade) for grade in journal.grades(1))
    journal.close()
    assert (grade.points, grade.is_late) == (3, False)


def test_each_change_has_its_reason(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / FILE).write_text("student,exercise,extra\nbob,1,1\n")
    folders = {
        "before": LATE,
        "words": LATE,
        "time": replace(LATE, handed_in=DUE + timedelta(hours=1)),
    }
    for name, info in folders.items():
        journal_of(tmp_path / name, bob=info).close()
    journal = journal_of(tmp_path / "course", bob=LATE)
    with_more = structs.replace(COURSE, extensions={"bob": {"1": "2026-10-30"}})
    number = journal.begin_grading("c", "full", with_more, again=False)
    journal.add_entry(number, replace(LATE, name=outside_line("bob")))
    journal.grade(number, FIRST.id, 1, [Handed(outside_line("bob"), outside_line("x.py"), 6)])
    journal.close()

    def why(after: str) -> str:
        (change,) = changes(str(tmp_path / "before"), str(tmp_path / after))
        return change.why

    assert why("words") == "words.csv says something else of it"
    assert why("time") == "it came at another time"
    assert why("course") == "the course's dates, or its rule of late work, are others"
