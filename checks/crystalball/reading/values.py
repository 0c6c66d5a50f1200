"""What may stand at a step: a number, a histogram, a picture, a text, and what describes a whole run.

Each kind of value knows when what was logged agrees with it. The tolerances are those of FACTS: what
differs between two honest programs (bins, the layout of a grid, the indent of a JSON text) is no
difference.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from crystalball.reading.pictures import Picture, Sprites

GRAPH, HPARAMS, LAYOUT = "the model's graph", "the hyperparameters", "the custom layout"
"""Stand for the tag of what has none of its own."""


MOST_DIGITS = 9
"""Digits that tell any two numbers of 32 bits apart."""

SHORTEST_FENCE = 3
"""Signs of a code fence of Markdown, at least."""

REMEMBERED = 64
"""Texts that were read as JSON, whose data is remembered: rivals ask for the same ones again."""


class Histogram(msgspec.Struct, frozen=True, tag=True):
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

    def scaled(self, by: float) -> Histogram:
        """That of all numbers times another.

        Args:
            by: the other, which is positive.
        """
        return Histogram(self.min * by, self.max * by, self.num, self.sum * by, self.sum_squares * by * by)

    def text(self, digits: int, *, sums: bool = False) -> str:
        """What it holds, in words.

        Args:
            digits: of each number, at least; more where the largest looks like the smallest.
            sums: tells the sums too.
        """
        ends = self.min, self.max
        while digits < MOST_DIGITS and ends[0] < ends[1] and len({f"{end:.{digits}g}" for end in ends}) < 2:
            digits += 1
        more = f", sum {self.sum:.{digits}g}, of squares {self.sum_squares:.{digits}g}" if sums else ""
        return f"{self.num:g} numbers, {self.min:.{digits}g} to {self.max:.{digits}g}{more}"

    def __str__(self) -> str:
        return self.text(4)

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


class Json(msgspec.Struct, frozen=True, tag=True):
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
        return self == (_as_json(seen) if isinstance(seen, str) else seen)

    def __str__(self) -> str:
        return self.text


@lru_cache(REMEMBERED)
def _as_json(text: str) -> Json | None:
    """The data of a text; `None` where it is no JSON."""
    try:
        return Json.of(json.loads(without_fence(text)))
    except (ValueError, RecursionError):
        return None


def without_fence(text: str) -> str:
    """A Markdown text without the code fence around it.

    Args:
        text: as it was logged. Nothing here takes more than a few walks over it.
    """
    text = text.strip()
    first, _, rest = text.partition("\n")
    language = first.lstrip(first[:1])
    fence = first.removesuffix(language)
    is_fence = len(fence) >= SHORTEST_FENCE and fence[0] in "`~" and rest.endswith(fence)
    fenced = is_fence and re.fullmatch(r"\w*", language)
    return rest.removesuffix(fence).strip() if fenced else text


class Graph(msgspec.Struct, frozen=True, tag=True):
    """A model's graph, by the modules in it, as `Conv2d[0]`."""

    modules: tuple[str, ...]

    def agrees(self, seen: object, rtol: float) -> bool:
        """Whether a graph holds all these modules; it may hold more."""
        return isinstance(seen, Graph) and set(self.modules) <= set(seen.modules)

    def __str__(self) -> str:
        return "a graph of " + (", ".join(sorted(self.modules)) or "nothing")


class Hparams(msgspec.Struct, frozen=True, tag=True):
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


class Layout(msgspec.Struct, frozen=True, tag=True):
    """A custom layout: the tags (regular expressions, to TensorBoard) of each of its charts."""

    charts: tuple[tuple[str, ...], ...]

    def agrees(self, seen: object, rtol: float) -> bool:
        """Whether a layout has a chart of just these curves, for each of these charts."""
        drawn = [set(chart) for chart in seen.charts] if isinstance(seen, Layout) else []
        return all(set(chart) in drawn for chart in self.charts)

    def resolved(self, tags: Sequence[str], known: Collection[str] = ()) -> Layout:
        """The layout with the curves that each chart draws; a pattern that draws none stays as it is.

        Args:
            tags: of all curves of the run.
            known: these are no patterns any more.
        """
        return Layout(tuple(tuple(_drawn(chart, tags, known)) for chart in self.charts))

    def __str__(self) -> str:
        charts = "; ".join(" and ".join(chart) for chart in self.charts)
        return f"charts of {charts}" if charts else "no Multiline chart"


def _drawn(patterns: Sequence[str], tags: Sequence[str], known: Collection[str]) -> dict[str, None]:
    drawn = (
        [tag for tag in tags if pattern not in known and _matches(pattern, tag)] or [pattern]
        for pattern in patterns
    )
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


class Unopened(msgspec.Struct, frozen=True, tag=True):
    """What is named and not opened: TensorBoard's writers make no such thing.

    Attributes:
        what: it is, with its article.
    """

    what: str

    def agrees(self, seen: object, rtol: float) -> bool:
        """Whether it is the same: nothing is known of it."""
        return False

    def __str__(self) -> str:
        return f"{self.what}, which is not opened"


Value = float | str | Histogram | Picture | Sprites | Json | Graph | Hparams | Layout | Unopened
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
