"""What a learner's file does, by its syntax tree: it chooses words, and never decides right or wrong."""

from __future__ import annotations

import ast
import threading
import warnings
from collections.abc import Iterator

LARGEST = 64 * 1024
"""Characters of a text that is parsed, at most."""

MOST_NESTED = 60
"""Brackets within brackets, and signs in a row, of a text that is parsed, at most: the parser recurses."""

_parsing = threading.Lock()
"""In Python 3.11, two threads that parse at once disturb each other."""


def what_it_does(text: str) -> frozenset[str]:
    """The calls in a text, as `mistakes/already.toml` names them; none where it cannot be parsed.

    Args:
        text: of a learner's file.
    """
    tree = parsed(text)
    return frozenset(name for node in ast.walk(tree) for name in _names(node)) if tree else frozenset()


def parsed(text: str) -> ast.Module | None:
    """The syntax tree of a text; `None` where it cannot be parsed, or takes too much for that.

    Args:
        text: of a learner's file.
    """
    if len(text) > LARGEST or _is_deep(text):
        return None
    try:
        with _parsing, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a learner's text, such as "\d": not about the kit
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
        return None


def _is_deep(text: str) -> bool:
    depth = row = 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        row = row + 1 if sign in "+-~.*" else row if sign in " (" else 0
        if max(depth, row) > MOST_NESTED:
            return True
    return False


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = _dotted(node.func)
        last = name.rpartition(".")[2]
        yield from (name, f".{last}")
        yield from (f"{last}({keyword.arg})" for keyword in node.keywords if keyword.arg)
    elif isinstance(node, ast.withitem) and isinstance(node.context_expr, ast.Call):
        yield "with " + _dotted(node.context_expr.func).rpartition(".")[2]
    elif isinstance(node, ast.Try) and node.finalbody:
        yield "finally"


def _dotted(node: ast.AST) -> str:
    """`a.b.c` of such names; of what is no name before a dot, nothing."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([*([node.id] if isinstance(node, ast.Name) else [""]), *reversed(parts)])
