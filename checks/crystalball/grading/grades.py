"""What an answer got: grades, the points of a verdict, and whose entry it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from crystalball.grading.instructor_word import Word
from crystalball.grading.keys import VerdictKey
from crystalball.grading.late_work import Lateness
from crystalball.judging.verdict import Status, Verdict
from crystalball.reading.outside import NOTHING, Outside


@dataclass(frozen=True)
class EntryInfo:
    """What is kept of an entry in a grading.

    Attributes:
        name: the entry's name.
        people: whose it is: rows of the roster.
        notes: what an instructor should know of it.
        handles: all that may tell whose it is, beside the cells of the roster.
        names: what its people are called.
        handed_in: when it came, by somebody else's record; `None` where nobody says.
        comment: the instructor's, on all of it.
    """

    name: Outside
    people: tuple[tuple[Outside, ...], ...] = ()
    notes: tuple[Outside, ...] = ()
    handles: tuple[Outside, ...] = ()
    names: tuple[Outside, ...] = ()
    handed_in: datetime | None = None
    comment: Outside = NOTHING


class Handed(NamedTuple):
    """Who handed an answer in: the entry, its place there, the points to be had, when, and whether late."""

    entry: Outside
    place: Outside
    max_points: float
    handed_in: datetime | None = None
    late: bool = False

    @property
    def came(self) -> str | None:
        """When, as text."""
        return self.handed_in.isoformat() if self.handed_in else None


@dataclass(frozen=True)
class Grade:
    """What an answer got in a grading, and the verdict that it rests on.

    Attributes:
        entry: whose.
        place: where in the entry the answer lies.
        max_points: what the course gave for the exercise.
        verdict: what was said.
        key: what that depends on.
        number: of the verdict in the journal.
        handed_in: when it came, by somebody else's record; `None` where nobody says.
        late: the learning platform says that it came late.
        due: when it was to come, by the course and the student's extensions; `None` for never.
        lateness: what the course's rule takes; `None` for nothing.
        word: the instructor's; `None` for none.
    """

    entry: Outside
    place: Outside
    max_points: float
    verdict: Verdict
    key: VerdictKey
    number: int
    handed_in: datetime | None = None
    late: bool = False
    due: datetime | None = None
    lateness: Lateness | None = None
    word: Word | None = None

    @cached_property
    def points(self) -> float:
        """The points of the answer, after lateness and the instructor's word."""
        given = self.judged_points * (1 - (self.lateness.percent if self.lateness else 0) / 100)
        if self.word:
            given = max(0, (given if self.word.points is None else self.word.points) + self.word.extra)
        return round(given, 2)

    @cached_property
    def judged_points(self) -> float:
        """The points of the verdict alone."""
        return points(self.verdict, self.max_points)

    @property
    def is_late(self) -> bool:
        """Whether it came late: by the course's rule, or by the platform where nothing is due."""
        return self.lateness.late if self.lateness else self.late and self.due is None

    @property
    def why(self) -> tuple[str, ...]:
        """What stands beside the points, in sentences: the rule of late work, the instructor's word."""
        late = [self.lateness.why] if self.lateness else []
        return (*late, *(self.word.sentences if self.word else ()))

    @cached_property
    def mistakes(self) -> list[str]:
        """The mistakes that the verdict names; when it names several explanations, those of all."""
        return list(dict.fromkeys(name for explanation in self.verdict.mistakes for name in explanation))


def points(verdict: Verdict, max_points: float) -> float:
    """The points for a verdict: each check has the same share of them.

    Only code that ran to its end on every case gets some: whoever exited, hung, was killed, broke the
    protocol or tried what is forbidden gets none.

    Args:
        verdict: what was said.
        max_points: those that are to be had.
    """
    if verdict.status not in (Status.PASSED, Status.FAILED) or not verdict.checks:
        return 0.0
    kept = sum(check.passed for check in verdict.checks)
    return round(max_points * kept / len(verdict.checks), 2)


def total(grades: Sequence[Grade]) -> tuple[float, float]:
    """The points of some grades, and those that were to be had.

    Args:
        grades: of one entry.
    """
    score = sum(grade.points for grade in grades)
    return round(score, 2), round(sum(grade.max_points for grade in grades), 2)
