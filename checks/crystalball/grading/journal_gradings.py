"""What a journal keeps of its gradings themselves: what was asked for, and with what."""

from __future__ import annotations

from typing import Any

import msgspec

from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import NotFound
from crystalball.grading.journal_file import JournalFile
from crystalball.grading.journal_merge import rows_of
from crystalball.reading.outside import Outside


class JournalOfGradings(JournalFile):
    """A journal that tells of its gradings."""

    def grading(self, number: int) -> dict[str, Any]:
        """What is kept of a grading itself, by the names of the columns.

        Args:
            number: of the grading.
        """
        (row,) = rows_of(self._base, "SELECT * FROM gradings WHERE id = ?", number)
        return row

    def last_grading(self) -> int:
        """The number of the newest grading.

        Raises:
            NotFound: there is none.
        """
        number = self.newest()
        if number is None:
            raise NotFound(f"{self._path} holds no grading yet.")
        return number

    def newest(self) -> int | None:
        """The number of the newest grading; `None` where there is none yet."""
        with self._errors():
            (number,) = self._base.execute("SELECT max(id) FROM gradings").fetchone()
        return None if number is None else int(number)

    def sandbox(self, grading: int) -> str:
        """The level of the sandbox of a grading.

        Args:
            grading: its number.

        Raises:
            NotFound: there is no such grading.
        """
        return self._of_grading("sandbox", grading)

    def course(self, grading: int) -> Course:
        """The course as it was when a grading began.

        Args:
            grading: its number.
        """
        with self._errors():
            return msgspec.json.decode(self._of_grading("course", grading), type=Course)

    def columns(self, grading: int) -> tuple[Outside, ...]:
        """The header of the roster of a grading; empty where it had none.

        Args:
            grading: its number.
        """
        return msgspec.json.decode(self._of_grading("columns", grading), type=tuple[Outside, ...])

    def absent(self, grading: int) -> tuple[tuple[Outside, ...], ...]:
        """The people in the roster of a grading without an entry.

        Args:
            grading: its number.
        """
        return msgspec.json.decode(
            self._of_grading("absent", grading), type=tuple[tuple[Outside, ...], ...]
        )

    def _of_grading(self, column: str, grading: int) -> str:
        with self._errors():
            row = self._base.execute(f"SELECT {column} FROM gradings WHERE id = ?", (grading,)).fetchone()
        if row is None:
            raise NotFound(f"{self._path} holds no grading {grading}; the last is {self.last_grading()}.")
        return str(row[0])

    def exercises(self, grading: int) -> list[str]:
        """The ids of the exercises of a grading, in their order.

        Args:
            grading: its number.
        """
        query = "SELECT DISTINCT exercise FROM grades WHERE grading = ? ORDER BY exercise"
        with self._errors():
            return [str(id) for (id,) in self._base.execute(query, (grading,))]
