"""Small healthy trainings, each logged by a library that people use, as its own documentation shows.

A function that has `@layout` writes the runs of one program below a folder. It imports its library itself:
each is run in a process of its own, by `bench/layouts.py`.
"""

from collections.abc import Callable
from pathlib import Path

LAYOUTS: dict[str, Callable[[Path], object]] = {}
"""By library and name: `lightning/fit`."""

FAILED = ": it did not run: "
"""What stands between the name of a program and what it raised."""


def layout(library: str) -> Callable[[Callable[[Path], object]], Callable[[Path], object]]:
    """Adds a program.

    Args:
        library: whose writing it is about.
    """

    def add(program: Callable[[Path], object]) -> Callable[[Path], object]:
        LAYOUTS[f"{library}/{program.__name__}"] = program
        return program

    return add
