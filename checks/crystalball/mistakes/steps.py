"""Mistakes in the step."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.mistakes.language import ALL, Step, logged
from crystalball.mistakes.series import At, Clock, Quantity
from crystalball.outcomes.outcome import Curve, Outcome
from crystalball.reading.values import Value

LOSS = Quantity.LOSS
COUNTED = EPOCH, BATCH, WINDOW, OTHER = Clock.EPOCH, Clock.BATCH, Clock.WINDOW, Clock.OTHER
"""Where points stand at steps that count."""


def _moved(by: int) -> Step:
    return lambda at: at.right + by


def _stretched(by: int, start: float) -> Step:
    return lambda at: int(by * (at.place + start))


def _one_for_all(first: int, sign: int, turn: int) -> Step:
    """One counter, whatever the order in which a program logs its tags."""

    def step(at: At) -> int:
        index, count = at.series.place
        return at.place * count + (sign * index + turn) % count + first

    return step


def _count_of_drawings(first: int) -> Step:
    return lambda at: at.place + first if at.last > 0 else at.right


def _with_own(first: int) -> Step:
    """One counter for the batches and for the one curve of the epochs, as one that comes after them."""
    return lambda at: (at.epoch + 1) * (at.an_epoch + 1) + first


logged(
    "step_omitted",
    "No step was given, so that every point stands at step 0, on top of the others.",
    "Give each point its step, `writer.add_scalar(tag, value, global_step=step)`; where a function of "
    "yours logs, hand it the step.",
    Aspect.STEP,
).steps([lambda at: 0], ALL, COUNTED)

logged(
    "constant_step",
    "All points of the curve stand at the same step, on top of each other.",
    "Give a step that counts what is completed: the number of the epoch, or a counter of the batches.",
    Aspect.STEP,
    where=lambda series: max(series.curve.steps, default=0) > 0,
).steps(
    [
        lambda at: 1,
        lambda at: at.series.training.epochs if at.series.training else 0,
        lambda at: at.an_epoch,
        lambda at: at.an_epoch - 1,
        lambda at: at.last,
        lambda at: at.last + 1,
    ],
    ALL,
    COUNTED,
)

logged(
    "steps_from_zero",
    "Steps are one too small, as if they were counted from 0. A step counts what is completed: the first "
    "epoch, or batch, stands at step 1.",
    "The step must be one higher: take no 1 off; where you count from 0, log at `epoch + 1` or `step + 1`, "
    "or count from 1, `range(1, epochs + 1)`, where nothing else needs the count from 0.",
    Aspect.STEP,
).steps([lambda at: at.right - 1], ALL, COUNTED)

logged(
    "steps_from_two",
    "Each step is one too large: what counts from 1 already was raised by one.",
    "Give the step as it is: `global_step=epoch` where `epoch` counts from 1.",
    Aspect.STEP,
    where=lambda series: max(series.curve.steps, default=0) > 0,
).steps([lambda at: at.right + 1], ALL, (EPOCH, BATCH, OTHER))

logged(
    "step_not_zero",
    "The point stands at another step than 0.",
    "What belongs to the run as a whole stands at step 0: `global_step=0`.",
    Aspect.STEP,
    where=lambda series: set(series.curve.steps) == {0},
).steps([lambda at: 1, lambda at: 2, lambda at: 10])

logged(
    "steps_one_late",
    "Each point stands one step later than the batches that it tells of.",
    "Give the number of batches that are completed: raise the counter once for each batch, before you log.",
    Aspect.STEP,
).steps([lambda at: at.right + 1], LOSS, WINDOW)

logged(
    "steps_shifted",
    "All steps of the curve are shifted by the same number.",
    "The first point stands where the first epoch, or batch, is completed: at step 1.",
    Aspect.STEP,
).steps([_moved(by) for by in (-2, 2, 10, 100, 1000)], ALL, COUNTED)

logged(
    "steps_reversed",
    "The steps run backwards, so that the last point stands first.",
    "Count up, from 1: `range(1, epochs + 1)`.",
    Aspect.STEP,
).steps([lambda at: at.last - at.place, lambda at: at.last - at.place - 1], ALL, (EPOCH, BATCH, OTHER))

logged(
    "steps_stretched",
    "The steps are spread out: from one point to the next they rise by more than 1.",
    "The step rises by 1 from one point to the next: one for each epoch, or for each batch.",
    Aspect.STEP,
    where=lambda series: max(series.curve.steps, default=0) > 0,
).steps(
    [_stretched(by, start) for by in (2, 10, 100, 1000) for start in (0, 0.5, 1)],
    ALL,
    (EPOCH, BATCH, OTHER),
)

logged(
    "one_counter_for_all_tags",
    "The step rose with each `add_scalar`, whatever its tag: one counter for several curves.",
    "Raise the step of a curve once for each of its points, which is each epoch or each batch, not with "
    "each call.",
    Aspect.STEP,
).steps(
    [_one_for_all(first, sign, turn) for first in (0, 1) for sign in (1, -1) for turn in range(4)],
    ALL,
    (EPOCH, BATCH),
).steps([lambda at: at.batches + at.epoch, lambda at: at.batches + at.epoch - 1], LOSS, BATCH).steps(
    [_with_own(first) for first in (0, -1)], ALL, EPOCH
)

logged(
    "steps_run_on",
    "The steps run on from one run to the next: the second run begins where the first one ended.",
    "Count from 1 in each run: set the step back before each training.",
    Aspect.STEP,
    where=lambda series: series.run > 0,
).steps([lambda at: at.series.run * at.last + at.right, lambda at: at.series.run * at.last + at.right - 1])

AT_BATCHES: list[Step] = [
    lambda at: at.batches,
    lambda at: at.batches - 1,
    lambda at: at.batches + 1,
    lambda at: at.epoch * at.an_epoch,
    lambda at: at.batches + at.an_epoch,
]
"""Steps of an epoch's curve that count batches."""

