"""What counts beside the verdicts: the course's rule of late work, and the instructor's word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import curriculum
from crystalball.grading.grades import EntryInfo, Grade
from crystalball.grading.instructor_word import FILE, Words, read_words
from crystalball.grading.late_work import lateness
from crystalball.grading.matching import Names, not_one


class Rulings:
    """The rulings of one grading.

    Args:
        course: its dates and its rule of late work.
        entries: of the grading.
        folder: of the journal, in which `words.csv` may lie.

    Attributes:
        unmatched: a line for each name in `words.csv` and among the extensions that is nobody's.

    Raises:
        NotFound: `words.csv` cannot be understood.
    """

    def __init__(self, course: Course, entries: Iterable[EntryInfo], folder: Path) -> None:
        self._course, self._entries = course, {info.name: info for info in entries}
        names = Names(self._entries.values())
        self._words = Words(read_words(folder / FILE), names)
        self._extensions: dict[str, list[str]] = {}
        self.unmatched = [f"{FILE}: {problem}" for problem in self._words.unmatched]
        for key in course.extensions:
            found = names.find(key)
            if len(found) != 1:
                self.unmatched.append(f"course.toml, extensions: {not_one(key, found)}")
            for name in found if len(found) == 1 else ():
                self._extensions.setdefault(name, []).append(key)

    def of_entry(self, info: EntryInfo) -> EntryInfo:
        """An entry with what the instructor says of all of it.

        Args:
            info: as it is kept.
        """
        word = self._words.of(info.name)
        return replace(info, comment=word.comment) if word else info

    def of_grade(self, grade: Grade) -> Grade:
        """A grade with all that counts beside its verdict.

        Args:
            grade: as it is kept.
        """
        info = self._entries.get(grade.entry, EntryInfo(grade.entry))
        exercise = curriculum().find(grade.verdict.exercise)
        # An answer that is not there did not come late.
        came = (grade.handed_in or info.handed_in) if grade.place else None
        names = self._extensions.get(grade.entry, ())
        return replace(
            grade,
            handed_in=came,
            due=self._course.due_of(exercise, names),
            lateness=lateness(self._course, exercise, names, came, grade.late),
            word=self._words.of(grade.entry, exercise.id),
        )
