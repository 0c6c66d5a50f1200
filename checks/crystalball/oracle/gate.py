"""The gate: which cases train so steadily that no honest program can differ by rounding."""

from __future__ import annotations

import math

from crystalball.oracle.trace import Trace

UNSTEADY = 1e-5
"""Relative difference between a float32 and a float64 training from which a case is refused."""


def agree(trace: Trace, exact: Trace, limit: float = UNSTEADY) -> bool:
    """Whether two trainings of a case give the same numbers.

    Args:
        trace: of the training in float32.
        exact: of that in float64.
        limit: by which they may differ, in parts of a number.
    """
    parts = zip(trace.parts, exact.parts, strict=True)
    return (
        len(trace.epochs) == len(exact.epochs)
        and all(agree(one, other, limit) for one, other in parts)
        and all(
            _near(a.loss, b.loss, limit) and a.correct == b.correct
            for ours, theirs in zip(trace.epochs, exact.epochs, strict=True)
            for one, other in ((ours, theirs), (ours.validation, theirs.validation))
            for a, b in zip(one.batches, other.batches, strict=True)
        )
        and all(
            _near(a.gradient_norm, b.gradient_norm, limit)
            for a, b in zip(trace.epochs, exact.epochs, strict=True)
            # Which numbers make a loss infinite depends on the size of a float.
            if all(math.isfinite(batch.loss) for batch in a.batches)
        )
    )


def _near(a: float, b: float, limit: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= limit * abs(b)
