"""What students may see of a verdict: as the course says, and nothing that tells of a hidden case."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path

from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import curriculum
from crystalball.grading.grades import Grade
from crystalball.grading.keys import PUBLIC
from crystalball.judging.verdict import Status, Verdict
from crystalball.outcomes.expect import load_spec


@dataclass(frozen=True)
class Shown:
    """What students may see.

    Attributes:
        course: says of which exercise what is visible.
        root: of the kit, whose checks say which cases every learner has.
        now: the time.
    """

    course: Course
    root: Path
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def visibility(self, grade: Grade) -> str:
        """What a student may see of a grade: `visible`, `hidden` or `first mistake`.

        Args:
            grade: of the student.
        """
        return self._visibilities[grade.verdict.exercise]

    @cached_property
    def _visibilities(self) -> dict[str, str]:
        return {one.id: self.course.visibility_of(one, self.now) for one in curriculum().exercises}

    def verdict(self, grade: Grade) -> Verdict:
        """The verdict of a grade that is not hidden, with the file as the student called it.

        Of a case that no learner has, nothing is told: a program might print or raise what it was given.

        Args:
            grade: of the student.
        """
        verdict = grade.verdict.of_file(grade.place or grade.verdict.file)
        known = grade.key.seed == PUBLIC.digest or verdict.case in pinned(self.root, verdict.exercise)
        verdict = verdict if known or not verdict.case else verdict.without_case()
        return first_only(verdict) if self.visibility(grade) == "first mistake" else verdict


@cache
def pinned(root: Path, exercise: str) -> frozenset[str]:
    """The cases, as JSON, that every learner has, whatever the seed.

    Args:
        root: of the kit.
        exercise: its id.
    """
    return frozenset(case.to_json() for case in load_spec(root, exercise).cases.pinned)


def first_only(verdict: Verdict) -> Verdict:
    """A verdict that tells one thing: the first mistake, or the first difference that none explains.

    Args:
        verdict: any.
    """
    crashed = verdict.status != Status.FAILED  # what is wrong elsewhere comes after that
    first = tuple(explanation[:1] for explanation in verdict.mistakes[:1] if not crashed)
    broken = next((check for check in verdict.checks if not check.passed), None)
    return replace(
        verdict,
        checks=tuple(check for check in verdict.checks if check.passed or check is broken),
        mistakes=first,
        unexplained=() if first else verdict.unexplained[:1],
        findings=verdict.findings[:1],
        right=(),
    )
