"""Ways to write it: right answers that are the same program, and wrong ones with the same explanation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crystalball.class_report.class_data import NOTHING, Student
from crystalball.grading.grades import Grade
from crystalball.judging.verdict import Status
from crystalball.reading.source_facts import SourceFacts


@dataclass(frozen=True)
class Way:
    """Answers to an exercise that are alike.

    Attributes:
        students: who wrote it, the best first.
        example: the answer of the first.
        mistakes: of a wrong one, the explanations.
    """

    students: tuple[Student, ...]
    example: Grade
    mistakes: tuple[tuple[str, ...], ...] = ()


def right_ways(grades: Iterable[tuple[Student, Grade]], facts: Mapping[str, SourceFacts]) -> list[Way]:
    """The right answers, those together whose syntax trees are the same but for names; the commonest first.

    Args:
        grades: of an exercise.
        facts: of texts, by the hashes of their answers.
    """
    groups: dict[object, list[tuple[Student, Grade]]] = defaultdict(list)
    for student, grade in grades:
        if grade.verdict.passed:
            known = facts.get(grade.key.answer, SourceFacts())
            groups[known.shape or grade.key.answer].append((student, grade))
    return _ways(groups)


def wrong_ways(grades: Iterable[tuple[Student, Grade]]) -> list[Way]:
    """The wrong answers, those together that have the same explanation; the commonest first.

    Args:
        grades: of an exercise.
    """
    groups: dict[object, list[tuple[Student, Grade]]] = defaultdict(list)
    for student, grade in grades:
        verdict = grade.verdict
        if not verdict.passed and verdict.status not in (*NOTHING, Status.NOT_JUDGED):
            groups[verdict.status, verdict.mistakes, verdict.unexplained].append((student, grade))
    return _ways(groups)


def _ways(groups: Mapping[object, list[tuple[Student, Grade]]]) -> list[Way]:
    ways = [
        Way(tuple(student for student, _ in group), group[0][1], group[0][1].verdict.mistakes)
        for group in groups.values()
    ]
    return sorted(ways, key=lambda way: (-len(way.students), way.students[0].number))
