"""Mistakes in how many epochs are trained, but for those that an early stop makes."""

from __future__ import annotations

from collections.abc import Iterator

from crystalball.cases.inside.parts import Drawing
from crystalball.mistakes.catalogue import Aspect, Context, mistake, training_mistake
from crystalball.mistakes.drawn_epochs import SPRITES, drawn_from_zero
from crystalball.mistakes.series import BATCH_LOSS
from crystalball.oracle.flaws import Flaw
from crystalball.outcomes.outcome import Outcome


@mistake(
    Aspect.TRAINING,
    "The training was one epoch short: the last epoch is missing.",
    "`range(1, epochs)` has only epochs - 1 turns: use `range(1, epochs + 1)`.",
    shorter=True,
)
def one_epoch_short(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The last epoch was not trained, nor met what fails in it; what waits for it may never be drawn."""
    yield truth
    drawing, last = context.training.find(Drawing), context.training.epochs - 1
    waits = drawing and last > 1 and last % drawing.every
    early = any(run.curves["Stopped/Epoch"].points for run in truth.runs if "Stopped/Epoch" in run.curves)
    drawn = [SPRITES] if waits and not early else []
    yield truth.map_curves(lambda curve: curve.with_points(p for p in curve.points if p[0] != last), drawn)


def _longer(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Epochs count from 1, or from 0."""
    yield truth
    if context.training.find(Drawing):
        truth = drawn_from_zero(truth, context, {2, len(context.trace.epochs)})
    curves = {tag: curve for run in truth.runs for tag, curve in run.curves.items()}
    by_epochs = [tag for tag, curve in curves.items() if tag != BATCH_LOSS and curve.steps[:1] == (1,)]
    yield truth.map_points(lambda step, value: (step - 1, value), by_epochs)


training_mistake(
    "one_epoch_long",
    Flaw.ONE_EPOCH_MORE,
    why="One epoch more was trained than was asked for, as with `range(epochs + 1)`, which begins at 0, or "
    "`range(1, epochs + 2)`.",
    next="Use `range(1, epochs + 1)`: it has `epochs` turns, from 1 to `epochs`.",
    predict=_longer,
)
