"""What is seen of a class: its report, students' pages, similar answers, statistics of the questions."""

from __future__ import annotations

import contextlib
import csv
import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from browser import new_page, outside
from classes import add, make_class, own, programs, verdict
from click.testing import CliRunner
from playwright.sync_api import Browser, Page
from unpacking import unpacker

from crystalball.class_report.class_data import ClassData
from crystalball.class_report.page import compare
from crystalball.class_report.report import write_class_report
from crystalball.class_report.similarity import Handed, is_reference, similar
from crystalball.class_report.statistics import questions
from crystalball.class_report.ways import right_ways, wrong_ways
from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import curriculum
from crystalball.entry.cli import main
from crystalball.grading.exports import write_each
from crystalball.grading.grades import EntryInfo
from crystalball.grading.journal import Journal
from crystalball.grading.looking import look_at
from crystalball.grading.report import file_name, report_pages
from crystalball.grading.shown import first_only
from crystalball.jail.unpacker import Unpacker
from crystalball.judging.findings import MOST_POINTS, points_of
from crystalball.judging.verdict import Status
from crystalball.outcomes.outcome import Curve
from crystalball.processes.process import Ended
from crystalball.reading.outside import outside as door
from crystalball.reading.source_facts import LARGEST, Asked, SourceFacts, facts

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="classes are graded on Linux, where the jail is"
)

