"""What changed between two gradings, for whom, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crystalball.curriculum.manifest import NotFound
from crystalball.grading.grades import Grade
from crystalball.grading.journal import Journal
from crystalball.grading.keys import WHY


@dataclass(frozen=True)
class Change:
    """One answer whose grade changed.

    Attributes:
        entry: whose.
        exercise: its id.
        before: in words; empty where there was none.
        after: in words; empty where there is none any more.
        why: what the verdict depends on and is no longer the same.
    """

    entry: str
    exercise: str
    before: str
    after: str
    why: str

    def __str__(self) -> str:
        change = f"{self.before or 'nothing'} → {self.after or 'nothing'}"
        return f"{self.entry} {self.exercise}: {change}, since {self.why}".replace("\n", "?")


def read_grades(where: str) -> dict[tuple[str, str], Grade]:
    """The grades of a folder's last grading, or of another: `DIR@3` is the third.

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
        return {(grade.entry, grade.verdict.exercise): grade for grade in journal.grades(grading)}
    finally:
        journal.close()


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
    reasons = [why for name, why in WHY.items() if getattr(before.key, name) != getattr(after.key, name)]
    if before.max_points != after.max_points:
        reasons.append("the manifest gives other points")
    again = "the same verdict depends on chance" if before.number != after.number else "nothing"
    return " and ".join(reasons) or again
