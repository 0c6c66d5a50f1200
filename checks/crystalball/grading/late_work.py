"""Late work: what a course's rule takes of the points, and the rule in words, to stand beside the score.

It rests on times that somebody else recorded: a learning platform, or git. Where a platform says that
something is late and not when it came, it counts as one day.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import Exercise
from crystalball.words.console import counted

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Lateness:
    """What lateness takes of an answer's points.

    Attributes:
        percent: of the points.
        why: the rule that was used, in a sentence.
        late: whether it came late, by the rule for this student.
    """

    percent: float
    why: str
    late: bool = True


def lateness(
    course: Course, exercise: Exercise, student: Sequence[str], handed_in: datetime | None, late: bool
) -> Lateness | None:
    """What lateness takes of an answer; `None` where it came in time without an extension.

    Args:
        course: its dates and its rule.
        exercise: that was answered.
        student: the keys of extensions that mean this student.
        handed_in: when it came, with a zone; `None` where nobody says.
        late: the learning platform says that it came late.
    """
    due, regular, rule = course.due_of(exercise, student), course.due_of(exercise), course.late
    if due is None or (handed_in is None and not late):
        return None
    if handed_in is None:
        if due != regular:
            return Lateness(0, "Late by the platform, which gives no time; there is an extension.", False)
        return _of_days(course, 1, "Late by the platform, which gives no time")
    what = f"Handed in {_shown(course, handed_in)}, due {_shown(course, due)}"
    if due != regular:
        what += " (extended)"
    if handed_in <= due:
        saved = regular is not None and handed_in > regular
        return Lateness(0, f"{what}: in time by an extension.", False) if saved else None
    if handed_in <= due + timedelta(minutes=rule.grace_minutes):
        return Lateness(0, f"{what}: within the {rule.grace_minutes:g} minutes of grace.", False)
    return _of_days(course, math.ceil((handed_in - due) / DAY), what)


def _of_days(course: Course, days: int, what: str) -> Lateness:
    rule, late = course.late, f"{counted(days, 'day')} late"
    if rule.days is not None and days > rule.days:
        return Lateness(100, f"{what}: {late}, and nothing counts after {rule.days:g} days.")
    percent = min(days * rule.percent_a_day, rule.most_percent)
    return Lateness(percent, f"{what}: {late}, {percent:g} % taken.")


def _shown(course: Course, moment: datetime) -> str:
    return f"{moment.astimezone(course.zone):%Y-%m-%d %H:%M %z}"
