"""The stubs: each is begun by deleting one line, and its solution answers the same contract."""

import ast
from pathlib import Path

import pytest

from crystalball.curriculum.manifest import Exercise, curriculum

ROOT = Path(__file__).parents[2]

EXERCISES = pytest.mark.parametrize("exercise", curriculum().exercises, ids=lambda exercise: exercise.id)


def tree(folder: str, exercise: Exercise) -> ast.Module:
    return ast.parse((ROOT / folder / f"{exercise.id}.py").read_text(encoding="utf-8"))


def function(module: ast.Module, exercise: Exercise) -> ast.FunctionDef:
    (found,) = (
        node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == exercise.function
    )
    return found


@EXERCISES
def test_a_stub_is_begun_by_deleting_one_line(exercise: Exercise) -> None:
    module = tree("exercises", exercise)
    _, first, *given = function(module, exercise).body
    assert ast.unparse(first) == "scripts.todo()"
    nodes = [node for statement in given for node in ast.walk(statement)]
    assert not any(isinstance(node, ast.Raise) for node in nodes), "editors grey out what stands below"
    assert ast.unparse(module).count("scripts.todo()") == 1


@EXERCISES
def test_a_solution_states_the_contract_of_its_stub(exercise: Exercise) -> None:
    stub, solution = tree("exercises", exercise), tree("solutions", exercise)
    assert ast.get_docstring(stub) == ast.get_docstring(solution)
    assert ast.get_docstring(function(stub, exercise)) == ast.get_docstring(function(solution, exercise))
