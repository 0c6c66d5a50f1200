"""The terminal's window on a page that may be longer than it: it opens at the top, and can be scrolled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple

from rich.console import RenderableType

from crystalball.words.console import counted, render


class Size(NamedTuple):
    """Of a terminal, in characters."""

    columns: int
    rows: int


class OpenAt(Enum):
    """Where a window is on its page."""

    TOP = "at its top"
    BELOW = "at its last parts"
    SAME = "where it was"


class Screen:
    """Shows pages on a terminal, always so that their first new line is in view.

    Args:
        size: of the terminal, as it is now.
        colour: whether the terminal shows colours.
        write: clears the terminal and writes a text.
    """

    def __init__(self, size: Callable[[], Size], colour: bool, write: Callable[[str], None]) -> None:
        self._size, self._colour, self._write = size, colour, write
        self._at, self._pages, self._room = 0, 1, 1

    @property
    def columns(self) -> int:
        """The width that pages are written for."""
        return self._size().columns

    def scroll(self, pages: int) -> None:
        """Moves the window when it is drawn next; behind the last page is the first.

        Args:
            pages: so many down, or up below zero.
        """
        page = (self._at + self._room - 1) // self._room + pages
        self._at = (page % self._pages) * self._room

    def show(
        self,
        above: Sequence[RenderableType],
        below: Sequence[RenderableType],
        foot: Callable[[str], RenderableType] | None,
        *,
        open_at: OpenAt,
    ) -> None:
        """Draws a page.

        Args:
            above: its first parts.
            below: its last parts.
            foot: what always stands at the lower end, given what there is out of view, in words; without
                it nobody can scroll, and the page is written whole.
            open_at: where the window is then.
        """
        lines = self._lines(above)
        first = len(lines)
        lines += self._lines(below)
        if foot is None:
            self._write("\n".join(lines))
            return
        ends = self._lines([foot("")])
        self._room = max(1, self._size().rows - len(ends) - 1)  # the cursor stands in the last row
        self._pages = max(1, -(-len(lines) // self._room))
        last = max(0, len(lines) - self._room)
        wanted = {OpenAt.TOP: 0, OpenAt.BELOW: first, OpenAt.SAME: self._at}[open_at]
        at = self._at = min(wanted, last)
        hidden = len(lines) - at - self._room
        more = f"{counted(hidden, 'line')} more" if hidden > 0 else ("back to the beginning" if at else "")
        self._write("\n".join([*lines[at : at + self._room], *self._lines([foot(more)])]))

    def _lines(self, parts: Sequence[RenderableType]) -> list[str]:
        spaced = [part for one in parts for part in ("", one)]
        return render(*spaced, width=self.columns, colour=self._colour).splitlines() if spaced else []
