"""An exercise as a notebook: made of its stub, and judged by its last cell.

A cell of it asks for the verdict: `judge("03")`. What was run in the notebook is made a script, the
definitions and imports of it, and judged like a file.
"""

from __future__ import annotations

import ast
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from crystalball.curriculum.manifest import Exercise, NotFound, curriculum, find_root
from crystalball.curriculum.stubs import pristine
from crystalball.judging.session import JudgingSession
from crystalball.processes.inside.notebook import script_of
from crystalball.reading.notebook_lines import MOST_CELLS, SUFFIX
from crystalball.words.console import Signs, render
from crystalball.words.verdicts import in_full, passed

NEEDED = "A notebook needs Jupyter: `pip install nbformat ipykernel`, and JupyterLab or an editor with it."

COLUMNS = 100
"""Of what is told below a cell."""


def make_notebook(root: Path, exercise: Exercise) -> Path:
    """Makes a notebook of an exercise's stub, beside it.

    Args:
        root: of the kit.
        exercise: whose stub.

    Raises:
        NotFound: there is one already, or Jupyter's format is not installed.
    """
    try:
        import nbformat
    except ImportError:
        raise NotFound(NEEDED) from None
    v4: Any = nbformat.v4
    path = root / "exercises" / f"{exercise.id}{SUFFIX}"
    if path.exists():
        raise NotFound(f"exercises/{path.name} is there already: move it away to begin anew.")
    cells = [
        v4.new_markdown_cell(f"# {exercise.number} {exercise.title}\n\n{exercise.goal}"),
        *map(v4.new_code_cell, _parts(pristine(exercise))),
        v4.new_markdown_cell("Run all cells above, then this one. It judges what they define."),
        v4.new_code_cell(f'from crystalball.learner.notebook import judge\n\njudge("{exercise.number}")'),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    path.write_text(v4.writes(notebook) + "\n", encoding="utf-8")
    return path


def _parts(stub: str) -> list[str]:
    """The imports of a stub, and each of its definitions; not what it does as a script."""
    tree, lines = ast.parse(stub), stub.splitlines()
    parts, imports = [], []
    for node in tree.body:
        text = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(text)
        elif not isinstance(node, ast.Expr | ast.If):
            parts.append(text)
    return ["\n".join(imports), *parts]


def judge(number: str) -> None:
    """Judges what the notebook has run so far, and says below the cell what is right and wrong.

    Args:
        number: of the exercise.
    """
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    exercise, root = curriculum().find(number), find_root(Path.cwd())
    history = list(enumerate(shell.history_manager.input_hist_raw))[1:]
    if len(history) > MOST_CELLS:
        print("So many cells have been run that they are not told apart: restart the kernel, run all.")
        return
    with tempfile.TemporaryDirectory(prefix="crystalball-notebook-") as folder:
        path = Path(folder).resolve() / f"{exercise.id}.py"
        path.write_text(script_of(history).script, encoding="utf-8")
        verdict = _session(root).judge(exercise, path=path).of_file(f"{exercise.id}{SUFFIX}")
    told = passed(verdict, Signs()) if verdict.passed else in_full(verdict, Signs(), "run the cell again")
    print(render(told, width=COLUMNS, colour=False))


@cache
def _session(root: Path) -> JudgingSession:
    """The processes that judge; they end with the kernel."""
    return JudgingSession(root, root / "exercises")
