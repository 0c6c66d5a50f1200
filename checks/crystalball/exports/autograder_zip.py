"""A ready autograder for Gradescope: a zip with its setup, its run script and the kit without solutions."""

from __future__ import annotations

import shlex
import zipfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

SCRIPTS = Path(__file__).parent / "autograder"

KEPT = (
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "exercises/*.py",
    "checks/*.py",
    "checks/crystalball/**/*",
    "checks/kit/wheel.py",  # which pyproject.toml names: it is built with it
)
"""What the autograder needs of the kit; there are no solutions in it, which a submission might find."""


def write_autograder(path: Path, root: Path, options: Sequence[str], more: dict[str, Path]) -> None:
    """Writes the zip.

    Args:
        path: of the zip.
        root: of the kit.
        options: of `crystalball grade`, as they are typed.
        more: other files, by their names in the zip.
    """
    facts = {"@TORCH@": metadata.version("torch").partition("+")[0], "@OPTIONS@": shlex.join(options)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for script in sorted(SCRIPTS.iterdir()):
            text = script.read_text(encoding="utf-8")
            for mark, fact in facts.items():
                text = text.replace(mark, fact)
            info = zipfile.ZipInfo(script.name, (2026, 1, 1, 0, 0, 0))
            info.external_attr = 0o100755 << 16
            archive.writestr(info, text, zipfile.ZIP_DEFLATED)
        for file in _kit(root):
            archive.write(file, file.relative_to(root).as_posix())
        for name, file in more.items():
            archive.write(file, name)


def _kit(root: Path) -> Iterator[Path]:
    for pattern in KEPT:
        for file in sorted(root.glob(pattern)):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file
