"""Words on a page: sentences with code in them, and what a terminal shows, as HTML, all escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

CODE = "cyan"
"""The style of what is code, or a place in it: `prose` gives it to what stands between backticks."""


def pages(folder: Path) -> Environment:
    """What makes pages of the templates in a folder. Whatever somebody wrote comes through here.

    Args:
        folder: that holds the templates.
    """
    made = Environment(
        autoescape=True,
        loader=FileSystemLoader([folder, Path(__file__).parent]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["prose"] = sentence
    return made


def sentence(text: str) -> Markup:
    """A sentence in which whatever stands between backticks is shown as code.

    Args:
        text: the sentence.
    """
    pieces = re.split(r"`([^`]*)`", text)
    return Markup("").join(_in("code", piece) if index % 2 else piece for index, piece in enumerate(pieces))


def _in(tag: str, inside: str) -> Markup:
    """An element with this inside, escaped where that is no markup yet."""
    return Markup(f"<{tag}>{escape(inside)}</{tag}>")  # `Markup.format` takes six times as long


def as_html(part: RenderableType) -> Markup:
    """A part of what a terminal shows.

    Args:
        part: as `crystalball.words` makes them: texts, tables, groups, with margins or without.
    """
    if isinstance(part, Group):
        return Markup("\n").join(map(as_html, part.renderables))
    if isinstance(part, Padding):
        return as_html(part.renderable)
    if isinstance(part, Table):
        return _grid(part) if not part.show_header else _table(part)
    text = part if isinstance(part, Text) else Text(str(part))
    if "\n" in text.plain or text.no_wrap or "dim" in str(text.style):
        return _in("pre", text.plain)
    return _in("p", _inline(text))


def _inline(text: Text) -> Markup:
    ends = sorted({0, len(text), *(end for span in text.spans for end in (span.start, span.end))})
    pieces = []
    for start, end in pairwise(ends):
        styles = {str(span.style) for span in text.spans if span.start <= start and end <= span.end}
        piece = text.plain[start:end]
        if CODE in styles:
            pieces.append(_in("code", piece.strip("`")))
        else:
            pieces.append(escape(piece))
    whole = Markup("").join(pieces)
    return _in("strong", whole) if "bold" in str(text.style) else whole


def _cells(table: Table) -> Iterator[tuple[RenderableType, ...]]:
    return zip(*(column.cells for column in table.columns), strict=True)


def _grid(table: Table) -> Markup:
    """A label with a text beside it."""
    rows = (_in("dt", str(label)) + _in("dd", _bare(text)) for label, text in _cells(table))
    return _in("dl", Markup("").join(rows))


def _bare(part: RenderableType) -> Markup:
    return _inline(part) if isinstance(part, Text) else as_html(part)


def _table(table: Table) -> Markup:
    heads = Markup("").join(_in("th", str(column.header)) for column in table.columns)
    rows = (_in("tr", Markup("").join(_in("td", _cell(one)) for one in row)) for row in _cells(table))
    return _in("table", _in("thead", _in("tr", heads)) + Markup("").join(rows))


def _cell(part: RenderableType) -> Markup:
    return _inline(part) if isinstance(part, Text) else escape(str(part))
