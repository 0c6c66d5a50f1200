"""CB3xx: values that cannot be right, or do not go together."""

from __future__ import annotations

import math
from collections.abc import Iterator

from crystalball.doctor.diagnostics import Severity, Spot, rule
from crystalball.doctor.summaries import CurveSummary, Runs, RunSummary

SHARES = {"acc", "accuracy", "precision", "recall", "f1", "auc", "auroc", "iou", "dice", "top1", "top5"}
"""Words of tags whose values are shares of a whole."""

MOVES = SHARES | {
    "loss",
    "losses",
    "error",
    "nll",
    "perplexity",
    "mse",
    "mae",
    "rmse",
    "bleu",
    "wer",
    "norm",
}
"""Words of tags whose values a training changes: others (a rate, a size) may stay as they are."""

FEW = 5
"""With fewer points is said of a curve's form."""


@rule(
    "CB301",
    Severity.ERROR,
    "The curve holds NaN: from there on the training computes nothing any more.",
    "Look at the steps before it: a smaller learning rate, clipped gradients, no `log` or division of 0.",
)
def not_a_number(runs: Runs) -> Iterator[Spot]:
    """Values that are no number."""
    for run, curve in runs.curves():
        odd = curve.nan
        if odd.count:
            what = f"NaN, here first; {odd.count} of {curve.count} points in all."
            yield Spot(run.path, what, curve.tag, odd.step, run.files[odd.file].path)


@rule(
    "CB302",
    Severity.ERROR,
    "The curve holds infinite values: something overflowed.",
    "Look at the steps before it: a smaller learning rate, clipped gradients, or no division by 0.",
)
def infinite(runs: Runs) -> Iterator[Spot]:
    """Values beyond all numbers."""
    for run, curve in runs.curves():
        odd = curve.infinite
        # What overflows is often NaN a step later: one diagnostic says it.
        if odd.count and not (curve.nan.count and curve.nan.step <= odd.step):
            what = f"Infinite, here first; {odd.count} of {curve.count} points in all."
            yield Spot(run.path, what, curve.tag, odd.step, run.files[odd.file].path)


@rule(
    "CB303",
    Severity.WARNING,
    "The curve never moves, though a training should change it.",
    "Log the value of each epoch, not one computed once; if it is right, ask whether the optimizer steps "
    "and holds the model's parameters.",
)
def constant_curve(runs: Runs) -> Iterator[Spot]:
    """A loss, an error or an accuracy with the same value at every step."""
    for run, curve in runs.curves():
        still = curve.count >= FEW and curve.low == curve.high and curve.finite
        solved = curve.words & SHARES and curve.high in (1, 100)
        # Points that share a step say nothing of time.
        if still and curve.words & MOVES and not solved and curve.last > curve.first:
            what = f"All {curve.count} points are {curve.low:.5g}."
            yield Spot(run.path, what, curve.tag, curve.first)


@rule(
    "CB305",
    Severity.WARNING,
    "An accuracy goes beyond 100: it is no share, and no percentage; it may count how many were right.",
    "Divide by the number of samples that were counted, so that sets of other sizes can be compared.",
)
def count_for_a_share(runs: Runs) -> Iterator[Spot]:
    """Accuracies and the like beyond 100."""
    for run, curve in runs.curves():
        if curve.words & SHARES and curve.low >= 0 and 100 < curve.high < math.inf:
            yield Spot(run.path, f"It reaches {curve.high:.6g}.", curve.tag)


@rule(
    "CB304",
    Severity.WARNING,
    "Of two curves of one kind, one stays within 0 and 1, the other is in percent or a count.",
    "Log shares in [0, 1] everywhere: side by side, the other one looks flat.",
)
def units_differ(runs: Runs) -> Iterator[Spot]:
    """Accuracies and the like in two units, in one run or in runs side by side."""
    fractions: dict[tuple[object, str], tuple[RunSummary, CurveSummary]] = {}
    for run, curve in runs.curves():
        if curve.low >= 0 and 0 < curve.high <= 1:
            for word in curve.words & SHARES:
                fractions.setdefault((run.path.parent, word), (run, curve))
    for run, curve in runs.curves():
        keys = [(run.path.parent, word) for word in sorted(curve.words & SHARES)]
        other = next((fractions[key] for key in keys if key in fractions), None)
        if other and curve.low >= 0 and 1.5 < curve.high <= 100:
            where = "" if other[0] is run else f" of `{other[0].path.name}`"
            what = f"It reaches {curve.high:.4g}; `{other[1].tag}`{where} stays within 0 and 1."
            yield Spot(run.path, what, curve.tag)
