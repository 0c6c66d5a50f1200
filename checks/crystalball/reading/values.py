"""What may stand at a step: a number, a histogram, a picture, a text, and what describes a whole run.

Each kind of value knows when what was logged agrees with it. The tolerances are those of FACTS: what
differs between two honest programs (bins, the layout of a grid, the indent of a JSON text) is no
difference.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crystalball.reading.pictures import Picture, Sprites

GRAPH, HPARAMS, LAYOUT = "the model's graph", "the hyperparameters", "the custom layout"
"""Stand for the tag of what has none of its own."""


LONGEST_FENCED = 10_000
"""Characters of a text whose code fence is looked for."""


@dataclass(frozen=True)
class Histogram:
    """What a histogram keeps of all its numbers, whatever its bins.

    Attributes:
        min: the smallest number.
        max: the largest.
        num: how many.
        sum: of all.
        sum_squares: of all.
    """

    min: float
    max: float
    num: float
    sum: float
    sum_squares: float

    def agrees(self, seen: object, rtol: float) -> bool:
        """Whether another histogram is that of the same numbers.

        A sum may be near 0 by cancellation, so its tolerance is that of its terms.
        """
        if not isinstance(seen, Histogram) or self.num != seen.num:
            return False
        largest = max(abs(self.min), abs(self.max))
        return (
            close(self.min, seen.min, rtol, rtol * largest)
            and close(self.max, seen.max, rtol, rtol * largest)
            and close(self.sum, seen.sum, rtol, rtol * largest * self.num)
            and close(self.sum_squares, seen.sum_squares, rtol)
        )

    def __str__(self) -> str:
        return f"{self.num:g} numbers, {self.min:.4g} to {self.max:.4g}"

    @classmethod
    def of(cls, parts: Iterable[Histogram]) -> Histogram:
        """The histogram of the numbers of some others.

        Args:
            parts: the other histograms.
        """
        parts = tuple(parts)
        return cls(
            min(part.min for part in parts),
            max(part.max for part in parts),
            sum(part.num for part in parts),
            sum(part.sum for part in parts),
            sum(part.sum_squares for part in parts),
        )


@dataclass(frozen=True)
class Json:
    """A text that reads back as some data, without its code fence and however it is spaced.

    Attributes:
        text: the data as JSON, with sorted keys.
    """

    text: str

    @classmethod
    def of(cls, data: object) -> Json:
        """The value that stands for data.

        Args:
            data: whatever JSON can hold.
        """
        return cls(json.dumps(data, sort_keys=True))

    def agrees(self, seen: object, rtol: float) -> bool:
        """Whether a text is JSON of the same data."""
        if isinstance(seen, Json):
            return self == seen
        try:
            return isinstance(seen, str) and Json.of(json.loads(without_fence(seen))) == self
        except (ValueError, RecursionError):
            return False

    def __str__(self) -> str:
        return self.text


def without_fence(text: str) -> str:
    """A Markdown text without the code fence around it.

    Args:
        text: as it was logged.
    """
    if len(text) > LONGEST_FENCED:  # the pattern may take the square of the length
        return text
    fenced = re.fullmatch(r"\s*(`{3,}|~{3,})\w*\n(.*?)\n?\s*\1\s*", text, re.DOTALL)
    return (fenced[2] if fenced else text).strip()


@dataclass(frozen=True)
class Graph:
    """A model's graph, by the modules in it, as `Conv2d[0]`."""

    modules: tuple[str, ...]

    def agrees(self, seen: object, rtol: float) -> bool:
        """Whether a graph holds all these modules; it may hold more."""
        return isinstance(seen, Graph) and set(self.modules) <= set(seen.modules)

    def __str__(self) -> str:
        return "a graph of " + (", ".join(sorted(self.modules)) or "nothing")


