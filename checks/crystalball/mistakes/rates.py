"""Mistakes in the learning rate, and in when its schedule is stepped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from crystalball.cases.inside.parts import Schedule
from crystalball.mistakes.catalogue import Aspect, Context, mistake, training_mistake
from crystalball.mistakes.language import Part, Points, logged
from crystalball.mistakes.points import logged_each_batch
from crystalball.mistakes.right import Source
from crystalball.mistakes.series import Batches, Clock, Moment, Quantity, Series
from crystalball.oracle.flaws import Flaw
from crystalball.oracle.trace import Epoch
from crystalball.outcomes.outcome import Outcome

RATE = Quantity.RATE


def _read_late(truth: Outcome, context: Context) -> Outcome:
    return truth.with_values("LearningRate", [epoch.rates_after[0] for epoch in context.trace.epochs])


def _read_early(truth: Outcome, context: Context) -> Outcome:
    """The rate of each epoch as it was before the scheduler was stepped for it."""
    runs = context.expected.runs if context.expected else ()
    first = [value for run in runs for value in run.curves["LearningRate"].values[:1]]
    used = [epoch.rates[0] for epoch in context.trace.epochs]
    return truth.with_values("LearningRate", [*first[:1], *used])


training_mistake(
    "scheduler_each_batch",
    Flaw.SCHEDULER_EACH_BATCH,
    Flaw.SCHEDULER_EACH_BATCH_READ_LATE,
    Flaw.SCHEDULER_EACH_BATCH_READ_IN_THE_LAST,
    needs=Schedule,
    why="The scheduler was stepped after every batch, so that the learning rate fell far too soon.",
    next="Call `scheduler.step()` once an epoch, after the loop over the batches.",
)
training_mistake(
    "scheduler_before_epoch",
    Flaw.SCHEDULER_FIRST,
    needs=Schedule,
    why="The scheduler was stepped before the epoch's training, so that each epoch, the first one too, was "
    "trained with the rate of the next.",
    next="First all batches of the epoch and its points, then `scheduler.step()`.",
    predict=lambda truth, context: [truth, _read_early(truth, context)],
)
training_mistake(
    "rate_by_get_lr",
    Flaw.GET_LR_BEFORE_STEP,
    Flaw.GET_LR_AFTER_STEP,
    needs=Schedule,
    why="`scheduler.get_lr()` is what the scheduler itself computes with: whoever else calls it gets, in "
    "some epochs, another number than the rate in use.",
    next='Read `optimizer.param_groups[0]["lr"]`, or `scheduler.get_last_lr()[0]`, before '
    "`scheduler.step()`.",
    predict=lambda truth, context: [_read_late(truth, context)],
)
training_mistake(
    "scheduler_never",
    Flaw.NO_SCHEDULER,
    needs=Schedule,
    why="No scheduler's step came to the optimizer that trains: its learning rate stayed as it was.",
    next="Call `scheduler.step()` once an epoch, after the loop over the batches.",
)
training_mistake(
    "scheduler_twice",
    Flaw.SCHEDULER_TWICE,
    Flaw.SCHEDULER_TWICE_READ_BETWEEN,
    needs=Schedule,
    why="The scheduler was stepped twice between one epoch and the next.",
    next="Call `scheduler.step()` once an epoch, after the loop over the batches; is there another call?",
)
training_mistake(
    "scheduler_by_number",
    Flaw.SCHEDULER_BY_NUMBER_FROM_ZERO,
    needs=Schedule,
    why="The schedule lags one epoch behind: the first step of the scheduler left the rate as it was.",
    next="Call `scheduler.step()` without an argument: a number takes it to that epoch, the first is 0.",
)
training_mistake(
    "scheduler_by_loss",
    Flaw.SCHEDULER_BY_LOSS,
    needs=Schedule,
    why="The scheduler was given the epoch's loss, and took it for the number of an epoch.",
    next="Call `scheduler.step()` without an argument: only `ReduceLROnPlateau` wants the loss.",
)
training_mistake(
    "one_rate_for_all_groups",
    Flaw.ONE_RATE_FOR_ALL_GROUPS,
    Flaw.ONE_RATE_FOR_ALL_GROUPS_FROM_FIRST,
    needs=Schedule,
    why="The other parameter groups lost their own rates: that of the first was written into all of them.",
    next="Leave the rates to the scheduler, which keeps those of each group.",
)


def _of_epoch(rate: Callable[[Epoch], float]) -> Source:
    def source(above: Batches, below: Batches, moment: Moment, series: Series) -> float | None:
        return rate(series.epochs[moment.epoch])

    return source


def _mean(rates: Sequence[float]) -> float:
    return sum(rates) / len(rates)


def _of_batch(later: int) -> Source:
    """The rate of a batch, or of one after it; after the last one that of the next epoch."""

    def source(above: Batches, below: Batches, moment: Moment, series: Series) -> float:
        at = moment.stop - 1 + later
        return series.batches[at].rate if at < len(series.batches) else series.epochs[-1].rates_after[0]

    return source


for _later in (0, 1):
    logged_each_batch({Part.SOURCE: _of_batch(_later)}, [RATE])


def _late(series: Series) -> Series:
    """The series with the rates of each epoch as they are after the scheduler's step."""
    return replace(series, epochs=[replace(epoch, rates=epoch.rates_after) for epoch in series.epochs])


