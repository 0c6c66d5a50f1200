"""Mistakes at the ends of a curve: its first point, or its last one."""

from __future__ import annotations

from itertools import pairwise

from crystalball.mistakes.catalogue import Aspect
from crystalball.mistakes.language import Points, logged
from crystalball.mistakes.points import REPEATED, is_repeated, of

last_twice = logged(
    "last_point_twice",
    "The last point was logged twice.",
    "Log each point once: what the loop has logged already needs no further call after it.",
    Aspect.STEP,
).single(
    [
        of(lambda points: points + points[-1:]),
        lambda points, series: points if series.failure else points + points[-1:],  # after the loop
    ]
)


logged(
    "first_point_missing",
    "The first point is missing.",
    "Look at where your loop, or your condition, begins: the first turn is logged too, at the first step.",
    Aspect.STEP,
    where=is_repeated,
).single([of(lambda points: points[1:])], clock=REPEATED)


def _one_early(points: Points) -> Points:
    """All values but the first, at the steps from the first on."""
    return [(step, value) for (step, _), (_, value) in pairwise(points)]


logged(
    "first_value_missing",
    "The first value was never logged, and each of the others stands one step too early.",
    "Begin with the first value: the n-th one stands at the n-th step.",
    Aspect.STEP,
    where=is_repeated,
).single([of(_one_early)], clock=REPEATED)

logged(
    "last_value_missing",
    "The last point is missing: the loop, or what is logged in it, ended one too early.",
    "Look at where your loop stops: `range(n)` already leaves out n, and `range(1, n)` has n - 1 turns.",
    Aspect.STEP,
    where=is_repeated,
).single([of(lambda points: points[:-1])], clock=REPEATED)
