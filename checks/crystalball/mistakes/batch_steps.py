"""Mistakes in the step of batches, which count over all epochs."""

from __future__ import annotations

from collections.abc import Callable

from crystalball.mistakes.catalogue import Aspect
from crystalball.mistakes.language import Step, logged
from crystalball.mistakes.series import At
from crystalball.mistakes.steps import BATCH, LOSS, WINDOW


def _epoch_plus_batch(by: int) -> Step:
    return lambda at: at.epoch + at.batch + by


def _wider(more: int, start: int) -> Step:
    return lambda at: at.epoch * (at.an_epoch + more) + at.batch + start


def _size(at: At) -> int:
    return at.size


def _first_size(at: At) -> int:
    return min(at.size, at.data_set)


def _full_batches(size: Callable[[At], int], start: int) -> Step:
    return lambda at: at.epoch * (at.data_set // size(at)) + at.batch + start


def _samples_in_batches(size: Callable[[At], int], start: int) -> Step:
    return lambda at: at.epoch * at.data_set // size(at) + at.batch + start


def _data_set(at: At) -> int:
    return at.data_set


def _always(steps: int) -> Step:
    return lambda at: steps


def _wide_epochs(wide: Callable[[At], int], first: int, start: int) -> Step:
    return lambda at: (at.epoch + first) * wide(at) + at.batch + start


logged(
    "step_resets_each_epoch",
    "The steps of `Loss/Batch` start again in each epoch, so that the epochs lie on top of each other.",
    "Count the batches over the whole training, so that the first one stands at step 1: set a counter to 0 "
    "once, before the first epoch, and add 1 for each batch before you log it.",
    Aspect.STEP,
).steps([lambda at: at.batch, lambda at: at.batch - 1], LOSS, BATCH)

logged(
    "epoch_times_batch",
    "The step of `Loss/Batch` is epoch times batch: several batches share a step, and others are skipped.",
    "Count the batches with one counter, or use `epoch * len(loader) + batch` with both from 0, plus 1.",
    Aspect.STEP,
).steps(
    [
        lambda at: (at.epoch + 1) * at.batch,
        lambda at: (at.epoch + 1) * (at.batch - 1),
        lambda at: at.epoch * at.batch,
        lambda at: at.epoch * (at.batch - 1),
    ],
    LOSS,
    (BATCH, WINDOW),
)

logged(
    "epoch_plus_batch",
    "The step of `Loss/Batch` is epoch plus batch: several batches share a step.",
    "Count the batches with one counter, or use `epoch * len(loader) + batch` with both from 0, plus 1.",
    Aspect.STEP,
).steps([_epoch_plus_batch(by) for by in (-1, 0, 1)], LOSS, (BATCH, WINDOW))

logged(
    "steps_count_samples",
    "The steps of `Loss/Batch` count samples, not batches.",
    "Add 1 to the step for each batch, not `len(inputs)`.",
    Aspect.STEP,
).steps(
    [
        lambda at: at.samples,
        lambda at: at.samples_before,
        lambda at: at.samples_before + 1,
        lambda at: at.size * at.batches,
        lambda at: min(at.size, at.data_set) * at.batches,
        lambda at: at.size * (at.batches - 1),
    ],
    LOSS,
    (BATCH, WINDOW),
)

logged(
    "samples_divided_by_batch_size",
    "The step of `Loss/Batch` is the number of the samples so far, divided by the batch size: a smaller "
    "last batch adds too little to it.",
    "Add 1 to the step for each batch, whatever its size is.",
    Aspect.STEP,
).steps(
    [
        lambda at: at.samples // at.size,
        lambda at: -(-at.samples // at.size),
        lambda at: at.samples_before // at.size,
        lambda at: at.samples_before // at.size + 1,
        lambda at: at.samples // at.first_size,
        lambda at: at.samples_before // at.first_size + 1,
    ],
    LOSS,
    (BATCH, WINDOW),
)

OTHER_LENGTHS: list[Step] = [
    *(_wider(more, start) for more in (1, -1) for start in (0, -1)),
    *(
        batches(size, start)
        for batches in (_full_batches, _samples_in_batches)
        for size in (_first_size, _size)
        for start in (0, -1)
    ),
]
"""Steps of batches by another length of an epoch than its own."""

logged(
    "gap_between_epochs",
    "The steps of `Loss/Batch` do not run on from one epoch to the next: there is a gap, or two batches "
    "share a step, where a new epoch begins.",
    "An epoch has `len(loader)` batches: the first batch of the next one has the very next step.",
    Aspect.STEP,
).steps(
    [
        *OTHER_LENGTHS,
        *(
            _wide_epochs(wide, first, start)
            for wide in (*map(_always, (10, 100, 1000, 10000)), _data_set, _size)
            for first in (0, 1)
            for start in (0, -1)
        ),
    ],
    LOSS,
    (BATCH, WINDOW),
)

logged(
    "shifted_by_an_epoch",
    "The steps of `Loss/Batch` are shifted by an epoch, as happens when `epoch` counts from 1: the very "
    "first batch stands where the second epoch should begin, or a step before that, and not at 1.",
    "Count the batches with one counter, or use `(epoch - 1) * len(loader)` plus the number of the batch "
    "in its epoch, from 1.",
    Aspect.STEP,
).steps(
    [lambda at: at.batches + at.an_epoch, lambda at: at.batches + at.an_epoch - 1], LOSS, (BATCH, WINDOW)
)