ROOT = Path(__file__).parents[2]
EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"
STUDENTS = [f"Ada {EVIL}", "bob", "cyd", "dan", "eve", "fay"]
FIRST, RESUME = curriculum().find("1"), curriculum().find("16")
COPIERS = ("cyd", "dan")


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small class with its report: two copied, one handed in the reference, one writes evil texts."""
    folder = tmp_path_factory.mktemp("class")
    journal = make_class(folder, STUDENTS, (FIRST, RESUME), seed=3)
    text = programs(RESUME)[0][3]
    for index, name in enumerate(COPIERS):
        add(journal, 1, name, verdict(RESUME, Status.PASSED), own(text, random.Random(index)))
        add(
            journal,
            1,
            name,
            verdict(FIRST, Status.PASSED),
            own(programs(FIRST)[0][0], random.Random(index)),
        )
    solution = (ROOT / "solutions" / f"{RESUME.id}.py").read_text(encoding="utf-8")
    add(journal, 1, "bob", verdict(RESUME, Status.PASSED), solution)
    bad = verdict(FIRST, Status.FAILED, "steps_from_zero")
    finding = replace(bad.findings[0], source=door(EVIL))
    evil = replace(bad, findings=(finding,), output=door(EVIL), flags=(EVIL,))
    add(journal, 1, STUDENTS[0], evil, f"# {EVIL}\n")
    add(journal, 1, "eve", replace(evil, status=Status.CRASHED, traceback=door(EVIL)), f"# {EVIL}\n")
    journal.close()
    write_class_report(ROOT, folder)
    return folder


def read(folder: Path) -> ClassData:
    journal = Journal(folder)
    data = ClassData.read(journal, 1)
    journal.close()
    return data


def test_the_command_writes_it_from_the_journal_alone(class_folder: Path) -> None:
    before = (class_folder / "class.html").read_text(encoding="utf-8")
    seen = CliRunner().invoke(main, ["report", str(class_folder)], catch_exceptions=False)
    assert seen.exit_code == 0
    names = [Path(line).name for line in seen.output.splitlines()]
    assert names == ["class.html", "questions.csv", "grades.csv", "results.jsonl", "reports"]
    assert (class_folder / "class.html").read_text(encoding="utf-8") == before
    for arguments in ([str(class_folder / "gone")], [str(class_folder), "--grading", "9"]):
        seen = CliRunner().invoke(main, ["report", *arguments])
        assert (seen.exit_code, len(seen.output.splitlines())) == (2, 1), seen.output


def test_your_word_is_in_the_grades_that_are_written_anew(tmp_path: Path) -> None:
    make_class(tmp_path, ["ada"], (FIRST,)).close()
    write_class_report(ROOT, tmp_path)
    (tmp_path / "words.csv").write_text("student,exercise,points\nada,1,2.25\n")
    write_class_report(ROOT, tmp_path)
    assert "ada,2.25,5.0,2.25" in (tmp_path / "grades.csv").read_text(encoding="utf-8")
    assert '"score": 2.25' in (tmp_path / "results.jsonl").read_text(encoding="utf-8")


def test_namesakes_and_names_of_nobody_are_told(tmp_path: Path) -> None:
    journal = make_class(tmp_path, ["ann", "bob", "cyd"], (FIRST,))
    for name in ("ann", "bob"):
        journal.add_entry(1, EntryInfo(door(name), names=(door("Kim Lee"),)))
    data = ClassData.read(journal, 1)
    journal.close()
    assert {student.name for student in data.students} == {"Kim Lee (ann)", "Kim Lee (bob)", "cyd"}
    (tmp_path / "words.csv").write_text("student,comment\nKim Lee,?\nzoe,?\n")
    _, unmatched = write_class_report(ROOT, tmp_path)
    assert unmatched == ["words.csv: Kim Lee may be ann or bob", "words.csv: zoe is nobody's name here"]


def test_copies_are_found_whatever_their_names_and_honest_programs_are_not(class_folder: Path) -> None:
    journal = Journal(class_folder)
    compared = compare(ROOT, ClassData.read(journal, 1), journal.texts)
    journal.close()
    told = {frozenset(pair.entries) for pair in compared.pairs if pair.exercise == RESUME.id}
    assert frozenset(COPIERS) in told
    assert [student.info.name for student in compared.references[RESUME.id]] == ["bob"]
    page = (class_folder / "class.html").read_text(encoding="utf-8")
    assert "the published reference, word for word" in page
    assert "A signal, never a verdict" in page


@pytest.mark.parametrize("number", ["12", "13"])
def test_the_kits_honest_programs_are_not_similar(number: str) -> None:
    exercise = curriculum().find(number)
    handed = [
        Handed(str(index), str(index), facts(Asked(text)))
        for index, text in enumerate(programs(exercise)[0])
    ]
    given = [
        facts(Asked((ROOT / folder / f"{exercise.id}.py").read_text(encoding="utf-8"), all=True))
        for folder in ("exercises", "solutions")
    ]
    assert similar(exercise.id, handed, given) == []
    copied = Handed("copy", "copy", facts(Asked(own(programs(exercise)[0][2], random.Random(1)))))
    (pair,) = similar(exercise.id, [*handed, copied], given)
    assert pair.entries == ("2", "copy")
    assert all(pair.lines)


def test_a_short_reference_is_what_anybody_writes() -> None:
    stub, solution = (
        facts(Asked((ROOT / folder / f"{FIRST.id}.py").read_text(encoding="utf-8"), all=True))
        for folder in ("exercises", "solutions")
    )
    assert not is_reference(solution, stub, stub)
    assert not is_reference(SourceFacts(), SourceFacts(), SourceFacts())


def test_the_same_program_in_other_words_has_one_shape() -> None:
    one = (
        "import t\ndef f(a: int) -> int:\n    '''x'''\n    total: float = 0\n    return g(a, y=1, x=total)"
    )
    other = "def f(b):\n    # why\n    s = 0\n    return g(b, x=s,\n             y=1)\n"
    third = other.replace("x=s", "x=b")
    shapes = [facts(Asked(text)).shape for text in (one, other, third, "def f(:")]
    assert shapes[0] == shapes[1] != shapes[2]
    assert shapes[3] == ""


def test_whatever_a_text_does_to_its_reader_the_others_are_read() -> None:
    texts = ["x = 1", "(" * 100_000, "-" * LARGEST + "1", "x" * 10**6, "\0", "'" * 9999, "y = 2\n" * 5]
    found = list(look_at(texts, unpacker()))
    assert len(found) == len(texts)
    assert found[0] == facts(Asked("x = 1"))
    assert found[-1] == facts(Asked("y = 2\n" * 5))


class Fragile:
    """Readers that some texts end, and that others make say what cannot be."""

    @contextlib.contextmanager
    def reader(self) -> Iterator[tuple[Fragile, None]]:
        yield self, None

    def request(self, message: dict[str, Any]) -> None:
        self.text = message["text"]

    def answer(self, limit: float) -> object:
        if self.text == "kill":
            raise Ended(-9)
        print = [2**70 if self.text == "lie" else 1, 1, 10**12 if self.text == "hang" else 1]
        return {"is": "FactsReport", "facts": {"shape": "s", "prints": [print]}}


def test_a_text_that_ends_its_reader_costs_no_other() -> None:
    texts = ["a", "kill", "b", "lie", "hang", "c", "kill"]
    readers = cast(Unpacker, Fragile())
    assert [one.shape for one in look_at(texts, readers)] == ["s", "", "s", "", "", "s", ""]


def test_right_answers_are_grouped_by_program_wrong_ones_by_explanation(class_folder: Path) -> None:
    journal = Journal(class_folder)
    data, known = ClassData.read(journal, 1), journal.texts.facts()
    journal.close()
    right = right_ways(data.grades(FIRST), known)
    passed = [student for student, grade in data.grades(FIRST) if grade.verdict.passed]
    assert sum(len(way.students) for way in right) == len(passed)
    together = {frozenset(student.info.name for student in way.students) for way in right}
    assert any(set(COPIERS) <= names for names in together)
    wrong = wrong_ways(data.grades(FIRST))
    assert len({(way.example.verdict.status, way.mistakes) for way in wrong}) == len(wrong)


def test_statistics_of_the_questions(tmp_path: Path) -> None:
    """Of six students the better three pass both exercises, the others fail; nobody's work is left out."""
    journal = make_class(tmp_path, STUDENTS, ())
    for index, name in enumerate(STUDENTS):
        for exercise in (FIRST, RESUME):
            good = verdict(exercise, Status.PASSED)
            told = good if index < 3 else verdict(exercise, Status.FAILED, exercise.mistakes[0])
            missing = verdict(exercise, Status.MISSING_FILE)
            add(journal, 1, name, missing if (index, exercise) == (5, RESUME) else told, "x = 1")
    found = list(questions(ClassData.read(journal, 1)))
    journal.close()
    first, law = found[0], found[1]
    assert (first.entries, first.handed_in, first.passed) == (6, 6, 3)
    assert first.difficulty == pytest.approx((3 + 3 * 2 / 3) / 6, abs=0.001)
    assert first.discrimination == pytest.approx(0.781, abs=0.001)  # the last one has nothing else
    assert first.mistakes == [(FIRST.mistakes[0], 3)]
    assert (law.difficulty, found[2].discrimination) == (0.5, None)  # law 1 is kept by all
    second = next(one for one in found if one.exercise == RESUME)
    assert (second.entries, second.handed_in) == (6, 5)


