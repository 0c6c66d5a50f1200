"""Answers that are notebooks: what is taken of them, and a notebook that judges itself in a real kernel."""

import ast
import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from patience import PATIENCE
from unpacking import unpacker

from crystalball.curriculum.course import chosen
from crystalball.curriculum.manifest import NotFound, curriculum
from crystalball.grading.intake import Answer, read_submission
from crystalball.grading.layouts import one_entry
from crystalball.judging.session import JudgingSession
from crystalball.learner.notebook import make_notebook
from crystalball.processes.inside.notebook import script_of
from crystalball.reading.notebook_lines import in_traceback, place
from crystalball.words.verdicts import plain_text

ROOT = Path(__file__).parents[2]
SOLUTION = (ROOT / "solutions/01_first_scalar.py").read_text(encoding="utf-8")
FUNCTION = "def log_losses(losses, log_dir):\n    writer = SummaryWriter(log_dir)\n"

CELLS = (
    "%matplotlib inline\n!pip install tensorboard\nimport math",
    "%%bash\nrm -rf /",
    "%%time\nfrom torch.utils.tensorboard import SummaryWriter",
    "BASE = 1\nrun = print('it runs')\nscale = lambda x: x\ntext = '''\n%not magic\n'''",
    f"{FUNCTION}    %timeit 1\n    for step, loss in enumerate(losses):\n"
    '        writer.add_scalar("Loss/Train", loss, step)\n    writer.close()\nlog_losses([1.0], "x")',
    "this is no Python",
    "log_losses?",
)


def notebook(folder: Path, cells: tuple[str, ...] = CELLS, name: str = "01_first_scalar.ipynb") -> Path:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Hello")])
    book.cells += list(map(nbformat.v4.new_code_cell, cells))
    folder.mkdir(exist_ok=True)
    nbformat.write(book, folder / name)
    return folder


def read(folder: Path) -> tuple[Answer, tuple[str, ...]]:
    submission = read_submission(one_entry(folder), chosen("1"), unpacker())
    (answer,) = submission.answers
    return answer, submission.notes


def test_what_cells_define_and_import_is_taken(tmp_path: Path) -> None:
    answer, notes = read(notebook(tmp_path / "jane"))
    assert answer.problem is None
    script = answer.files["01_first_scalar.py"].decode()
    kept = [line for line in script.splitlines() if line]
    assert "import math" in kept
    assert "BASE = 1" in kept
    assert "%not magic" in kept
    assert "    pass" in kept
    assert not any("rm -rf" in line or "it runs" in line or line.startswith("log_losses(") for line in kept)
    ast.parse(script)
    (told,) = notes
    for left_out in ("cell 2: !pip", "cell 2: %matplotlib", "cell 3: %%bash", "cell 6: %timeit 1"):
        assert left_out in told
    assert "cell 7: this is no Python" in told
    assert "cell 5: run = print('it runs')" in told
    assert "cell 6: log_losses([1.0]" in told


def test_messages_speak_of_cell_and_line(judging_session: JudgingSession, tmp_path: Path) -> None:
    answer, _ = read(notebook(tmp_path / "jane"))
    folder = tmp_path / "written"
    folder.mkdir()
    verdict = judging_session.judge(curriculum().find("1"), path=answer.write(folder))
    assert verdict.mistakes == (("steps_from_zero",),)
    told = plain_text(verdict.of_file(answer.place))
    assert "01_first_scalar.ipynb, cell 6, line 5\n" in told
    assert '5 | writer.add_scalar("Loss/Train", loss, step)' in told


def test_a_traceback_names_the_cell() -> None:
    assert place("x.py", 3005) == "x.py:3005"
    assert place("x.ipynb", 3005) == "x.ipynb, cell 3, line 5"
    text = 'File "x.ipynb", line 3005, in train\nFile "y.py", line 7'
    assert in_traceback(text, "x.ipynb") == 'File "x.ipynb", cell 3, line 5, in train\nFile "y.py", line 7'


def test_a_notebook_of_an_older_version_is_read(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "input": FUNCTION.splitlines(True), "outputs": [], "language": "python"}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [cell]}]}
    (tmp_path / "jane").mkdir()
    (tmp_path / "jane" / "01_first_scalar.ipynb").write_text(json.dumps(old))
    answer, _ = read(tmp_path / "jane")
    assert answer.problem is None
    assert "def log_losses" in answer.files["01_first_scalar.py"].decode()


def test_better_than_a_stub_is_a_notebook_and_than_that_a_file(tmp_path: Path) -> None:
    folder = notebook(tmp_path / "jane")
    shutil.copy(ROOT / "exercises/01_first_scalar.py", folder)
    assert read(folder)[0].place == "01_first_scalar.ipynb"
    (folder / "01_first_scalar.py").write_text(SOLUTION, encoding="utf-8")
    assert read(folder)[0].place == "01_first_scalar.py"


def test_what_is_wrong_in_a_cell_that_defines_python_says() -> None:
    report = script_of([(1, "def broken(:\n    pass"), (2, "oops(")])
    with pytest.raises(SyntaxError) as raised:
        ast.parse(report.script)
    assert raised.value.lineno == 1001
    assert report.left_out == ("cell 2: oops( (no Python)",)


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """A folder that is a kit's root, with exercises of its own."""
    (tmp_path / "exercises").mkdir()
    (tmp_path / "checks").symlink_to(ROOT / "checks")
    return tmp_path


def test_a_notebook_judges_itself_in_a_real_kernel(kit: Path) -> None:
    path = make_notebook(kit, curriculum().find("1"))
    with pytest.raises(NotFound, match="already"):
        make_notebook(kit, curriculum().find("1"))
    book = nbformat.read(path, as_version=4)
    client = NotebookClient(book, timeout=PATIENCE, resources={"metadata": {"path": str(kit)}})
    last = book.cells[-1]
    with client.setup_kernel():
        for index, cell in enumerate(book.cells[:-1]):
            client.execute_cell(cell, index)
        client.execute_cell(last, len(book.cells) - 1)
        assert "Write each loss under the tag" in last.outputs[0].text
        answer = nbformat.v4.new_code_cell(SOLUTION.partition("if __name__")[0])
        client.execute_cell(answer, 0)
        client.execute_cell(last, len(book.cells) - 1)
        assert "The first scalar" in last.outputs[0].text
        assert "Every loss stands under" in last.outputs[0].text
