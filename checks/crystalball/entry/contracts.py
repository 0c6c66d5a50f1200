"""A stub and its solution, held against each other and the manifest; and what an author's code raised."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Iterator
from pathlib import Path

from crystalball.curriculum.manifest import Exercise

TODO = "scripts.todo()"
"""The statement with which the work of a stub begins."""


def contract_problems(root: Path, exercise: Exercise) -> Iterator[str]:
    """Where stub, solution and manifest disagree about what is asked.

    Args:
        root: of the kit.
        exercise: which.

    Yields:
        A line for each disagreement.
    """
    paths = [root / folder / f"{exercise.id}.py" for folder in ("exercises", "solutions")]
    if not all(path.is_file() for path in paths):
        return  # which is told already
    trees = []
    for path in paths:
        try:
            trees.append(ast.parse(path.read_text(encoding="utf-8")))
        except SyntaxError as error:
            yield f"{path.relative_to(root).as_posix()}: line {error.lineno}: {error.msg}"
            return
    stub, solution = trees
    functions = [_function(tree, exercise.function) for tree in trees]
    for path, tree, function in zip(paths, trees, functions, strict=True):
        place = path.relative_to(root).as_posix()
        asked = f"{exercise.function}({', '.join(exercise.parameters)})"
        if function is None or tuple(one.arg for one in function.args.args) != exercise.parameters:
            yield f"{place}: the manifest asks for {asked}"
        if ("TODO" in path.read_text(encoding="utf-8")) != (tree is stub):
            yield f"{place}: a stub has a TODO, and a solution has none"
    begun, done = functions
    if begun is None or done is None:
        return
    if [ast.unparse(one) for one in begun.body[1:2]] != [TODO] or ast.unparse(stub).count(TODO) != 1:
        yield f"exercises/{exercise.id}.py: `{TODO}` stands once, in the first line below the docstring"
    if any(isinstance(node, ast.Raise) for statement in begun.body for node in ast.walk(statement)):
        yield f"exercises/{exercise.id}.py: it raises, and editors grey out what stands below"
    if any(ast.get_docstring(a) != ast.get_docstring(b) for a, b in ((stub, solution), (begun, done))):
        yield f"solutions/{exercise.id}.py: its docstrings are not those of the stub, word for word"


def _function(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    found = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    return next(found, None)


def author_error(error: Exception, root: Path) -> str:
    """What an author's checks or mistakes raised, and where, in one line.

    Args:
        error: what was raised.
        root: of the kit.
    """
    text = " ".join(str(error).split())
    if isinstance(error, SyntaxError) and error.filename:
        file, line, text = error.filename, error.lineno or 0, error.msg
    else:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if _is_authors(Path(frame.filename), root)]
        frame = own[-1] if own else frames[-1]
        file, line = frame.filename, frame.lineno or 0
    path = Path(file)
    place = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    return f"{place}: line {line}: {type(error).__name__}: {text}"


def _is_authors(path: Path, root: Path) -> bool:
    """Whether a file is one of those that an author of exercises writes."""
    return path.parent in (root / "checks", root / "checks/crystalball/mistakes")
