"""Makes a script of a notebook: what its cells define and import; nothing that they run.

Magics and lines for the shell are left out and told. Each cell keeps its lines (`notebook_lines`).
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator

from crystalball.processes.inside.messages import Message
from crystalball.reading.notebook_lines import LINES, MOST_CELLS
from crystalball.reading.syntax import parsed

OF_PYTHON = re.compile(r"\s*%%(time|timeit|capture|prun)\b")
"""Magics of a cell that is Python all the same."""

MAGIC = re.compile(r"(?P<indent>\s*)(?=\S)([%!?].*|[\w., ]+=\s*[%!].*|.*\w\?{1,2}\s*)")
"""A line that is IPython's, not Python's."""

DEFINES = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

RUNS = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom)

MOST_TOLD = 20


class NotebookRequest(Message, frozen=True):
    """Asks for the script of a notebook.

    Attributes:
        text: of the notebook, as JSON.
    """

    text: str


class ScriptReport(Message, frozen=True):
    """The script of a notebook.

    Attributes:
        script: its text.
        left_out: what of the notebook is not in it, a line each.
        problem: why there is no script; empty where there is.
    """

    script: str
    left_out: tuple[str, ...] = ()
    problem: str = ""


def script_of_notebook(request: NotebookRequest) -> ScriptReport:
    """The script of a notebook of whatever version.

    Args:
        request: the notebook.
    """
    import warnings

    import nbformat

    try:
        text = _without_outputs(request.text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbformat tells a notebook's author; nobody reads it here
            notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]  # it has no types
        cells = [
            (number, str(cell.source))
            for number, cell in enumerate(notebook.cells[:MOST_CELLS], start=1)
            if cell.cell_type == "code"
        ]
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:  # of nbformat, of JSON, of whatever stands in the place of a cell
        return ScriptReport("", problem=f"it is no notebook: {type(error).__name__}: {error}"[:500])
    return script_of(cells)


def _without_outputs(text: str) -> str:
    """A notebook without what its cells have shown: to find fault with a million of that takes minutes.

    Raises:
        Exception: it is none.
    """
    notebook = json.loads(text)
    for sheet in (notebook, *notebook.get("worksheets", ())):  # older versions have sheets
        for cell in sheet.get("cells", ()):
            if "outputs" in cell:
                cell["outputs"] = []
    return json.dumps(notebook)


def script_of(cells: Iterable[tuple[int, str]]) -> ScriptReport:
    """The script of some cells of code.

    Args:
        cells: the number of each, from 1, and its text.
    """
    lines: list[str] = []
    left_out: list[str] = []
    for number, source in cells:
        kept, told = _kept(source, bool(lines))
        left_out += [f"cell {number}: {one.strip()[:80]}" for one in told]
        if any(kept):
            lines += [""] * (number * LINES - len(lines)) + kept
    return ScriptReport("\n".join(lines) + "\n", tuple(left_out[:MOST_TOLD]))


def _kept(source: str, later: bool) -> tuple[list[str], list[str]]:
    """The lines of a cell, empty where they neither define nor import; and what was left out."""
    lines, told = source.split("\n")[: LINES - 1], []
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines and lines[first].lstrip().startswith("%%"):
        told.append(lines[first])
        if not OF_PYTHON.match(lines[first]):
            return [], told
        lines[first] = ""
    tree = parsed("\n".join(lines))
    if tree is None:
        for index, line in enumerate(lines):
            if found := MAGIC.fullmatch(line):
                told.append(line)
                lines[index] = f"{found['indent']}pass"
        tree = parsed("\n".join(lines))
    if tree is None:  # if it was to define something, Python says what is wrong with it
        defines = any(re.match(r"(def|class|async def|import|from)\b", line) for line in lines)
        return (lines, told) if defines else ([], [*told, f"{lines[first]} (no Python)"])
    kept = {number for node in tree.body if _is_kept(node, later) for number in _lines_of(node)}
    told += [lines[node.lineno - 1] for node in tree.body if node.lineno not in kept and _runs(node)]
    return [line if number in kept else "" for number, line in enumerate(lines, start=1)], told


def _is_kept(node: ast.stmt, later: bool) -> bool:
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return not later
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        simple = isinstance(node.value, ast.Lambda)
        return simple or not any(isinstance(part, RUNS) for part in ast.walk(node.value))
    return isinstance(node, DEFINES)


def _runs(node: ast.stmt) -> bool:
    """Whether a statement does something: a sentence, and what stands for a magic, do not."""
    return not isinstance(node, ast.Pass) and not (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def _lines_of(node: ast.stmt) -> Iterator[int]:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(one.lineno for one in decorators)])
    yield from range(first, (node.end_lineno or node.lineno) + 1)
