"""Mistakes in the value: what was summed, and what it was divided by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate, combinations

from crystalball.cases.inside.parts import Cadence, Sweep
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.oracle.trace import Epoch, Pass
from crystalball.outcomes.outcome import EXACT, Curve, Outcome

LOSS = "Loss/Train"
BATCH_LOSS = "Loss/Batch"


FINAL = {"Loss/Train": "Final/Loss", "Loss/Validation": "Final/Validation"}
"""The metric that an epoch curve ends in."""

FEW = 4
"""Tags of which every choice is looked at."""


def some(tags: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Choices of at least one tag, all of them first.

    Of a few tags every choice; of many those that a program is likely to make: all, one group such
    as `Weights/…`, or all but one group. They are as many in every case of an exercise.
    """
    tags = tuple(tags)
    if len(tags) <= FEW:
        for count in range(len(tags), 0, -1):
            yield from combinations(tags, count)
        return
    groups: dict[str, list[str]] = {}
    for tag in tags:
        groups.setdefault(tag.partition("/")[0], []).append(tag)
    yield tags
    yield from map(tuple, groups.values())
    yield from (tuple(tag for tag in tags if tag not in group) for group in groups.values())


def _samples_sum(epoch: Pass) -> float:
    return sum(batch.loss * batch.size for batch in epoch.batches)


def _means_sum(epoch: Pass) -> float:
    return sum(batch.loss for batch in epoch.batches)


def _right(epoch: Pass) -> int:
    return sum(batch.correct for batch in epoch.batches)


def _samples(epoch: Pass) -> int:
    return epoch.samples


def _batches(epoch: Pass) -> int:
    return len(epoch.batches)


def each(
    truth: Outcome, context: Context, quantity: str, value: Callable[[Pass], float]
) -> Iterator[Outcome]:
    """The truth with another value for each walk over a loader.

    One way for each choice of the curves of this quantity: training, validation, or both. In a sweep
    each run has a training of its own; a cadence walks in windows.
    """
    tag = f"{quantity}/Train"
    if context.training.find(Sweep) and tag in truth.tags:
        walks = dict(zip((run.name for run in truth.runs), context.trace.parts, strict=False))
        yield truth.map_runs(
            lambda run: run.with_curve(
                tag, run.curves[tag].with_values([value(epoch) for epoch in walks[run.name].epochs])
            )
        )
        return
    cadence = context.training.find(Cadence)
    if cadence and quantity == "Loss":
        windows = context.trace.windows(cadence.log_every).values()
        yield truth.with_values(BATCH_LOSS, [value(window) for window in windows])
    epochs = _epochs(context)
    values = {
        tag: [value(epoch) for epoch in epochs],
        f"{quantity}/Validation": [value(e.validation) for e in epochs if e.validation.batches],
    }
    for tags in some(tag for tag in values if tag in truth.tags):
        changed = truth
        for tag in tags:
            changed = changed.with_values(tag, values[tag])
            if tag in FINAL and values[tag]:  # which most programs take from the same variable
                changed = changed.with_values(FINAL[tag], values[tag][-1:])
        yield changed


def _epochs(context: Context) -> Sequence[Epoch]:
    """The epochs; of several ranks, those of all together. Those of a sweep are in its parts alone."""
    if context.training.ranks == 1:
        return context.trace.epochs
    same = zip(*(part.epochs for part in context.trace.parts), strict=True)
    return [Epoch(tuple(batch for epoch in epochs for batch in epoch.batches)) for epochs in same]


def _ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    return [a / b for a, b in zip(above, below, strict=True)]


