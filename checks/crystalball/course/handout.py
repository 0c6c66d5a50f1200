"""What learners get of a kit: all that teaches, and no answer.

What is handed out is named here; whatever is not named stays at home. Of the library these are the rooms
that a learner's commands need, and of `entry/` the modules that these commands stand in.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import crystalball
from crystalball.curriculum import stamps
from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import MANIFEST, Exercise, curriculum
from crystalball.curriculum.stubs import pristine
from crystalball.learner.handout import FILE, record_of

LIBRARY = "checks/crystalball"

ROOMS = (
    *("learner", "doctor", "words", "judging", "mistakes", "outcomes"),
    *("oracle", "processes", "cases", "curriculum", "reading"),
)
"""The rooms of the library that are handed out whole; of others, the modules that these import."""

NEVER = ("course", "exports", "class_report", "cluster", "grading")
"""Rooms of which nothing is handed out: the instructor's desk."""

AS_THEY_ARE = (
    "checks/conftest.py",
    "checks/crystal_ball_kit.py",
    "LICENSE",
    ".gitignore",
    "runs/README.md",
    ".vscode/*",
    ".github/pictures/*",
)

FOR_AUTHORS = ("project.optional-dependencies", "tool.setuptools.cmdclass", "tool.ruff", "tool.mypy")
"""Tables of pyproject.toml that learners do not need."""

MARK = "<!-- instructors -->"
"""In README.md: alone on a line, it begins and ends what learners do not get; else it marks its line."""

SOLUTIONS = "<!-- solutions -->"
"""In README.md: it marks a line that is handed out with the solutions alone."""

SHOWS = 0.6
"""Share of the lines that an answer adds to what was given, with which a later stub shows the answer."""

LEAST_SHOWN = 3
"""Lines that must be: one line of a loop may stand anywhere."""

WORKFLOW = ".github/workflows/classroom.yml"


def contents(
    root: Path,
    exercises: Sequence[Exercise],
    course: Course,
    entry_modules: Sequence[str],
    *,
    with_solutions: bool,
) -> dict[str, bytes]:
    """The files of a hand-out, by their paths.

    Args:
        root: of the kit.
        exercises: that are given out.
        course: gives their points.
        entry_modules: of `entry/`, in which a learner's commands stand.
        with_solutions: the reference answers go along, for who learns alone.
    """
    files = {path: (root / path).read_bytes() for path in _named(root, exercises, entry_modules)}
    files |= {f"exercises/{one.id}.py": stamps.stamped(one).encode() for one in exercises}
    if with_solutions:
        files |= {path: (root / path).read_bytes() for path in (f"solutions/{e.id}.py" for e in exercises)}
    made = {
        f"{LIBRARY}/curriculum/{MANIFEST}": _manifest(root, exercises, course),
        f"{LIBRARY}/curriculum/stubs.json": _stubs(exercises),
        "README.md": _readme(
            (root / "README.md").read_text(encoding="utf-8"), exercises, with_solutions=with_solutions
        ),
        "pyproject.toml": _pyproject((root / "pyproject.toml").read_text(encoding="utf-8")),
        WORKFLOW: _workflow(exercises, course),
    }
    return files | {path: text.encode() for path, text in made.items()}


def for_the_instructor(
    root: Path, exercises: Sequence[Exercise], course: Course, now: datetime
) -> Iterator[str]:
    """What to know of a hand-out: stubs that show an answer which is not due, or name what is not in it.

    Args:
        root: of the kit, which has the reference answers.
        exercises: that are given out.
        course: says what is due when.
        now: when it is given out.
    """
    for earlier in curriculum().exercises:
        due = course.due_of(earlier)
        later = [one.number for one in exercises if _shows(root, one, earlier)] if due and due > now else []
        if due and later:
            answer = f"The answer to {earlier.number} is due {due:%Y-%m-%d}"
            yield f"{answer}, and these stubs go on from it: {', '.join(later)}."
    there = {one.number for one in exercises}
    for one in exercises:
        named = re.findall(r"\bexercises? (\d+)", pristine(one))
        missing = sorted({number.zfill(2) for number in named} - there)
        if missing:
            yield f"The stub of {one.number} speaks of what is not in this hand-out: {', '.join(missing)}."


def _shows(root: Path, later: Exercise, earlier: Exercise) -> bool:
    """Whether the stub of a later exercise shows the answer to an earlier one."""
    answer = root / "solutions" / f"{earlier.id}.py"
    if later.id <= earlier.id or not answer.is_file():
        return False
    own = _lines(answer.read_text(encoding="utf-8")) - _lines(pristine(earlier))
    shown = len(own & _lines(pristine(later)))
    return shown >= LEAST_SHOWN and shown >= SHOWS * len(own)


def _lines(text: str) -> set[str]:
    """The lines of a text without their depth, and without imports."""
    lines = {" ".join(line.split()) for line in text.splitlines()}
    return {line for line in lines if line and not line.startswith(("from ", "import "))}


