"""The ways in, under a name that nobody else has: the command `crystalball`, and the plugin of pytest.

On the package index, `crystalball` is a radio astronomer's tool. Where that one is imported in our place,
whoever comes in here is told so, in one line.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

OTHER = (
    "The package `crystalball` that is installed here is not this course: it hides it. "
    "Make an environment of its own, as README.md says, or run: pip uninstall crystalball, "
    "then pip install --force-reinstall --no-deps crystal-ball-kit (in a clone: -e .)."
)

MISSING = (
    "Crystal Ball needs {0}, which this Python does not have: activate its environment (`source "
    ".venv/bin/activate`, on Windows `.venv\\Scripts\\activate`), or run pip install -e . in its folder."
)


@cache
def _trouble() -> str:
    """Why nothing can be done here; empty where nothing is in the way."""
    if find_spec("crystalball") is None or find_spec("crystalball.entry") is None:
        return OTHER
    try:
        import_module("crystalball.entry.plugin")
    except ModuleNotFoundError as error:
        return MISSING.format(error.name)
    return ""


def pytest_addoption(pluginmanager: Any) -> None:
    """Lets pytest see the plugin; the command does not wait for it."""
    if not _trouble():
        pluginmanager.register(import_module("crystalball.entry.plugin"), "crystalball.entry.plugin")


def pytest_configure(config: Any) -> None:
    """Says in a kit what is in its way; elsewhere, pytest is let alone."""
    if _trouble() and (Path(config.rootpath) / "checks" / "crystal_ball_kit.py").is_file():
        import pytest

        raise pytest.UsageError(_trouble())


def main() -> None:
    """The command `crystalball`."""
    try:
        from crystalball.entry.cli import main
    except ModuleNotFoundError as error:
        print(f"Error: {_trouble() or MISSING.format(error.name)}", file=sys.stderr)
        raise SystemExit(2) from None
    main()