@mistake(
    Aspect.VALUE,
    "This is the loss of the epoch's last batch, not the mean over the epoch.",
    "Add up the loss of every batch while you go through them, and divide at the end of the epoch.",
)
def last_batch_for_mean(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Logs the last batch of each epoch; of several ranks, some mean of their last batches."""
    if context.training.ranks > 1:
        same = list(zip(*(part.epochs for part in context.trace.parts), strict=True))
        lasts = [Pass(tuple(epoch.batches[-1] for epoch in epochs)) for epochs in same]
        yield truth.with_values(LOSS, [walk.mean_loss for walk in lasts])
        yield truth.with_values(LOSS, [_means_sum(walk) / len(walk.batches) for walk in lasts])
        return
    yield from each(truth, context, "Loss", lambda walk: walk.batches[-1].loss)


@mistake(
    Aspect.VALUE,
    "This is a sum over the epoch, not a mean: it grows with the size of the data set.",
    "Divide the sum by the number of samples in the epoch.",
)
def sum_for_mean(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Logs the sum over the samples, or that of the batches' means."""
    yield from each(truth, context, "Loss", _samples_sum)
    yield from each(truth, context, "Loss", _means_sum)


@mistake(
    Aspect.VALUE,
    "Every batch counted the same, so the samples of the smaller last batch count too much.",
    "Weigh each batch by its size: add `loss.item() * len(inputs)`, divide by the number of samples.",
)
def mean_of_batch_means(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Logs the mean over the batches."""
    yield from each(truth, context, "Loss", lambda walk: _means_sum(walk) / len(walk.batches))


@mistake(
    Aspect.VALUE,
    "A sum, or the count of samples, was never set back: each epoch still holds what the epochs before it "
    "had added.",
    "Set every sum, and the count of samples, to 0 at the start of each epoch.",
)
def never_reset(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Sums over all epochs so far, or counts, or both; of samples, or of batches' means."""
    epochs = _epochs(context)
    if not epochs:
        yield truth
        return
    walks: dict[str, Sequence[Pass]] = {"Train": epochs, "Validation": [e.validation for e in epochs]}
    curves = [f"{quantity}/{kind}" for quantity in ("Loss", "Accuracy") for kind in walks]
    for loss, count in ((_samples_sum, _samples), (_means_sum, _batches), (_means_sum, _samples)):
        for sums_last, counts_last in ((True, False), (True, True), (False, True)):
            for tags in some(tag for tag in curves if tag in truth.tags):
                outcome = truth
                for quantity, kind in (tag.split("/") for tag in tags):
                    added = loss if quantity == "Loss" else _right
                    counted = count if quantity == "Loss" else _samples
                    sums = _series(added, walks[kind], lasts=sums_last)
                    counts = _series(counted, walks[kind], lasts=counts_last)
                    outcome = outcome.with_values(f"{quantity}/{kind}", _ratios(sums, counts))
                yield outcome


def _series(number: Callable[[Pass], float], walks: Sequence[Pass], *, lasts: bool) -> list[float]:
    """A number of each walk, or of all walks so far together when what was added lasts."""
    numbers = [number(walk) for walk in walks]
    return list(accumulate(numbers)) if lasts else numbers


@mistake(
    Aspect.VALUE,
    "A sum over the validation was divided by a count of the training: of its samples, or of its batches.",
    "Count the samples of `val_loader` in a variable of its own, from 0 in each epoch; divide by that.",
)
def divided_by_training_samples(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The validation's loss, its accuracy, or both."""
    epochs = context.trace.epochs
    for loss, count in ((_samples_sum, _samples), (_means_sum, _batches)):
        for tags in some(("Loss/Validation", "Accuracy/Validation")):
            outcome = truth
            for tag in tags:
                added, counted = (loss, count) if tag.startswith("Loss") else (_right, _samples)
                values = [added(e.validation) / counted(e) for e in epochs]
                outcome = outcome.with_values(tag, values)
            yield outcome


@mistake(
    Aspect.VALUE,
    "A sum or a count of the validation begins with that of the training: it was not set back in between.",
    "Set the sums and the count of samples to 0 before the validation too, or use variables of its own.",
)
def carried_into_validation(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The sums hold both walks, or the count of samples does, or all of them."""
    epochs = context.trace.epochs
    both = [Pass(epoch.batches + epoch.validation.batches) for epoch in epochs]
    alone = [epoch.validation for epoch in epochs]
    for added, counted in ((both, both), (alone, both), (both, alone)):
        for tags in some(("Loss/Validation", "Accuracy/Validation")):
            outcome = truth
            for tag in tags:
                number = _samples_sum if tag.startswith("Loss") else _right
                outcome = outcome.with_values(
                    tag, _ratios([number(walk) for walk in added], [walk.samples for walk in counted])
                )
            yield outcome


@mistake(
    Aspect.VALUE,
    "The batches' mean losses were added up and then divided by the number of samples: "
    "the mean was taken twice.",
    "`loss.item()` is a mean already: add `loss.item() * len(inputs)`, then divide by the samples.",
)
def divided_by_samples_after_batch_means(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Adds means, divides by samples."""
    yield from each(truth, context, "Loss", lambda walk: _means_sum(walk) / walk.samples)


@mistake(
    Aspect.VALUE,
    "Each loss was weighed by the size of its batch, but the sum was divided by the number of batches.",
    "Divide by the number of samples, as it is samples that you weighed by: `total / samples`.",
)
def weighed_sum_over_batches(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Adds up over samples, divides by batches."""
    yield from each(truth, context, "Loss", lambda walk: _samples_sum(walk) / len(walk.batches))


@mistake(
    Aspect.VALUE,
    "Each loss was weighed by `loader.batch_size`, as if each batch were full; the last may be smaller.",
    "Weigh each batch by the samples that it has: `loss.item() * len(inputs)`.",
)
def weighed_by_batch_size(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """One weight for all batches, though the sum is divided by the samples that there are."""
    size = context.training.batch_size
    yield from each(truth, context, "Loss", lambda walk: size * _means_sum(walk) / walk.samples)


@mistake(
    Aspect.VALUE,
    "`Loss/Train` has a point for each batch, not one for each epoch.",
    "Log after the loop over the batches, not inside it: move `add_scalar` one level to the left.",
)
def point_for_each_batch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The batch's loss, or what was collected so far, at the step of the epoch, or counted on."""
    epochs = context.trace.epochs
    if not epochs:
        yield truth
        return
    parts = [(e, Pass(walk.batches[:n])) for e, walk in enumerate(epochs, 1) for n in _numbers(walk)]
    for value in (lambda part: part.batches[-1].loss, lambda part: part.mean_loss, _mean_of_means):
        values = [value(part) for _, part in parts]
        for steps in ([epoch for epoch, _ in parts], range(1, len(parts) + 1)):
            yield truth.with_points(LOSS, zip(steps, values, strict=True))


def _numbers(walk: Pass) -> range:
    return range(1, len(walk.batches) + 1)


def _mean_of_means(walk: Pass) -> float:
    return _means_sum(walk) / len(walk.batches)


@mistake(
    Aspect.VALUE,
    "`Loss/Batch` holds a mean over the epoch, not the loss of each batch.",
    "Log `loss.item()` of the batch itself under `Loss/Batch`.",
)
def epoch_mean_on_batch_curve(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Logs the epoch's mean, or the running one, for each batch."""
    epochs = context.trace.epochs
    yield truth.with_values(BATCH_LOSS, [e.mean_loss for e in epochs for _ in e.batches])
    means: list[float] = []
    simple: list[float] = []
    for epoch in epochs:
        done = [Pass(epoch.batches[: n + 1]) for n in range(len(epoch.batches))]
        means += [part.mean_loss for part in done]
        simple += [_means_sum(part) / len(part.batches) for part in done]
    yield truth.with_values(BATCH_LOSS, means)
    yield truth.with_values(BATCH_LOSS, simple)


@mistake(
    Aspect.VALUE,
    "The values were rounded before they were logged.",
    "Log the number as it is: TensorBoard rounds what it shows, and keeps what you give it.",
)
def values_rounded(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Rounds to 0 to 4 digits, under all tags or some."""
    for tags in some(truth.tags):
        for digits in range(5):
            yield truth.map_curves(partial(_rounded, digits=digits), tags)


def _rounded(curve: Curve, digits: int) -> Curve:
    """The curve with its numbers rounded; what is no number stays."""
    if not all(isinstance(value, float) for value in curve.values):
        return curve
    return replace(curve.map(lambda step, value: (step, round(value, digits))), rtol=EXACT)


@mistake(
    Aspect.VALUE,
    "Value and step changed places: the step was logged as the value.",
    "The order is `add_scalar(tag, value, step)`; with `global_step=` it cannot go wrong.",
)
def value_and_step_swapped(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Logs the step as the value, at the step that is the whole part of the value."""
    yield truth.map_points(lambda step, value: (int(value), float(step)))
    yield truth.map_points(lambda step, value: (int(value), float(step - 1)))