logged(
    "rate_read_after_step",
    "The rate was read after `scheduler.step()`, when it is no longer that of the epoch.",
    "Read the rate before `scheduler.step()`, while it is still the one that the optimizer used.",
).way({Part.READ: _late}, RATE)

logged(
    "initial_rate_for_ever",
    "The same rate was logged for every epoch, though the schedule changed it.",
    'Read `optimizer.param_groups[0]["lr"]` in each epoch, not once before the loop; `optimizer.defaults` '
    "never changes.",
).sources(
    [
        lambda above, below, moment, series: series.epochs[0].rates[0],
        lambda above, below, moment, series: series.training.default_lr if series.training else None,
    ],
    RATE,
)

logged(
    "wrong_parameter_group",
    "This is not the rate of the first parameter group, but of another, or of several together.",
    'Read `optimizer.param_groups[0]["lr"]`.',
).sources(
    [
        _of_epoch(lambda epoch: epoch.rates[-1]),
        _of_epoch(lambda epoch: _mean(epoch.rates)),
        _of_epoch(lambda epoch: sum(epoch.rates)),
        _of_epoch(lambda epoch: max(epoch.rates)),
        _of_epoch(lambda epoch: epoch.rates_after[-1] if epoch.rates[1:] else epoch.rates[0]),
    ],
    RATE,
)

logged(
    "rates_of_all_groups",
    "The rates of all parameter groups stand under the one tag: several points at each step.",
    'Read `optimizer.param_groups[0]["lr"]` alone.',
).way(
    {
        Part.WHEN: lambda series: [
            replace(moment, before=group)
            for moment in series.moments
            for group in range(len(series.epochs[moment.epoch].rates))
        ],
        Part.SOURCE: lambda above, below, moment, series: series.epochs[moment.epoch].rates[moment.before],
    },
    RATE,
)


def _one_more(points: Points, series: Series) -> Points:
    """The rate that the next epoch would have, besides."""
    return [*points, (points[-1][0] + 1, series.epochs[len(points) - 1].rates_after[0])]


logged(
    "one_rate_too_many",
    "`LearningRate` has a point more than epochs were completed: the last is the rate that the scheduler "
    "had set for the epoch after them.",
    "Log the rate once in each epoch, before `scheduler.step()`: no list that begins with the first rate, "
    "and gets one more after each epoch.",
    Aspect.STEP,
).single([_one_more], RATE, Clock.EPOCH)

logged(
    "rate_logged_once",
    "The rate was logged once, not in each epoch.",
    "Log it inside the loop over the epochs.",
    Aspect.STEP,
).kept(
    [
        lambda points, series: points[:1],
        lambda points, series: [(step - 1, rate) for step, rate in points[:1]],
        lambda points, series: [] if series.failure else points[-1:],
    ],
    RATE,
)


@mistake(
    Aspect.TAG,
    "Where the optimizer has several parameter groups, nothing was logged under `LearningRate`.",
    'Log `optimizer.param_groups[0]["lr"]` under `LearningRate`, however many groups there are.',
)
def no_rate_of_several_groups(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """No point under the tag where there are several groups."""
    several = any(epoch.rates[1:] for epoch in context.trace.epochs)
    yield truth.without(["LearningRate"]) if several else truth