@dataclass(frozen=True)
class Hparams:
    """The hyperparameters of a run.

    Attributes:
        values: by name; numbers and booleans as floats.
        metrics: names of the curves that the run is measured by.
    """

    values: Json
    metrics: tuple[str, ...]

    @classmethod
    def of(cls, values: Mapping[str, Any], metrics: Iterable[str]) -> Hparams:
        """From numbers, strings and booleans; what is none of these has become its `str`.

        Args:
            values: by name.
            metrics: names of the curves that the run is measured by.
        """
        kept = {name: _as_kept(value) for name, value in values.items()}
        return cls(Json.of(kept), tuple(sorted(metrics)))

    def agrees(self, seen: object, rtol: float) -> bool:
        """Whether these are the values, and these metrics are named; there may be more."""
        return (
            isinstance(seen, Hparams)
            and self.values == seen.values
            and set(self.metrics) <= set(seen.metrics)
        )

    def __str__(self) -> str:
        values = json.loads(self.values.text).items()
        told = ", ".join(f"{name}={x:g}" if isinstance(x, float) else f"{name}={x}" for name, x in values)
        metrics = ", ".join(dict.fromkeys(self.metrics))
        return f"{told}; {f'metrics {metrics}' if metrics else 'no metrics'}"


def _as_kept(value: Any) -> float | str:
    """As torch's `add_hparams` keeps it: booleans, too, become numbers."""
    return float(value) if isinstance(value, (int, float)) else str(value)


@dataclass(frozen=True)
class Layout:
    """A custom layout: the tags (regular expressions, to TensorBoard) of each of its charts."""

    charts: tuple[tuple[str, ...], ...]

    def agrees(self, seen: object, rtol: float) -> bool:
        """Whether a layout has a chart of just these curves, for each of these charts."""
        drawn = [set(chart) for chart in seen.charts] if isinstance(seen, Layout) else []
        return all(set(chart) in drawn for chart in self.charts)

    def resolved(self, tags: Sequence[str]) -> Layout:
        """The layout with the curves that each chart draws; a pattern that draws none stays as it is.

        Args:
            tags: of all curves of the run.
        """
        return Layout(tuple(tuple(_drawn(chart, tags)) for chart in self.charts))

    def __str__(self) -> str:
        charts = "; ".join(" and ".join(chart) for chart in self.charts)
        return f"charts of {charts}" if charts else "no charts"


def _drawn(patterns: Sequence[str], tags: Sequence[str]) -> dict[str, None]:
    drawn = ([tag for tag in tags if _matches(pattern, tag)] or [pattern] for pattern in patterns)
    return dict.fromkeys(tag for some in drawn for tag in some)


def _matches(pattern: str, tag: str) -> bool:
    """Whether TensorBoard draws a curve for a pattern: the tag begins with it.

    A pattern is hostile until proven otherwise: without a repeated group, and with two repetitions at
    most, none can be slow on a short tag.
    """
    if tag.startswith(pattern):
        return True
    repetitions = sum(map(pattern.count, "*+?{"))
    if max(len(pattern), len(tag)) > 100 or repetitions > 2 or re.search(r"\)[*+?{]", pattern):
        return False
    try:
        return re.match(pattern, tag) is not None
    except (re.error, OverflowError, RecursionError):
        return False


Value = float | str | Histogram | Picture | Sprites | Json | Graph | Hparams | Layout
"""What may stand at a step; a `str` is a text as it was logged."""


def close(a: float, b: float, rtol: float, atol: float = 0.0) -> bool:
    """Whether two numbers agree; two NaN do.

    Args:
        a: one number.
        b: the other.
        rtol: relative tolerance.
        atol: absolute tolerance.
    """
    return a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=rtol, abs_tol=atol)


def agree(expected: Value, seen: Value, rtol: float) -> bool:
    """Whether what was logged is what was expected.

    Args:
        expected: the truth, or what a mistake predicts.
        seen: what was logged.
        rtol: relative tolerance of numbers.
    """
    if isinstance(expected, (int, float)) and isinstance(seen, (int, float)):
        return close(expected, seen, rtol)
    if isinstance(expected, (int, float, str)):
        return expected == seen
    return expected.agrees(seen, rtol)
