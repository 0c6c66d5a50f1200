"""What changed between two gradings, for whom, and why."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crystalball.curriculum.manifest import NotFound
from crystalball.grading.grades import Grade
from crystalball.grading.instructor_word import FILE
from crystalball.grading.journal import Journal
from crystalball.grading.keys import WHY
from crystalball.reading.outside import outside_line


@dataclass(frozen=True)
class Change:
    """One answer whose grade changed.

    Attributes:
        entry: whose.
        exercise: its id.
        before: in words; empty where there was none.
        after: in words; empty where there is none any more.
        why: what the grade depends on and is no longer the same.
    """

    entry: str
    exercise: str
    before: str
    after: str
    why: str

    def __str__(self) -> str:
        change = f"{self.before or 'nothing'} → {self.after or 'nothing'}"
        return outside_line(f"{self.entry} {self.exercise}: {change}, since {self.why}")


@contextlib.contextmanager
def opened_grading(where: str) -> Iterator[tuple[Journal, int]]:
    """The journal in a folder, with the number of its last grading, or of another: `DIR@3` is the third.

    Args:
        where: the folder, and a number behind an `@` or none.

    Raises:
        NotFound: there is no such grading.
    """
    folder, _, number = where.rpartition("@")
    if not folder or not number.isdigit():
        folder, number = where, ""
    journal = Journal(Path(folder))
    try:
        grading = int(number) if number else journal.last_grading()
        journal.sandbox(grading)  # says so when there is no such grading
        yield journal, grading
    finally:
        journal.close()


def read_grades(where: str) -> dict[tuple[str, str], Grade]:
    """The grades of a grading, by entry and exercise.

    Args:
        where: as `opened_grading` has it.

    Raises:
        NotFound: there is no such grading.
    """
    with opened_grading(where) as (journal, grading):
        return {(grade.entry, grade.verdict.exercise): grade for grade in journal.grades(grading)}


def changes(before: str, after: str) -> Iterator[Change]:
    """What changed from one grading to the other, by entry and exercise.

    Args:
        before: as `read_grades` has it.
        after: likewise.

    Raises:
        NotFound: one is not there, or they have no entry in common.
    """
    old, new = read_grades(before), read_grades(after)
    if not old.keys() & new.keys() and old and new:
        raise NotFound(f"{before} and {after} have no entry in common.")
    for entry, exercise in sorted(old.keys() | new.keys()):
        a, b = old.get((entry, exercise)), new.get((entry, exercise))
        if _words(a) != _words(b):
            yield Change(entry, exercise, _words(a), _words(b), _why(a, b))


def _words(grade: Grade | None) -> str:
    if grade is None:
        return ""
    names = f" ({', '.join(grade.mistakes)})" if grade.mistakes else ""
    return f"{grade.points:g} of {grade.max_points:g}, {grade.verdict.status}{names}"


def _why(before: Grade | None, after: Grade | None) -> str:
    if before is None or after is None:
        return "it is new" if before is None else "it is no longer there"
    return " and ".join(_reasons(before, after))


def _reasons(before: Grade, after: Grade) -> Iterator[str]:
    """All that a grade rests on and that is another now; of the verdict, where that is another."""
    if _judged(before) != _judged(after):
        others = [why for name, why in WHY.items() if getattr(before.key, name) != getattr(after.key, name)]
        yield from others or ["the same verdict depends on chance"]
    if before.max_points != after.max_points:
        yield "the course gives other points"
    if _taken(before) != _taken(after):
        moved = (before.handed_in, before.late) != (after.handed_in, after.late)
        yield (
            "it came at another time"
            if moved
            else "the course's dates, or its rule of late work, are others"
        )
    if before.word != after.word:
        yield f"{FILE} says something else of it"


def _judged(grade: Grade) -> object:
    return grade.verdict.status, grade.mistakes, [check.passed for check in grade.verdict.checks]


def _taken(grade: Grade) -> float:
    return grade.lateness.percent if grade.lateness else 0
