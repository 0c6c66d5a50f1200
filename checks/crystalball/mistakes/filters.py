"""Mistakes in what becomes of a number before it is logged."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import accumulate
from typing import Any

from crystalball.mistakes.language import Filter, logged
from crystalball.mistakes.series import Clock, Quantity
from crystalball.mistakes.values import ACCURACY, LOSS, MEANS, RATE, batch_size
from crystalball.oracle.trace import Batch


def _each(change: Callable[[float], float]) -> Filter:
    return lambda values, series: [change(value) for value in values]


def _series_of(change: Callable[[Sequence[float]], Sequence[float]]) -> Filter:
    return lambda values, series: change(values)


def _smoothed(values: Sequence[float], share: float) -> list[float]:
    """An exponential mean in which the old one keeps this share."""
    return list(accumulate(values, lambda old, new: share * old + (1 - share) * new))


def _from_zero(values: Sequence[float], share: float) -> list[float]:
    return _smoothed([0.0, *values], share)[1:]


def _corrected(values: Sequence[float], share: float) -> list[float]:
    """The same from 0, over what it would be of ones alone."""
    smoothed = enumerate(_from_zero(values, share), start=1)
    return [value / (1 - share**count) for count, value in smoothed]


SMOOTHINGS = (_smoothed, _from_zero, _corrected)
"""Exponential means: from the first number on, from 0, and from 0 with its bias corrected."""


def _mean_of_last(values: Sequence[float], count: int) -> list[float]:
    parts = (values[max(0, n - count) : n] for n in range(1, len(values) + 1))
    return [sum(part) / len(part) for part in parts]


def whole(value: Any) -> int:
    """The whole part of a number; 0 of one that is not finite."""
    return int(value) if math.isfinite(value) else 0


def _half(value: float) -> float:
    """The nearest number of 16 bits; infinity when there is none."""
    with suppress(OverflowError):
        return float(struct.unpack("e", struct.pack("e", value))[0])
    return math.copysign(math.inf, value)


def _significant(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def _with_rounded_loss(batch: Batch, digits: int) -> Batch:
    return replace(batch, loss=round(batch.loss, digits))


rounded = logged(
    "values_rounded",
    "Numbers were rounded: those that were logged, or those of the batches that they are made of.",
    "Leave each number as it is: TensorBoard rounds what it shows, and keeps what you give it.",
)
for _digits in range(1, 5):
    rounded.filters([_each(partial(round, ndigits=_digits))])
    rounded.each([partial(_with_rounded_loss, digits=_digits)], LOSS, MEANS)
rounded.filters([_each(_half), *(_each(partial(_significant, digits=digits)) for digits in (2, 3, 4))])
rounded.filters([_each(lambda value: float(whole(round(value, 0))))], (LOSS, RATE, Quantity.OTHER))
rounded.filters([_each(lambda value: float(whole(value)))], (LOSS, RATE, Quantity.OTHER))

logged(
    "whole_number_division",
    "The accuracy was cut to a whole number: it is 0 unless every prediction was right.",
    "Divide with `/`, not with `//`, and leave `int()` away.",
).filters([_each(lambda value: float(whole(value)))], ACCURACY)

logged(
    "percent",
    "The accuracy was logged in percent; it was asked for as a share from 0 to 1.",
    "Do not multiply by 100.",
).filters([_each(lambda value: 100 * value)], ACCURACY)

logged(
    "scaled",
    "The values are a fixed multiple of the right ones: they were multiplied or divided once too often.",
    "Log the number itself; look for a factor such as 100, a number of pixels, or a minus sign.",
).filters([_each(lambda value: 100 * value)], LOSS).filters(
    [_each(lambda value: value / 100)], (LOSS, ACCURACY)
).filters([_each(lambda value: 768 * value), _each(lambda value: 256 * value)], LOSS).filters(
    [_each(lambda value: -value)], (LOSS, ACCURACY, RATE)
).filters([lambda values, series: [value * batch_size((), series) for value in values]], LOSS)

logged(
    "best_so_far",
    "Each point is the best value so far, not that of its epoch.",
    "Log what this epoch gave; keep the best in a variable of its own.",
).filters(
    [
        _series_of(lambda values: list(accumulate(values, min))),
        _series_of(lambda values: list(accumulate(values, max))),
    ],
    (LOSS, ACCURACY),
)

smoothed = logged(
    "smoothed",
    "What was logged was smoothed, over the points or over the batches: it still holds a share of older "
    "numbers.",
    "Log just the number that was asked for, and no moving average: TensorBoard has a slider that smooths.",
)
for _share in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99):
    for _how in SMOOTHINGS:
        smoothed.filters([_series_of(partial(_how, share=_share))], (LOSS, ACCURACY))

running = logged(
    "mean_over_points",
    "From the second point on what stands there is a mean over several values, all so far or the last few, "
    "not the value of the point alone.",
    "Log the value of this point alone: nothing is added up, or divided, from one point to the next.",
).filters(
    [_series_of(lambda values: _mean_of_last(values, len(values)))],
    (LOSS, ACCURACY, RATE),
    set(Clock) - {Clock.BATCH},  # of batches that is `mean_since_start_on_batch_curve`
)
for _count_ in (2, 3, 5):
    running.filters([_series_of(partial(_mean_of_last, count=_count_))], (LOSS, ACCURACY, RATE))

logged(
    "one_behind",
    "From the second on, each point holds the value that belongs to the point before it.",
    "Log a value after it was computed, not before: move `add_scalar` below the line that makes it.",
).filters(
    [
        _series_of(lambda values: [0.0, *values[:-1]]),
        _series_of(lambda values: [values[0], *values[:-1]] if values else []),
    ],
    (LOSS, ACCURACY),
)

logged(
    "one_value_for_all",
    "Every point holds the same value: that of the first, or of the last.",
    "Log inside the loop, the value of this turn.",
).filters(
    [
        _series_of(lambda values: [values[0]] * len(values)),
        _series_of(lambda values: [values[-1]] * len(values)),
    ],
    (LOSS, ACCURACY),
)

logged(
    "in_reversed_order",
    "The values stand in reversed order: the last at the first step.",
    "Log each value when it is there, or go through the list from its beginning.",
).filters([_series_of(lambda values: values[::-1])], (LOSS, ACCURACY, RATE, Quantity.OTHER))
