"""The house: what may import what, and how long a file and a function may be.

The library is divided into rooms, a folder each, in the order in which arrows may point. A module may
import its own room and those below it. What stands beside a learner's code in the jail (the folders
named `inside/`, `reading/`, and the face) may import nothing else.
"""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "checks/crystalball"

FACE = "the face"
"""The modules at the top of the library: what learners import."""

ROOMS = (
    *("entry", "course", "class_report", "exports", "cluster", "grading", "learner", "doctor", "words"),
    *("judging", "mistakes", "outcomes", "oracle", "jail", "processes", "cases", "curriculum", "reading"),
    FACE,
)
"""The one list of the rooms: arrows point down it only."""

HIGHER = {"scripts": "cases", "script_parts": "curriculum", "evidence": "reading"}
"""Modules of the face, and the room that they may look around in like one of its own: scripts train for
real, outside of the jail, and import the rooms for it when they are called."""

LONGEST_FILE, LONGEST_FUNCTION = 350, 40


def module_of(path: Path) -> str:
    """The name of a module within the library; empty for the library itself."""
    parts = path.relative_to(LIBRARY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {
    module_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(LIBRARY.rglob("*.py"))
}


def imports(module: str, *, in_functions: bool = True) -> set[str]:
    """The modules of the library that a module imports, wherever in it that stands."""
    return {name for node in nodes(TREES[module], in_functions) for name in imported(node)}


def nodes(tree: ast.AST, in_functions: bool) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        yield node
        if in_functions or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from nodes(node, in_functions)


def imported(node: ast.AST) -> Iterator[str]:
    """The modules that one statement imports: of `from a import b`, `a.b` where that is one, else `a`."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            package, _, name = alias.name.partition(".")
            if package == "crystalball":
                yield name
    elif isinstance(node, ast.ImportFrom):
        assert not node.level, f"line {node.lineno}: name the module in full, from crystalball on"
        package, _, name = (node.module or "").partition(".")
        if package == "crystalball":
            for alias in node.names:
                inner = f"{name}.{alias.name}".strip(".")
                yield inner if inner in TREES else name


def room_of(module: str) -> str:
    room = module.partition(".")[0]
    return room if (LIBRARY / room).is_dir() and room else FACE


def stands_inside(module: str) -> bool:
    """Whether a jail holds it."""
    return "inside" in module.split(".") or room_of(module) in ("reading", FACE)


def file_of(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def test_arrows_point_down_the_list_of_rooms() -> None:
    wrong = []
    for module in TREES:
        room = HIGHER.get(module, room_of(module))
        below = ROOMS[ROOMS.index(room) + 1 :]
        for other in imports(module):
            if room_of(other) not in (room, *below, room_of(module)):
                may = f"{room} may import its own room, {', '.join(below)} only"
                wrong.append(f"{file_of(module)} imports crystalball.{other}: {may}")
    assert not wrong, "\n".join(wrong)


def test_what_the_jail_holds_imports_nothing_else() -> None:
    wrong = []
    for module in filter(stands_inside, TREES):
        for other in imports(module, in_functions=module not in HIGHER):
            if not stands_inside(other):
                may = "what stands in the jail may import inside/, reading/ and the face only"
                wrong.append(f"{file_of(module)} imports crystalball.{other}: {may}")
    assert not wrong, "\n".join(wrong)


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {module: imports(module) - {module} for module in TREES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("a circle, each imported by the next: " + ", ".join(error.args[1]))


def test_files_and_functions_are_short() -> None:
    wrong = []
    for path in sorted(LIBRARY.rglob("*.py")):
        file = path.relative_to(LIBRARY).as_posix()
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > LONGEST_FILE:
            wrong.append(f"{file}: {lines} lines, and {LONGEST_FILE} are allowed")
        for node in ast.walk(TREES[module_of(path)]):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    wrong.append(f"{file}: {node.name} has {lines} lines, {LONGEST_FUNCTION} are allowed")
    assert not wrong, "\n".join(wrong)


def test_every_folder_is_a_room_that_says_what_it_is() -> None:
    folders = {path.parent.relative_to(LIBRARY).parts[0] for path in LIBRARY.glob("*/*.py")}
    assert folders == set(ROOMS) - {FACE}
    assert not [
        module for module in TREES if room_of(module) == module and not ast.get_docstring(TREES[module])
    ]


def test_the_map_in_the_readme_is_the_tree() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)/` \| \S", readme, re.MULTILINE)
    assert rows == list(ROOMS[:-1]), "the table of rooms in README.md: each one, in this order"
    face = {module for module in TREES if module and room_of(module) == FACE}
    (row,) = re.findall(r"^\| (`pixels\.py`.*?) \|", readme, re.MULTILINE)
    assert set(re.findall(r"`(\w+)\.py`", row)) == face
