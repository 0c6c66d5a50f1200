"""What the kit runs on: versions, what is missing and how to get it, and how strangers are kept in."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

import crystalball
from crystalball.curriculum.manifest import NotFound
from crystalball.entry.terminal import kit_root
from crystalball.words.console import Signs, labelled, prose

LIBRARIES = ("torch", "tensorboard", "tbparse", "pytest", "hypothesis", "numpy", "google-crc32c")
"""Those on which verdicts depend."""

SANDBOX = "crystalball.jail.levels"
"""A learner's hand-out has none: it is not imported as others are."""


def version() -> str:
    """The name and the version of the kit, in one line."""
    return f"Crystal Ball {crystalball.__version__}"


def self_report(signs: Signs) -> tuple[RenderableType, bool]:
    """What the kit runs on, and whether all that it needs is there.

    Args:
        signs: that the terminal can show.
    """
    table = Table.grid(padding=(0, 2))
    missing = []
    for name, found in _versions():
        table.add_row(Text("  "), name, found or Text("missing", "red"))
        if not found:
            missing.append(name)
    parts: list[RenderableType] = [Text(version(), "bold"), table, *_sandbox(), *_tensorflow()]
    if missing:
        parts.append(
            labelled("Next", prose(f"`pip install {' '.join(missing)}`, or `pip install -e .` again."))
        )
    else:
        parts.append(Text(f"{signs.done} All that the exercises need is here.", "green"))
    return Group(*parts), not missing


def _versions() -> Iterator[tuple[str, str]]:
    yield "Python", f"{platform.python_version()}, {sys.executable}"
    yield "system", f"{platform.system()} {platform.release()}, {platform.machine()}"
    yield "library", str(Path(crystalball.__file__).parent)
    try:
        yield "course", str(kit_root())
    except NotFound:
        yield "course", "none in this folder or above it"
    for name in LIBRARIES:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            yield name, ""


def _sandbox() -> Iterator[RenderableType]:
    """How well the code of strangers is kept in; only instructors ask."""
    if find_spec(SANDBOX.rpartition(".")[0]) and find_spec(SANDBOX):
        yield labelled(
            "Sandbox", prose(import_module(SANDBOX).find_level().sentence), width=9, style="default"
        )


def _tensorflow() -> Iterator[RenderableType]:
    """TensorBoard uses TensorFlow where there is one; then each start takes seconds."""
    if find_spec("tensorflow"):
        yield prose("`tensorflow` is installed here: TensorBoard loads it, and starts slower for it.")
