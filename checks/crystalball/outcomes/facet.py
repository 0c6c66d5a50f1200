"""A facet of an outcome: one thing that a law speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class CurveFacet:
    """What stands under one tag."""

    tag: str

    def __str__(self) -> str:
        return f"curve {self.tag}"


class Trait(StrEnum):
    """What a law speaks of besides curves."""

    RUNS = "runs"
    NAME = "name"
    FILES = "files"
    DIRECTORIES = "directories"
    END = "end"
    LIVE = "live"
    CLOSED = "closed"


Facet = CurveFacet | Trait
