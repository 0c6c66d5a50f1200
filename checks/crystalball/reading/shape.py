"""The shape of a program: its syntax tree, so that comments, blanks and signs of layout do not count.

Of two programs of one shape, each line of the one that holds code is the line of the same rank in the
other; so what is told of one can be told of the other, with lines of its own.
"""

from __future__ import annotations

import ast
import hashlib
import re
from typing import Any, NamedTuple

from crystalball.reading.syntax import parsed

SEES_ITSELF = re.compile(
    r"__file__|__loader__|__spec__|inspect|linecache|_getframe|currentframe|_lineno|tokenize"
)
"""In a text that may find out where its own lines are, or read its comments: it is like no other."""

CODING = re.compile(r"^[ \t\f]*#.*?coding[:=]", re.MULTILINE)
"""A comment that changes what the text says."""


class Shape(NamedTuple):
    """The shape of a program.

    Attributes:
        digest: the same for programs of one shape.
        lines: those that hold code, from the first; of one shape, there are as many.
    """

    digest: str
    lines: tuple[int, ...]


def shape_of(text: str) -> Shape | None:
    """The shape of a text; `None` where it is no program, is too large, or may see itself.

    Args:
        text: of a learner's file.
    """
    tree = None if SEES_ITSELF.search(text) or CODING.search(text) else parsed(text)
    if tree is None:
        return None
    nodes: list[Any] = [node for node in ast.walk(tree) if hasattr(node, "lineno")]
    lines = sorted({line for node in nodes for line in (node.lineno, node.end_lineno or node.lineno)})
    ranks = {line: rank for rank, line in enumerate(lines)}
    for node in nodes:
        node.lineno, node.end_lineno = ranks[node.lineno], ranks[node.end_lineno or node.lineno]
        node.col_offset = node.end_col_offset = 0
    try:
        dump = ast.dump(tree, include_attributes=True)
    except RecursionError:
        return None
    return Shape(hashlib.sha256(dump.encode(errors="surrogatepass")).hexdigest(), tuple(lines))
