"""Budgets: how much of what a stranger wrote is read. What is more is told, and not read."""

from __future__ import annotations

import math
from dataclasses import dataclass


class TooMuch(Exception):
    """There is more than the budget allows; the message says of what."""


@dataclass
class Budget:
    """What is still read, of files that a stranger wrote.

    Attributes:
        size: bytes of event files.
        entries: points and restarts.
        tags: of all files, each for itself.
        parts: nodes of graphs, hyperparameters, names of metrics, patterns of layouts.
        pixels: of all pictures together.
    """

    size: float = math.inf
    entries: float = math.inf
    tags: float = math.inf
    parts: float = math.inf
    pixels: float = math.inf

    def spend(self, **counts: int) -> None:
        """Counts down.

        Args:
            counts: of each attribute, what was met, or is about to be.

        Raises:
            TooMuch: nothing is left.
        """
        for name, count in counts.items():
            left = getattr(self, name) - count
            setattr(self, name, left)
            if left < 0:
                raise TooMuch(f"more {WORDS[name]} than are read")


WORDS = {
    "size": "bytes",
    "entries": "points",
    "tags": "tags",
    "parts": "nodes, metrics or patterns",
    "pixels": "pixels",
}
"""What a budget counts."""

A_CASE = Budget(size=8 * 1024 * 1024, entries=5000, tags=250, parts=50_000, pixels=2**18)
"""What is read of one case, at most: one asks for some dozen points, and leaves some dozen kilobytes."""
