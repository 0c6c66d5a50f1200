"""Lines of a notebook: a script made of one keeps them apart, so that a number tells cell and line.

Cell 3 begins at line 3001 of the script.
"""

from __future__ import annotations

import re

LINES = 1000
"""Lines of the script for each cell."""

MOST_CELLS = 200
"""Cells of a notebook that are looked at."""

SUFFIX = ".ipynb"


def place(file: str, line: int) -> str:
    """A place in a learner's file, as people and editors know it.

    Args:
        file: the name of the file.
        line: in it, or in the script made of it.
    """
    if not file.lower().endswith(SUFFIX):
        return f"{file}:{line}"
    return f"{file}, cell {line // LINES}, line {line % LINES}"


def shown_line(file: str, line: int) -> int:
    """The number of a line, of a notebook in its cell.

    Args:
        file: the name of the file.
        line: in it, or in the script made of it.
    """
    return line % LINES if file.lower().endswith(SUFFIX) else line


def in_traceback(text: str, file: str) -> str:
    """A traceback whose lines of a notebook name their cell.

    Args:
        text: of the traceback.
        file: the name of the file.
    """
    if not file.lower().endswith(SUFFIX):
        return text
    pattern = re.escape(f'File "{file}", line ') + r"(\d{1,9})"

    def named(found: re.Match[str]) -> str:
        cell, line = divmod(int(found[1]), LINES)
        return f'File "{file}", cell {cell}, line {line}'

    return re.sub(pattern, named, text)
