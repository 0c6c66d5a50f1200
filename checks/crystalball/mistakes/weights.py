"""Mistakes in the moment at which weights are logged: theirs are those of another one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from crystalball.cases.inside.parts import LoaderFailure
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.mistakes.histograms import begun_epochs, tags_of, told_epochs, with_histograms
from crystalball.outcomes.outcome import Outcome
from crystalball.reading.values import Histogram, Value


@mistake(
    Aspect.VALUE,
    "Older weights than those after an epoch stand there: those from before its last optimizer step, or "
    "from before the epoch, or the training.",
    "Take the weights where the loop over the batches is over, after its last optimizer step, and log "
    "these alone.",
)
def weights_too_old(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """By a step, by an epoch (logged before or after it), or those of the start besides."""
    told = told_epochs(context)
    for index, epochs in ((-1, told), (0, begun_epochs(context, 0)), (0, told)):
        old = [epoch.batches[index].weights for epoch in context.trace.epochs[:epochs]]
        yield with_histograms(truth, "Weights/", old)
    first = context.trace.batches[0].weights
    for tag in tags_of(truth, ("Weights/",)):
        after = [point for run in truth.runs for point in run.curves[tag].points]
        truth = truth.with_points(tag, [(0, first[tag.partition("/")[2]]), *after])
    yield truth


@mistake(
    Aspect.VALUE,
    "At every step stand the weights that were left when the training ended: what was kept of an epoch, to "
    "be logged later, was no copy of them.",
    "Log the weights as soon as the epoch is completed, or keep `parameter.detach().clone()`: what "
    "`detach()`, `cpu()` and `numpy()` give shares its memory with the parameter.",
)
def weights_of_the_end(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Those after the last epoch, or from where the training broke off, at each step."""
    last, failure = context.trace.epochs[-1].weights, context.training.find(LoaderFailure)
    if failure:
        epoch = context.trace.epochs[failure.epoch]
        last = epoch.weights if failure.of_validation else epoch.batches[failure.batch].weights
    for tag in tags_of(truth, ("Weights/",)):
        truth = truth.map_points(partial(_left, last[tag.partition("/")[2]]), [tag])
    yield truth


def _left(left: Histogram, step: int, value: Value) -> tuple[int, Value]:
    return step, left
