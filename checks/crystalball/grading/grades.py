"""What an answer got: grades, the points of a verdict, and whose entry it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from crystalball.grading.keys import VerdictKey
from crystalball.judging.verdict import Status, Verdict


@dataclass(frozen=True)
class EntryInfo:
    """What is kept of an entry in a grading.

    Attributes:
        name: the entry's name.
        people: whose it is: rows of the roster.
        notes: what an instructor should know of it.
        late: whether it came late.
    """

    name: str
    people: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    late: bool = False


class Handed(NamedTuple):
    """Who handed an answer in: the entry, its place there, and the points that are to be had."""

    entry: str
    place: str
    max_points: float


@dataclass(frozen=True)
class Grade:
    """What an answer got in a grading, and the verdict that it rests on.

    Attributes:
        entry: whose.
        place: where in the entry the answer lies.
        max_points: what the manifest gave for the exercise.
        verdict: what was said.
        key: what that depends on.
        number: of the verdict in the journal.
    """

    entry: str
    place: str
    max_points: float
    verdict: Verdict
    key: VerdictKey
    number: int

    @property
    def points(self) -> float:
        """The points of the answer."""
        return points(self.verdict, self.max_points)

    @property
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
