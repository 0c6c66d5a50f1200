"""The whole kit as files: what a clone holds, so that a wheel carries it and `crystalball init` unfolds it.

The building of the wheel imports this before anything is installed: the standard library is all it needs.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

LIBRARY = "checks/crystalball"

PACKED = "kit.zip"
"""The file of an installed library that holds the rest of the kit."""

FOLDERS = ("exercises", "solutions", "checks", ".github", ".vscode", ".ci")

FILES = ("LICENSE", "README.md", "pyproject.toml", ".gitignore", "runs/README.md")

LEFT, MADE = ("__pycache__", ".hypothesis", ".pytest_cache", ".mypy_cache"), (".pyc", ".egg-info", PACKED)
"""How the names begin and end of what the use of a kit leaves behind in these folders."""


def kit_files(root: Path) -> Iterator[Path]:
    """The files of the kit, without what its use leaves behind.

    Args:
        root: of the kit.
    """
    yield from (path for name in FILES if (path := root / name).is_file())
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            below = path.relative_to(root / folder).parts
            if path.is_file() and not any(part.startswith(LEFT) or part.endswith(MADE) for part in below):
                yield path


def pack(root: Path, archive: Path) -> None:
    """Writes the zip that an installed library unfolds: all of a kit but the library itself.

    Args:
        root: of the kit.
        archive: the zip.
    """
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in kit_files(root):
            name = path.relative_to(root).as_posix()
            if not name.startswith(f"{LIBRARY}/"):
                entry = zipfile.ZipInfo(name)  # of 1980: the same kit makes the same bytes
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = path.stat().st_mode << 16
                packed.writestr(entry, path.read_bytes())


def unfold(library: Path, root: Path) -> None:
    """Makes the folder that a clone would be.

    Args:
        library: the package `crystalball`: an installed one, or that of a clone.
        root: a new folder.
    """
    packed = library / PACKED
    clone = library.parents[1]
    files = {
        f"{LIBRARY}/{path.relative_to(library).as_posix()}": path
        for path in library.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and path != packed
    }
    if not packed.is_file():
        files = {path.relative_to(clone).as_posix(): path for path in kit_files(clone)}
    for name, source in files.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
        target.chmod(source.stat().st_mode & 0o777 | 0o600)
    if packed.is_file():
        with zipfile.ZipFile(packed) as rest:
            for entry in rest.infolist():
                Path(rest.extract(entry, root)).chmod(entry.external_attr >> 16 & 0o777 | 0o600)
