"""Statistics of the questions: how hard an exercise or one of its laws is, and whom it tells apart.

*Difficulty* is the mean share of the points among those who handed in work: as the field has it, a high one
is easy. *Discrimination* is the correlation of that share with the points of all other exercises.
"""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crystalball.class_report.class_data import NOTHING, ClassData, share
from crystalball.curriculum.manifest import Exercise

LEAST = 5
"""Students of whom a correlation is told."""

COLUMNS = (
    *("exercise", "part", "law", "entries", "handed_in", "passed"),
    *("difficulty", "discrimination", "seconds", "mistakes"),
)


@dataclass(frozen=True)
class Question:
    """An exercise, or one of its laws.

    Attributes:
        exercise: that it is, or belongs to.
        law: what is asked for; empty for the whole exercise.
        entries: that were graded.
        handed_in: of these, those with work in them.
        passed: of these, those that are wholly right.
        difficulty: the mean share of the points; `None` where nobody handed in work.
        discrimination: `None` where it cannot be told.
        seconds: that judging took, in the middle.
        mistakes: how many made each, the commonest first.
    """

    exercise: Exercise
    law: str
    entries: int
    handed_in: int
    passed: int
    difficulty: float | None
    discrimination: float | None
    seconds: float
    mistakes: Sequence[tuple[str, int]] = ()


def questions(data: ClassData) -> Iterator[Question]:
    """Each exercise, followed by its laws.

    Args:
        data: of the class.
    """
    for exercise in data.exercises:
        every = list(data.grades(exercise))
        tried = [(one, grade) for one, grade in every if grade.verdict.status not in NOTHING]
        rest = [student.score - grade.points for student, grade in tried]
        seconds = statistics.median([grade.verdict.seconds for _, grade in tried] or [0.0])
        mistakes = data.mistakes(exercise).most_common()
        items = {"": [share(grade) for _, grade in tried]}
        for index, check in enumerate(every[0][1].verdict.checks):
            items[check.law] = [_kept(grade.verdict.checks, index) for _, grade in tried]
        for law, scores in items.items():
            yield Question(
                *(exercise, law, len(every), len(tried), sum(score == 1 for score in scores)),
                difficulty=statistics.fmean(scores) if scores else None,
                discrimination=_correlation(scores, rest),
                seconds=seconds,
                mistakes=() if law else mistakes,
            )


def _kept(checks: Sequence[object], index: int) -> float:
    return float(index < len(checks) and getattr(checks[index], "passed", False))


def _correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    if len(one) < LEAST:
        return None
    try:
        return statistics.correlation(one, other)
    except statistics.StatisticsError:  # all are the same
        return None


def as_csv(found: Sequence[Question]) -> str:
    """The statistics as a table for other programs; of this, nothing is from outside.

    Args:
        found: exercises and laws.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in found:
        counts = (one.entries, one.handed_in, one.passed)
        numbers = (one.difficulty, one.discrimination, one.seconds)
        rounded = ["" if value is None else round(value, 3) for value in numbers]
        mistakes = "; ".join(f"{name} {count}" for name, count in one.mistakes)
        writer.writerow([one.exercise.id, one.exercise.part, one.law, *counts, *rounded, mistakes])
    return text.getvalue()