logged(
    "one_step_for_both_curves",
    "The step counts what that of the other curve should count: batches belong to `Loss/Batch`, epochs to "
    "`Loss/Train`.",
    "Log `Loss/Batch` at the number of batches so far, and `Loss/Train` at the number of epochs.",
    Aspect.STEP,
    where=lambda series: series.beside_batches,
).steps([lambda at: at.epoch + 1, lambda at: at.epoch], LOSS, (BATCH, WINDOW)).steps(AT_BATCHES, ALL, EPOCH)

logged(
    "epoch_curve_at_batches",
    "The points of an epoch's curve stand at numbers of batches, not at the number of epochs.",
    "Log what belongs to an epoch at the number of epochs completed: 1, 2, 3, …",
    Aspect.STEP,
    where=lambda series: not series.beside_batches,
).steps(AT_BATCHES, ALL, EPOCH)

logged(
    "validation_steps_shifted",
    "The curves of the validation stand at other steps than those of the training, so that they "
    "cannot be compared.",
    "Log all curves of an epoch at the same step: the number of epochs completed.",
    Aspect.STEP,
    where=lambda series: series.validation,
).steps([lambda at: at.right - 1, lambda at: at.right + 1, *AT_BATCHES], ALL, EPOCH)

logged(
    "epoch_curve_at_samples",
    "The points of an epoch's curve stand at numbers of samples, not at the number of epochs.",
    "Log what belongs to an epoch at the number of epochs completed: 1, 2, 3, …",
    Aspect.STEP,
).steps([lambda at: at.samples, lambda at: at.epoch * at.data_set], ALL, EPOCH)

logged(
    "steps_count_points",
    "The steps count the points, not the batches or the epochs.",
    "Give as the step what the docstring counts: the number of batches so far, or that of epochs.",
    Aspect.STEP,
).steps([lambda at: at.place + 1, lambda at: at.place], LOSS, WINDOW).steps(
    [_count_of_drawings(1), _count_of_drawings(0)], Quantity.THING
)


def _later(step: int, value: Value, by: int) -> tuple[int, Value]:
    return step + by, value


@mistake(
    Aspect.STEP,
    "All steps of a curve are later than they should be, in some calls if not in all: as where a counter "
    "goes on from the number at which an earlier call ended.",
    "Set the counter to its start inside of the function, where it stands outside: there it keeps its "
    "number between two calls.",
    last_resort=True,
)
def steps_from_an_earlier_call(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """All steps of a curve later by one number, which is adopted."""
    outcome = truth
    for tag in truth.tags:
        wanted = next((run.curves[tag] for run in truth.runs if tag in run.curves), Curve(()))
        first = 10 if context.seen is None else min(context.seen_curve(tag).steps, default=0)
        later = first - min(wanted.steps, default=first)
        if later > 0:
            outcome = outcome.map_points(partial(_later, by=later), [tag])
    yield outcome


logged(
    "step_cut_to_epochs",
    "The step counts epochs in parts, such as 1.33, which are cut to whole numbers: batches share a step.",
    "Count the batches of the whole training: `step += 1` for each.",
    Aspect.STEP,
).steps([lambda at: at.batches // at.an_epoch, lambda at: 1 + at.batches // at.an_epoch], LOSS, Clock.BATCH)
