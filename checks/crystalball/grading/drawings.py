"""The drawings of a student's page: a logged curve and the expected one.

A few lines of our own instead of a plotting library: a class of a thousand has ten thousand of them, and a
library takes a tenth of a second and fifteen kilobytes for each.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from crystalball.judging.findings import Finding, Points
from crystalball.judging.verdict import Verdict
from crystalball.words.facets import facet_name
from crystalball.words.findings import most_telling

WIDTH, HEIGHT = 320, 120
"""Of a drawing, in its own units."""


@dataclass(frozen=True)
class Drawing:
    """Two curves, ready to be drawn.

    Attributes:
        title: what they are of.
        logged: its points, as SVG has them.
        expected: likewise.
        low: the lowest value of both.
        high: the highest.
        first: the first step of both.
        last: the last.
    """

    title: str
    logged: tuple[tuple[float, float], ...]
    expected: tuple[tuple[float, float], ...]
    low: str
    high: str
    first: int
    last: int


def drawings(verdict: Verdict) -> Iterator[Drawing]:
    """The drawings of the differences that are told in full.

    Args:
        verdict: any.
    """
    for finding in most_telling(verdict.findings)[0]:
        if finding.curves and max(map(len, finding.curves)) > 1:
            drawing = _drawing(finding, *finding.curves)
            if drawing:
                yield drawing


def _drawing(finding: Finding, logged: Points, expected: Points) -> Drawing | None:
    steps = [step for step, _ in (*logged, *expected)]
    values = [value for _, value in (*logged, *expected)]
    low, high, first, last = min(values), max(values), min(steps), max(steps)
    if not math.isfinite(high - low):
        return None

    def place(points: Points) -> tuple[tuple[float, float], ...]:
        across, up = (last - first) or 1, (high - low) or 1
        return tuple(
            (round(WIDTH * (step - first) / across, 1), round(HEIGHT * (high - value) / up, 1))
            for step, value in points
        )

    title = facet_name(finding.facet) + (f", run `{finding.run}`" if finding.run else "")
    return Drawing(title, place(logged), place(expected), f"{low:.4g}", f"{high:.4g}", first, last)
