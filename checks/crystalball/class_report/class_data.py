"""A grading of a class as its report needs it: students by their scores, exercises in their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.grading.grades import EntryInfo, Grade, total
from crystalball.grading.journal import Journal
from crystalball.judging.verdict import Status

NOTHING = (Status.MISSING_FILE, Status.NOT_STARTED, Status.EMPTY)
"""Verdicts on whoever handed in no work."""


@dataclass(frozen=True)
class Student:
    """One entry of the class.

    Attributes:
        number: in the order of the scores, from 1.
        info: whose it is.
        grades: by exercise.
        namesake: whether another has the same name.
    """

    number: int
    info: EntryInfo
    grades: dict[str, Grade]
    namesake: bool = False

    @property
    def name(self) -> str:
        """How a reader knows the student: by name, else by the entry; of namesakes by both."""
        name = " and ".join(self.info.names) or self.info.name
        return f"{name} ({self.info.name})" if self.namesake else name

    @cached_property
    def score(self) -> float:
        """The points of all exercises."""
        return total(list(self.grades.values()))[0]


@dataclass(frozen=True)
class ClassData:
    """A grading of a class.

    Attributes:
        number: of the grading.
        sandbox: that the answers ran in.
        students: the best first.
        exercises: that were graded.
    """

    number: int
    sandbox: str
    students: Sequence[Student]
    exercises: Sequence[Exercise]

    @classmethod
    def read(cls, journal: Journal, grading: int) -> ClassData:
        """Reads a grading.

        Args:
            journal: that holds it.
            grading: its number.
        """
        sandbox = journal.sandbox(grading)
        grades: dict[str, dict[str, Grade]] = {}
        for grade in journal.grades(grading):
            grades.setdefault(grade.entry, {})[grade.verdict.exercise] = grade
        infos = {info.name: info for info in journal.entries(grading)}
        students = [Student(0, info, grades.get(name, {})) for name, info in infos.items()]
        students.sort(key=lambda student: (-student.score, student.info.name))
        names = Counter(one.info.names for one in students if one.info.names)
        students = [
            Student(at, one.info, one.grades, names[one.info.names] > 1)
            for at, one in enumerate(students, 1)
        ]
        graded = {id for one in grades.values() for id in one}
        exercises = [exercise for exercise in curriculum().exercises if exercise.id in graded]
        return cls(grading, sandbox, students, exercises)

    @property
    def by_name(self) -> Iterator[tuple[EntryInfo, list[Grade]]]:
        """The entries by name, each with its grades by exercise, as the journal has them."""
        for student in sorted(self.students, key=lambda student: student.info.name):
            yield student.info, [grade for _, grade in sorted(student.grades.items())]

    def grades(self, exercise: Exercise) -> Iterator[tuple[Student, Grade]]:
        """The grades of an exercise, the best student's first.

        Args:
            exercise: that was graded.
        """
        for student in self.students:
            if exercise.id in student.grades:
                yield student, student.grades[exercise.id]

    @cached_property
    def most(self) -> float:
        """The points that were to be had."""
        return max((total(list(one.grades.values()))[1] for one in self.students), default=0.0)

    def mistakes(self, exercise: Exercise) -> Counter[str]:
        """How many made each mistake in an exercise; an answer with several explanations counts for each.

        Args:
            exercise: that was graded.
        """
        return Counter(name for _, grade in self.grades(exercise) for name in grade.mistakes)


def share(grade: Grade) -> float:
    """The share of the points that the verdict of a grade gives, late or not.

    Args:
        grade: of an answer.
    """
    return grade.judged_points / grade.max_points if grade.max_points else 0.0
