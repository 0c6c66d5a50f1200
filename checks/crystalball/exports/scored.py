"""What each entry got, with the words that its student may read: what every export is made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.grading.grades import EntryInfo, Grade, total
from crystalball.grading.journal import Journal
from crystalball.grading.shown import Shown
from crystalball.judging.verdict import Verdict
from crystalball.reading.outside import NOTHING, Outside, outside
from crystalball.words.console import counted
from crystalball.words.verdicts import in_short, plain_text

LONGEST = 8000
"""Characters that are said of one answer; nineteen of them fit into what the tightest platform takes."""


@dataclass(frozen=True)
class Scored:
    """What one answer got.

    Attributes:
        grade: its grade.
        exercise: that it answers.
        visibility: what its student may see: `visible`, `hidden` or `first mistake`.
        seen: the verdict as its student may see it; `None` where it is hidden.
    """

    grade: Grade
    exercise: Exercise
    visibility: str
    seen: Verdict | None

    @property
    def title(self) -> str:
        """What students call the exercise."""
        return f"{self.exercise.number} {self.exercise.title}"

    @property
    def passed(self) -> bool:
        """Whether every law was kept."""
        return self.grade.verdict.passed

    @property
    def told(self) -> Outside:
        """What its student may read about it: the verdict, the rule of late work, the instructor's word."""
        if self.seen is None:
            return NOTHING
        return outside("\n".join([self._words(self.seen), *self.grade.why]), LONGEST)

    def _words(self, verdict: Verdict) -> str:
        if verdict.passed:
            return f"{counted(len(verdict.checks), 'check')} passed."
        if self.visibility == "first mistake":
            return in_short(verdict)
        return plain_text(verdict).rstrip()


@dataclass(frozen=True)
class ScoredEntry:
    """What one entry got.

    Attributes:
        info: whose it is.
        answers: what each answer got, in the order of the exercises.
        sandbox: the level of the sandbox that it ran in.
    """

    info: EntryInfo
    answers: tuple[Scored, ...]
    sandbox: str

    @property
    def score(self) -> float:
        """The points of all answers."""
        return total([one.grade for one in self.answers])[0]

    @property
    def max_score(self) -> float:
        """The points that were to be had."""
        return total([one.grade for one in self.answers])[1]

    @property
    def for_student(self) -> ScoredEntry:
        """The same without the answers of which its student may read neither verdict nor points."""
        return replace(self, answers=tuple(one for one in self.answers if one.seen))

    @property
    def hidden(self) -> tuple[Scored, ...]:
        """The answers of which its student may read nothing."""
        return tuple(one for one in self.answers if one.seen is None)

    @property
    def seconds(self) -> float:
        """That judging took."""
        return round(sum(one.grade.verdict.seconds for one in self.answers), 3)

    @property
    def told(self) -> Outside:
        """All that its student may read, exercise by exercise."""
        shown = self.for_student.answers
        parts = [f"{one.title}: {_points(one)}\n{one.told}".rstrip() for one in shown]
        return outside(
            "\n\n".join([*filter(None, [self.info.comment]), *parts]), LONGEST * len(parts) + LONGEST
        )


def _points(one: Scored) -> str:
    return f"{one.grade.points:g} of {one.grade.max_points:g}"


def scored(journal: Journal, grading: int, root: Path) -> Iterator[ScoredEntry]:
    """What each entry of a grading got, by name.

    Args:
        journal: the journal.
        grading: its number.
        root: of the kit, whose checks say which cases every learner has.
    """
    shown, sandbox = Shown(journal.course(grading), root), journal.sandbox(grading)
    for info in journal.entries(grading):
        answers = []
        for grade in journal.grades(grading, info.name):
            exercise, visibility = curriculum().find(grade.verdict.exercise), shown.visibility(grade)
            seen = None if visibility == "hidden" else shown.verdict(grade)
            answers.append(Scored(grade, exercise, visibility, seen))
        yield ScoredEntry(info, tuple(answers), sandbox)
