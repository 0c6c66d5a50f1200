"""Text for a console: its signs, sentences with code in them, and the rendering of both."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True)
class Signs:
    """The signs that a console can show."""

    done: str = "✓"
    next: str = "▸"
    wrong: str = "✗"
    open: str = "·"
    full: str = "█"
    empty: str = "░"
    more: str = "…"

    @classmethod
    def of(cls, encoding: str | None) -> Signs:
        """The signs of a console with this encoding: plain ones where it knows no Unicode."""
        unicode = (encoding or "").lower().replace("-", "").startswith("utf")
        return cls() if unicode else cls("+", ">", "x", ".", "#", "-", "...")


def render(*parts: RenderableType, width: int, colour: bool) -> str:
    """Renders parts as a terminal shows them.

    Args:
        *parts: one below the other.
        width: columns of the terminal.
        colour: whether the text has the codes of colours.

    Returns:
        The text, without spaces at the ends of lines.
    """
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        force_jupyter=False,  # a notebook prints it like any text
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        legacy_windows=False,
    )
    for part in parts:
        console.print(Group(part), crop=False)  # of a text alone, it forgets that it must not be wrapped
    text = console.file.getvalue()  # type: ignore[attr-defined]  # the StringIO above
    return "\n".join(line.rstrip() for line in text.splitlines())


def prose(text: str, style: str = "") -> Text:
    """A sentence in which whatever stands between backticks is shown as code.

    Args:
        text: the sentence.
        style: of the rest of it.
    """
    line = Text(style=style)
    for index, piece in enumerate(re.split(r"(`[^`]*`)", text)):
        line.append(piece, "cyan" if index % 2 else "")
    return line


def code(text: str) -> str:
    """A text between backticks, for `prose`.

    Args:
        text: may hold backticks; they become plain quotes.
    """
    plain = text.replace("`", "'")
    return f"`{plain}`"


def link(url: str) -> Text:
    """An address that a terminal makes a link of, and that is never broken in two.

    Args:
        url: the address.
    """
    return Text(url, f"cyan link {url}", no_wrap=True, overflow="ignore")


def counted(count: int, word: str) -> str:
    """A number with its word, as in "1 answer" and "2 answers".

    Args:
        count: the number.
        word: in the singular; one that takes an s.
    """
    return f"{count} {word}{'s' * (count != 1)}"


def labelled(label: str, text: RenderableType, width: int = 7, style: str = "yellow") -> Table:
    """A label with a text beside it.

    Args:
        label: one word.
        text: wraps beside the label, not below it.
        width: columns of the label.
        style: of the label.
    """
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=width, style=style)
    grid.add_column()
    grid.add_row(label, text)
    return grid