def test_the_csv_has_a_row_for_each_question(class_folder: Path) -> None:
    rows = list(csv.DictReader((class_folder / "questions.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["law"] == "" for row in rows[:4]] == [True, False, False, False]
    assert {row["exercise"] for row in rows} == {FIRST.id, RESUME.id}


def test_visibility_is_the_courses(tmp_path: Path) -> None:
    shown = {
        "visible": {"*": "visible"},
        "past": {"*": "2020-01-01"},
        "hidden": {"*": "hidden"},
        "future": {"*": "2999-01-01"},
        "first": {"*": "first mistake"},
    }
    two = verdict(FIRST, Status.FAILED, "steps_from_zero")
    two = replace(two, mistakes=(("steps_from_zero", "not_closed"),), findings=two.findings * 2)
    pages = {}
    for name, visibility in shown.items():
        folder = tmp_path / name
        journal = Journal(folder, fresh=True)
        number = journal.begin_grading("c", "s", Course(visibility=visibility), again=False)
        journal.add_entry(number, EntryInfo("ada", names=("Ada Lovelace",)))
        add(journal, number, "ada", two, "x = 1")
        pages_file = report_pages(journal, number, folder / "reports", ROOT)
        write_each(journal.graded(number), pages_file)
        journal.close()
        pages[name] = (folder / "reports/ada.html").read_text(encoding="utf-8")
    assert all("Ada Lovelace</h1>" in page for page in pages.values())
    for name in ("visible", "past"):
        assert "Steps are one too small" in pages[name]
        assert "The writer was still open" in pages[name]
        assert "3.33</strong> of 5" in pages[name]
    for name in ("hidden", "future"):
        assert "not shown yet" in pages[name]
        assert not re.search("steps?_|one too small|3.33|broken", pages[name])
    assert "Steps are one too small" in pages["first"]
    assert "The writer was still open" not in pages["first"]
    assert len(first_only(two).findings) == 1


def test_a_curve_is_drawn_of_what_can_be_drawn() -> None:
    many = Curve(tuple((step, float(step)) for step in range(1000)))
    assert MOST_POINTS / 2 < len(points_of(many)) <= MOST_POINTS
    assert points_of(Curve(((1, float("nan")), (2, float("inf")), (3, "text")))) == ()
    assert points_of(Curve(((2, 1.0), (1, 5)))) == ((1, 5.0), (2, 1.0))


def pages_of(folder: Path) -> list[tuple[Path, str]]:
    first = folder / "reports" / file_name(STUDENTS[0])
    return [(folder / "class.html", fragment) for fragment in ("", "#x16", "#s3", "#p1")] + [(first, "")]


@pytest.mark.needs("browser")  # it looks at the page as people do
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_phone_and_desktop_and_run_nothing(
    class_folder: Path, browser: Browser, scheme: str
) -> None:
    for size in ((1280, 800), (390, 844)):
        page = new_page(browser, "about:blank", size)
        page.emulate_media(color_scheme=scheme)
        ran: list[str] = []
        page.on("dialog", lambda dialog, ran=ran: (ran.append(dialog.message), dialog.dismiss()))
        for path, fragment in pages_of(class_folder):
            page.goto(path.as_uri() + fragment)
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0], (path, fragment)
            assert page.locator("h1:visible").count() == 1
            assert page.locator("script, img, iframe, object, [onerror]").count() == 0
            assert "`" not in page.locator("main").inner_text()
            low = page.evaluate(CONTRAST)
            assert not low, (path, fragment, scheme, low)
        assert (ran, outside(page)) == ([], [])
        page.close()


CONTRAST = """() => {
  const rgb = c => c.match(/[\\d.]+/g).map(Number);
  const lum = colour => colour.slice(0, 3)
    .map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const found = [];
  for (const e of document.querySelectorAll("main *:not(svg):not(svg *)")) {
    if (!e.checkVisibility() || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const [a, b] = [lum(rgb(getComputedStyle(e).color)), lum(ground(e))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) found.push(`${e.className} ${e.textContent.slice(0, 30)}`);
  }
  return [...new Set(found)].slice(0, 5);
}"""
"""The visible texts whose contrast with their ground is below what WCAG asks for (AA: 4.5)."""


@pytest.mark.needs("browser")  # it looks at the page as people do
def test_the_keyboard_leads_from_page_to_page(
    class_folder: Path, open_page: Callable[[Path], Page]
) -> None:
    page = open_page(class_folder / "class.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#x01"
    page.keyboard.press("Enter")
    page.wait_for_selector("#x01-h:visible")
    assert page.evaluate("document.activeElement.id") == "x01"  # so that a screen reader says its heading
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#class-h:visible")
    assert page.locator("h1:visible").count() == 1
