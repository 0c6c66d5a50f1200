"""Mistakes in the learning rate, and in when its schedule is stepped."""

from __future__ import annotations

from collections.abc import Iterator

from crystalball.mistakes.catalogue import Aspect, Context, mistake, training_mistake
from crystalball.oracle.flaws import Flaw
from crystalball.outcomes.outcome import Outcome

RATE = "LearningRate"


def _read_late(truth: Outcome, context: Context) -> Outcome:
    return truth.with_values(RATE, [epoch.rates_after[0] for epoch in context.trace.epochs])


training_mistake(
    "scheduler_each_batch",
    Flaw.SCHEDULER_EACH_BATCH,
    Flaw.SCHEDULER_EACH_BATCH_READ_LATE,
    Flaw.SCHEDULER_EACH_BATCH_READ_IN_THE_LAST,
    why="The scheduler was stepped after every batch, so that the learning rate fell far too soon.",
    next="Call `scheduler.step()` once an epoch, after the loop over the batches.",
)
training_mistake(
    "scheduler_before_epoch",
    Flaw.SCHEDULER_FIRST,
    why="The scheduler was stepped before the epoch's training, so that each epoch, the first one too, was "
    "trained with the rate of the next.",
    next="First all batches of the epoch and its points, then `scheduler.step()`.",
    predict=lambda truth, context: [truth, _read_late(truth, context)],
)
training_mistake(
    "rate_by_get_lr",
    Flaw.GET_LR_BEFORE_STEP,
    Flaw.GET_LR_AFTER_STEP,
    why="`scheduler.get_lr()` is what the scheduler itself computes with: whoever else calls it gets, in "
    "some epochs, another number than the rate in use.",
    next='Read `optimizer.param_groups[0]["lr"]`, or `scheduler.get_last_lr()[0]`, before '
    "`scheduler.step()`.",
    predict=lambda truth, context: [_read_late(truth, context)],
)
training_mistake(
    "scheduler_never",
    Flaw.NO_SCHEDULER,
    why="The scheduler was never stepped: the learning rate stayed as it was.",
    next="Call `scheduler.step()` once an epoch, after the loop over the batches.",
)


@mistake(
    Aspect.VALUE,
    "The rate was read after `scheduler.step()`: it is that of the next epoch.",
    "Read the rate before `scheduler.step()`, while it is still the one that the optimizer used.",
)
def rate_read_after_step(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The next epoch's rate."""
    yield _read_late(truth, context)


@mistake(
    Aspect.VALUE,
    "The same rate was logged for every epoch, though the schedule changed it.",
    'Read `optimizer.param_groups[0]["lr"]` in each epoch, not once before the loop; `optimizer.defaults` '
    "never changes.",
)
def initial_rate_for_ever(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The first rate, again and again, or the one that the optimizer was made with."""
    for rate in (context.trace.epochs[0].rates[0], context.training.lr):
        yield truth.with_values(RATE, [rate] * len(context.trace.epochs))


@mistake(
    Aspect.STEP,
    "The rate was logged once, not in each epoch.",
    "Log it inside the loop over the epochs.",
)
def rate_logged_once(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The first point alone, where it should stand or at step 0, or the last one."""
    first = truth.sliced(slice(1), [RATE])
    yield first
    yield first.map_points(lambda step, rate: (step - 1, rate), [RATE])
    yield truth.sliced(slice(-1, None), [RATE])


@mistake(
    Aspect.VALUE,
    "This is the rate of another parameter group than the first.",
    'Read `optimizer.param_groups[0]["lr"]`.',
)
def wrong_parameter_group(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The last group, or the mean of all."""
    epochs = context.trace.epochs
    yield truth.with_values(RATE, [epoch.rates[-1] for epoch in epochs])
    yield truth.with_values(RATE, [sum(epoch.rates) / len(epoch.rates) for epoch in epochs])
