"""The catalogue of mistakes, a module a theme."""

from crystalball.mistakes import lifetime, means, runs, steps, tags, training
from crystalball.mistakes.catalogue import CATALOGUE, Mistake, Slot, World

__all__ = [
    "CATALOGUE",
    "Mistake",
    "Slot",
    "World",
    "lifetime",
    "means",
    "runs",
    "steps",
    "tags",
    "training",
]
