"""Errors of the kit's own: each costs one answer, and is kept with its traceback for whoever mends it."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from crystalball.reading.outside import outside, outside_line

LONGEST_TRACEBACK = 20_000
"""Characters of one traceback that are kept."""


class KitErrors:
    """The errors of the kit's own in one grading, appended to a file.

    Args:
        folder: in which the file lies.

    Attributes:
        path: of the file.
        count: how many there were.
    """

    def __init__(self, folder: Path) -> None:
        self.path, self.count = folder / "errors.log", 0

    def keep(self, where: str, trace: str) -> None:
        """Keeps one error.

        Args:
            where: whose answer it was, and to which exercise.
            trace: its traceback.
        """
        self.count += 1
        title = f"{datetime.now(UTC).isoformat(timespec='seconds')} {outside_line(where)}"
        # On a full disk the verdict still says what it was.
        with contextlib.suppress(OSError), self.path.open("a", encoding="utf-8") as file:
            file.write(f"{title}\n{outside(trace, LONGEST_TRACEBACK)}\n\n")


def error_line(error: Exception) -> str:
    """An exception in one line, the same each time that it comes.

    Args:
        error: it.
    """
    return f"{type(error).__name__}: {error}"