def write_zip(files: Mapping[str, bytes], path: Path) -> None:
    """Writes a zip of a hand-out, with one folder at its top that no other hand-out has.

    So nobody who unpacks it unpacks it over their work; `crystalball update` brings it there.

    Args:
        files: by their paths.
        path: of the zip.
    """
    record = record_of(files, version())
    fresh = path.with_name(f".{path.name}.new")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, FILE: msgspec.json.encode(record)}.items():
            entry = zipfile.ZipInfo(f"crystalball-{record.version}/{name}")  # of 1980: the same bytes again
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    fresh.replace(path)


def version() -> str:
    """The version of this kit."""
    return crystalball.__version__


def _named(root: Path, exercises: Sequence[Exercise], entry_modules: Sequence[str]) -> Iterator[str]:
    """The paths of what is handed out as it is."""
    for pattern in AS_THEY_ARE:
        yield from (path.relative_to(root).as_posix() for path in root.glob(pattern))
    yield from (f"checks/test_{exercise.id}.py" for exercise in exercises)
    library = root / LIBRARY
    found = {path for room in ROOMS for path in (library / room).rglob("*")}
    found |= {*library.glob("*"), library / "entry/__init__.py"}
    found |= {library / "entry" / f"{module}.py" for module in entry_modules}
    files = {path for path in found if path.is_file() and path.suffix != ".pyc"}
    for path in sorted(files | _imported(library, files)):
        yield path.relative_to(root).as_posix()


def _imported(library: Path, files: set[Path]) -> set[Path]:
    """Modules that are imported by some, and by these in turn, with the packages that they stand in."""
    found: set[Path] = set()
    new = {path for path in files if path.suffix == ".py"}
    while new:
        modules = [library / f"{name}.py" for path in new for name in _imports(path)]
        packages = [
            folder / "__init__.py"
            for module in modules
            for folder in (module.with_suffix(""), *module.parents)
            if folder.is_relative_to(library)
        ]
        new = {path for path in (*modules, *packages) if path.is_file()} - files - found
        found |= new
    return found


def _imports(path: Path) -> Iterator[str]:
    """What a module imports of the library, and what might be modules there, as paths."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "crystalball":
            module = (node.module or "").removeprefix("crystalball").lstrip(".").replace(".", "/")
            yield module
            yield from (f"{module}/{alias.name}".lstrip("/") for alias in node.names)


def _manifest(root: Path, exercises: Sequence[Exercise], course: Course) -> str:
    """The manifest with the tables of these exercises, and the points of the course."""
    text = (root / LIBRARY / "curriculum" / MANIFEST).read_text(encoding="utf-8")
    head, *tables = re.split(r"^(?=\[\[exercise\]\])", text, flags=re.MULTILINE)
    by_id = {tomllib.loads(table)["exercise"][0]["id"]: table for table in tables}
    return head + "".join(
        re.sub(r"^points = .*$", f"points = {course.points_of(one):g}", by_id[one.id], flags=re.MULTILINE)
        for one in exercises
    )


def _stubs(exercises: Sequence[Exercise]) -> str:
    """What `crystalball reset` puts back: the stubs as they are handed out."""
    lines = {one.id: stamps.stamped(one).splitlines() for one in exercises}
    return json.dumps(lines, indent=0, ensure_ascii=False) + "\n"


def _readme(text: str, exercises: Sequence[Exercise], *, with_solutions: bool) -> str:
    """The README without what is for instructors, and with these exercises in its table."""
    lines: list[str] = []
    missing = {one.id: one.title for one in exercises}
    left_out, row = False, 0
    for line in text.splitlines():
        if line.strip() == MARK:
            left_out = not left_out
        elif not left_out and MARK not in line and (with_solutions or SOLUTIONS not in line):
            found = re.match(r"\| `(\d\d_\w+)` \|", line)
            if found is None or missing.pop(found[1], ""):
                lines.append(line)
            row = len(lines) if found else row
    lines[row:row] = [f"| `{id}` | {title} |" for id, title in missing.items()]  # of a course pack
    return "\n".join(lines) + "\n"


def _pyproject(text: str) -> str:
    """The kit's, without the tables that are for authors."""
    tables = re.split(r"^(?=\[)", text, flags=re.MULTILINE)
    return "".join(one for one in tables if not one.strip("[").startswith(FOR_AUTHORS)).rstrip() + "\n"


def _workflow(exercises: Sequence[Exercise], course: Course) -> str:
    """The workflow that judges each push to a learner's repository, for GitHub Classroom."""
    pages = Environment(
        autoescape=False, loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined
    )
    tests = [
        {"id": f"exercise-{one.number}", "file": one.id, "points": course.points_of(one)}
        for one in exercises
    ]
    return pages.get_template("classroom.yml").render(tests=tests)
