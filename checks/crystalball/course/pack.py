"""A course pack: an instructor's own exercises, laid into a copy of the kit.

A pack has the layout of the kit (`exercises/`, `solutions/`, `checks/`), a manifest `exercises.toml`, and
perhaps modules of mistakes in `mistakes/`. The copy is a whole kit: whatever can be done with this
one (grade, verify, hand out) is done with that one, by the same code, without a special case.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from crystalball.curriculum.course import COMPOSED, PACK
from crystalball.curriculum.manifest import MANIFEST, NotFound

OWN = ("exercises/*.py", "solutions/*.py", "checks/test_*.py", "checks/kit/promises/*.toml")
OWN_FOLDERS = ("checks/kit/mistakes/*/*", "checks/kit/variants/*/*")

KIT = (
    *("exercises", "solutions", "checks", "runs/README.md", "pyproject.toml", "README.md", "LICENSE"),
    *(".gitignore", ".github", ".vscode"),
)
"""Files and folders of a kit."""

LIBRARY = Path("checks/crystalball")

OLD = 24 * 3600
"""Seconds after which a copy that was made from something else is removed."""


def run_composed(root: Path, pack: Path) -> NoReturn:
    """Runs the command that was typed once more, by the copy of the kit that has the pack's exercises.

    Args:
        root: of the kit.
        pack: folder of the pack.

    Raises:
        NotFound: the pack is not one; the message says what to change.
    """
    path = [str(compose(root, pack) / "checks"), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, path))}
    command = [sys.executable, "-P", "-m", "crystalball.entry.cli", *sys.argv[1:]]
    if os.name == "posix":
        os.execve(sys.executable, command, environment)
    raise SystemExit(subprocess.run(command, env=environment, check=False).returncode)


def compose(root: Path, pack: Path) -> Path:
    """The copy of a kit with a pack laid into it; made once for the same kit and pack.

    Args:
        root: of the kit.
        pack: folder of the pack.

    Raises:
        NotFound: the pack is not one; the message says what to change.
    """
    files = sorted(_files(pack))
    ids = ids_of(pack)
    _must_fit(root, pack, ids)
    home = pack / ".crystalball"
    copy = home / f"kit-{_digest(root, pack, files)}"
    if not copy.is_dir():
        fresh = home / f"new-{os.getpid()}"
        shutil.rmtree(fresh, ignore_errors=True)
        _lay(root, fresh, pack, files, ids)
        try:
            fresh.replace(copy)
        except OSError:  # another command was faster
            shutil.rmtree(fresh, ignore_errors=True)
        _remove_old(home, copy)
    return copy


def _files(pack: Path) -> Iterator[Path]:
    """The pack's own files, from its folder."""
    for pattern in (*OWN, *OWN_FOLDERS, "mistakes/*.py"):
        for path in pack.glob(pattern):
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(pack)


def ids_of(pack: Path) -> list[str]:
    """The ids of a pack's own exercises; none where there is no pack yet.

    Args:
        pack: its folder.

    Raises:
        NotFound: its manifest is none.
    """
    path = pack / PACK
    if not path.exists():
        return []
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotFound(f"{path}: {error}") from None
    ids = [str(table.get("id")) for table in data.get("exercise", []) if isinstance(table, dict)]
    if set(data) - {"exercise"} or not ids:
        raise NotFound(f"{path}: it has tables [[exercise]] and nothing else. `crystalball new` adds one.")
    return ids


def _must_fit(root: Path, pack: Path, ids: list[str]) -> None:
    """Nothing of the pack stands in the place of something in the kit."""
    kit = tomllib.loads((root / LIBRARY / "curriculum" / MANIFEST).read_text(encoding="utf-8"))
    taken = {table["id"][:2]: table["id"] for table in kit["exercise"]}
    for id in ids:
        if id[:2] in taken:
            raise NotFound(f"{pack / PACK}: {id} has the number of {taken[id[:2]]}: take another one.")
        taken[id[:2]] = id
    for path in pack.glob("mistakes/*.py"):
        if (root / LIBRARY / "mistakes" / path.name).exists():
            raise NotFound(f"{path}: the kit has a module of that name: give it another one.")


def _digest(root: Path, pack: Path, files: list[Path]) -> str:
    """Another one whenever a file of the kit or of the pack is another one."""
    digest = hashlib.sha256(str(root).encode())
    own = [pack / path for path in (*files, Path(PACK))]
    for path in (*(path for path in _of_kit(root) if path.suffix != ".pyc"), *own):
        stat = path.stat()
        digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()[:12]


def _of_kit(root: Path) -> Iterator[Path]:
    """The files of a kit that a copy has too; what is compiled goes along, which saves seconds."""
    for name in KIT:
        top = root / name
        inside = sorted(top.rglob("*")) if top.is_dir() else [top]
        # Python writes what it compiles under another name first.
        yield from (
            path
            for path in inside
            if path.is_file() and (path.suffix == ".pyc" or path.parent.name != "__pycache__")
        )


def _lay(root: Path, fresh: Path, pack: Path, files: list[Path], ids: list[str]) -> None:
    for path in _of_kit(root):
        _copy(path, fresh / path.relative_to(root))
    library = fresh / "checks/crystalball"
    for path in files:
        mistakes = path.parts[0] == "mistakes"
        _copy(pack / path, (library if mistakes else fresh) / path)
        if mistakes:  # a module adds its mistakes to the catalogue when it is imported
            with (library / "mistakes/__init__.py").open("a", encoding="utf-8") as catalogue:
                catalogue.write(f"from crystalball.mistakes import {path.stem}\n")
    with (library / "curriculum" / MANIFEST).open("a", encoding="utf-8") as manifest:
        manifest.write(f"\n# Of the course pack {pack.name}.\n{(pack / PACK).read_text(encoding='utf-8')}")
    stubs = library / "curriculum/stubs.json"
    lines = json.loads(stubs.read_text(encoding="utf-8"))
    for id in ids:
        path = pack / "exercises" / f"{id}.py"
        lines[id] = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    stubs.write_text(json.dumps(lines, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    (fresh / COMPOSED).write_text(f"{pack}\n", encoding="utf-8")


def _copy(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, to)


def _remove_old(home: Path, copy: Path) -> None:
    for other in home.glob("kit-*"):
        if other != copy and other.stat().st_mtime < time.time() - OLD:
            shutil.rmtree(other, ignore_errors=True)
