"""The one door for text from outside: what has passed is printable, bounded, and can be encoded."""

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import curriculum
from crystalball.grading import exports, show
from crystalball.grading.grades import EntryInfo, Handed
from crystalball.grading.intake import read_submission
from crystalball.grading.journal import Journal
from crystalball.grading.keys import VerdictKey
from crystalball.grading.layouts import find_entries
from crystalball.grading.report import file_name, report_pages
from crystalball.jail.levels import JailLevel
from crystalball.jail.unpacker import Unpacker
from crystalball.judging.verdict import Status, Verdict
from crystalball.reading.outside import LONGEST_NAME, outside, outside_line, outside_name

ANY = st.text(st.characters(), max_size=60) | st.text(
    st.sampled_from("a~1f\\x\x1b[m\n\r\t\udcff‮"), max_size=30
)
"""Texts of whatever signs, lone surrogates too."""

HOSTILE = [
    "a\x1b[2Jb",
    "a\N{RIGHT-TO-LEFT OVERRIDE}b",
    os.fsdecode(b"a\xff\xfe"),
    "\ud800",
    "a\nb",
    "x" * 9000,
]


@settings(deadline=None)
@given(ANY, st.integers(40, 90))
@example("\x1b" * 200, 50)
@example("\r" * 200, 50)
def test_what_has_passed_is_printable_bounded_and_encodes(text: str, longest: int) -> None:
    for passed in (outside(text, longest), outside_line(text, longest)):
        passed.encode()
        assert len(passed) <= longest
        assert not set(passed) & set("\x1b\r\0\x7f\x85\N{RIGHT-TO-LEFT OVERRIDE}\N{LINE SEPARATOR}")
    assert not set(outside_line(text)) & set("\n\t")
    assert outside(outside(text, longest), longest) == outside(text, longest)
    assert outside_line(outside_line(text, longest), longest) == outside_line(text, longest)


@settings(deadline=None)
@given(ANY, ANY)
@example("a\x1b", "a\\x1b")
@example("a\x1b", outside_name("a\x1b"))
@example("x" * 300, "x" * 301)
def test_names_that_differ_never_become_the_same(one: str, other: str) -> None:
    assert (outside_name(one) == outside_name(other)) == (one == other)
    assert len(outside_name(one)) <= LONGEST_NAME
    assert outside_line(outside_name(one)) == outside_name(one)


@pytest.mark.parametrize(
    "name",
    [
        "Ric O'Roe-Müller_2",
        "山田\N{IDEOGRAPHIC SPACE}太郎",
        "می\N{ZERO WIDTH NON-JOINER}خواهم",
        "C:\\a\\b",
        "👩\N{ZERO WIDTH JOINER}💻",
    ],
)
def test_names_of_people_stay(name: str) -> None:
    assert outside_name(name) == outside_line(name) == outside(name) == name


def test_of_a_long_text_both_ends_are_kept() -> None:
    told = outside("begin" + "-" * 100_000 + "end")
    assert told.startswith("begin")
    assert told.endswith("end")
    assert outside("a" * 9000) != outside("a" * 4000 + "b" + "a" * 4999)


def test_hostile_names_and_texts_reach_every_export(tmp_path: Path) -> None:
    """Entries, people, places, notes, output: journal, CSV, JSON, pages and terminal take them all."""
    journal, exercise = Journal(tmp_path, fresh=True), curriculum().find("1")
    grading = journal.begin_grading("grade", "full", Course(), again=False)
    for index, text in enumerate(HOSTILE):
        name = outside_name(text)
        cells = (outside_line(text),)
        journal.add_entry(grading, EntryInfo(name, (cells,), (outside_line(f"note {text}"),)))
        verdict = Verdict(exercise.id, name, Status.CRASHED, traceback=outside(text), output=outside(text))
        key = VerdictKey(exercise.id, str(index), "", "", "", "")
        journal.append(grading, key, verdict, [Handed(name, name, 5.0)])
    exports.write_each(
        journal.graded(grading),
        exports.grades_file(journal, grading, tmp_path / "grades.csv"),
        exports.results_file(journal, grading, tmp_path / "results.jsonl"),
        report_pages(journal, grading, tmp_path / "reports", Path(__file__).parents[2]),
    )
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(HOSTILE)
    assert len((tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()) == len(HOSTILE)
    assert len(list((tmp_path / "reports").iterdir())) == len(HOSTILE)
    journal.close()


def test_no_entry_has_the_page_of_another() -> None:
    first = outside_name("a!")
    for other in (file_name(first).removesuffix(".html"), "a_", "a?", "A!"):
        assert file_name(outside_name(other)) != file_name(first)


def test_a_line_for_the_terminal_commands_nothing() -> None:
    from rich.console import Console

    console = Console(file=io.StringIO(), force_terminal=True)
    show.say(console, "".join(HOSTILE))
    shown = console.file.getvalue()
    assert not set(shown) & set("\x1b\N{RIGHT-TO-LEFT OVERRIDE}")
    shown.encode()


@pytest.mark.skipif(os.name != "posix", reason="elsewhere names are Unicode")
def test_an_entry_whose_name_is_no_utf8_is_read(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    (folder / os.fsdecode(b"\xe9_01_first_scalar.py")).write_text("x = 1")
    (entry,) = find_entries(tmp_path)
    entry.name.encode()
    (answer,) = read_submission(entry, [curriculum().find("1")], Unpacker(JailLevel.NONE)).answers
    answer.place.encode()
    assert answer.files
    assert answer.digest
