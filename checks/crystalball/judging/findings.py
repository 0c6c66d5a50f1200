"""A finding: one difference between what was left and what was expected, as it is told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from os.path import commonprefix
from typing import Any

import msgspec

from crystalball.cases.inside.case import Case
from crystalball.judging.readable import readable
from crystalball.outcomes.difference import Difference
from crystalball.outcomes.end import End
from crystalball.outcomes.facet import Facet
from crystalball.outcomes.outcome import Curve
from crystalball.outcomes.run_name import ConventionalName
from crystalball.reading.pictures import Picture, Sprites
from crystalball.reading.values import Value

ROWS = 5
"""Rows of the table around the first difference."""

LONGEST_TEXT = 120
"""Characters of a value in words."""

NOT_FINITE: dict[object, float] = {repr(value): value for value in (math.nan, math.inf, -math.inf)}
"""Numbers that JSON does not know, by their strings in it."""


@dataclass(frozen=True)
class Row:
    """One step of a curve: what was logged there, and what was expected; `None` for no point.

    A value that is no number is told in words. The step is `None` where it does not matter.
    """

    step: int | None
    logged: float | str | None
    expected: float | str | None
    agrees: bool

    def __post_init__(self) -> None:
        for side in ("logged", "expected"):  # what `Verdict.to_json` could write as a string alone
            value = getattr(self, side)
            object.__setattr__(self, side, NOT_FINITE.get(value, value))


FindingSide = End | tuple[ConventionalName | str | int, ...] | int | str
"""One side of a finding: how a call ended; names of directories, or how many epochs could be seen at each
look; a number of files, folders or writers; of a curve, how often its one value was written, in words."""


@dataclass(frozen=True)
class Finding:
    """One difference between what was left and what was expected.

    Attributes:
        facet: what it is about.
        run: the name of the run that it is about, where there should be several.
        expected: what was expected; empty for a curve that has rows.
        seen: likewise.
        rows: of a curve, around the first difference.
        hidden: rows that are not shown.
        call: what the call that it is about is called, where there are several.
        instead: of a curve without points, the tags in that run that nobody asked for.
    """

    facet: Facet
    run: ConventionalName | str = ""
    expected: FindingSide = ""
    seen: FindingSide = ""
    rows: tuple[Row, ...] = ()
    hidden: int = 0
    call: str = ""
    instead: tuple[str, ...] = ()

    @classmethod
    def of(cls, difference: Difference, case: Case) -> Finding:
        """The finding that tells a difference.

        Args:
            difference: between truth and observation.
            case: on which it was seen.
        """
        expected, seen = difference.expected, difference.seen
        if isinstance(expected, Curve) and isinstance(seen, Curve):
            return cls._of_curves(difference, expected, seen)
        expected, seen = _readable(expected), _readable(seen)
        call = "" if difference.call is None else case.call(difference.call)
        return cls(difference.facet, difference.run, expected, seen, call=call)

    @classmethod
    def _of_curves(cls, difference: Difference, expected: Curve, seen: Curve) -> Finding:
        if _elsewhere(expected, seen):
            once, often = (_places(curve, expected) for curve in (expected, seen))
            return cls(difference.facet, difference.run, once, often)
        rows = _rows(expected, seen)
        first = next((i for i, row in enumerate(rows) if not row.agrees), 0)
        start = max(0, min(first - 1, len(rows) - ROWS))
        shown = tuple(rows[start : start + ROWS])
        instead = tuple(map(readable, difference.instead))
        hidden = len(rows) - len(shown)
        return cls(difference.facet, difference.run, rows=shown, hidden=hidden, instead=instead)


def _readable(told: Any) -> Any:
    """What is told, with all text in it made readable."""
    if isinstance(told, str):
        return readable(told)
    if isinstance(told, tuple | frozenset):
        return type(told)(map(_readable, told))
    if isinstance(told, msgspec.Struct):
        return type(told)(*map(_readable, msgspec.structs.astuple(told)))
    return told


def _elsewhere(expected: Curve, seen: Curve) -> bool:
    """Whether one value that belongs to the whole run was written, but too often or elsewhere."""
    if len(expected.points) != 1 or not seen.points:
        return False
    if expected.any_step:
        return len(seen.points) > 1
    return not isinstance(expected.values[0], (int, float)) and seen.steps != expected.steps


def _places(curve: Curve, expected: Curve) -> str:
    """How often a value was written, and at which steps, where that matters."""
    times = "once" if len(curve.points) == 1 else f"{len(curve.points)} times"
    if expected.any_step:
        return times
    steps = [str(step) for step in dict.fromkeys(curve.steps)]
    told = ", ".join(steps[:ROWS]) + ", …" * (len(steps) > ROWS)
    return f"{times}, at step{'s' * (len(steps) > 1)} {told}"


def _rows(expected: Curve, seen: Curve) -> list[Row]:
    """Both curves side by side: points of one step are paired in the order of their logging."""
    rows = []
    wanted, logged = (_by_step(curve, expected.any_step) for curve in (expected, seen))
    for step in sorted({*wanted, *logged}, key=lambda step: step or 0):
        want, got = wanted.get(step, []), logged.get(step, [])
        for i in range(max(len(want), len(got))):
            a, b = (values[i] if i < len(values) else None for values in (want, got))
            agrees = (
                a is not None
                and b is not None
                and Curve(((0, a),), expected.rtol).agrees(Curve(((0, b),)), 1)
            )
            told, asked = _cut(_told(b, a), _told(a))
            if told == asked and not agrees and not isinstance(told, float):
                told, asked = _cut(repr(b), repr(a))
            rows.append(Row(step, told, asked, agrees))
    return rows


def _by_step(curve: Curve, any_step: bool) -> dict[int | None, list[Value]]:
    values: dict[int | None, list[Value]] = {}
    for step, value in curve.points:
        values.setdefault(None if any_step else step, []).append(value)
    return values


def _told(value: Value | None, expected: Value | None = None) -> float | str | None:
    """A value as it is told: a number as it is, all else in words."""
    if value is None or isinstance(value, (int, float)):
        return value
    if isinstance(expected, Sprites) and isinstance(value, Picture):
        found = expected.found_in(value)
        return f"{found} of the {len(expected.pictures)} in {value.width} x {value.height} pixels"
    return " ".join(readable(str(value)).split())


def _cut(*told: float | str | None) -> list[float | str | None]:
    """Words that are too long, cut to where they begin to differ."""
    texts = [text for text in told if isinstance(text, str)]
    same = len(commonprefix(texts)) if len(texts) > 1 else 0  # noqa: RUF071  # these are no paths
    start = max(0, same - LONGEST_TEXT // 2) if max(map(len, texts), default=0) > LONGEST_TEXT else 0
    return [_part(text, start) if isinstance(text, str) else text for text in told]


def _part(text: str, start: int) -> str:
    end = start + LONGEST_TEXT
    return "…" * (start > 0) + text[start:end] + "…" * (len(text) > end)
