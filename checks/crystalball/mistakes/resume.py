"""Mistakes in going on after an interruption: what is lost, and what is left in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from crystalball.cases.inside.parts import Interruptions
from crystalball.mistakes.catalogue import Aspect, Context, mistake, training_mistake
from crystalball.mistakes.means import BATCH_LOSS, some
from crystalball.oracle.flaws import Flaw
from crystalball.oracle.trace import Epoch
from crystalball.outcomes.end import NO_CALL, Returned, returned_run
from crystalball.outcomes.outcome import Outcome, Run

EPOCH_CURVES: dict[str, Callable[[Epoch], float]] = {
    "Loss/Train": lambda epoch: epoch.mean_loss,
    "Loss/Validation": lambda epoch: epoch.validation.mean_loss,
    "LearningRate": lambda epoch: epoch.rates[0],
}

training_mistake(
    "optimizer_state_lost",
    Flaw.OPTIMIZER_LOST,
    Flaw.OPTIMIZER_AND_SCHEDULER_LOST,
    Flaw.MOMENTUM_LOST,
    why="The optimizer began anew after the interruption: its momentum was lost, and perhaps its learning "
    "rate.",
    next="Save `optimizer.state_dict()`, and call `optimizer.load_state_dict(…)` when you go on.",
)
training_mistake(
    "scheduler_state_lost",
    Flaw.SCHEDULER_LOST,
    why="The scheduler began anew after the interruption: it does not know how many epochs have passed.",
    next="Save `scheduler.state_dict()`, and call `scheduler.load_state_dict(…)` when you go on.",
)
training_mistake(
    "batch_norm_state_lost",
    Flaw.BATCH_NORM_LOST,
    why="The running averages of batch norm were lost: they are buffers of the model, not parameters.",
    next="Save the whole `model.state_dict()`: it holds parameters and buffers.",
)
training_mistake(
    "model_state_lost",
    Flaw.MODEL_LOST,
    Flaw.NOTHING_BUT_THE_EPOCH_READ,
    why="The weights were not read back: the training went on with a fresh model.",
    next="Save `model.state_dict()`, and call `model.load_state_dict(…)` on the model that was given, "
    "without `strict=False`, when you go on.",
)


@dataclass(frozen=True)
class Resumption:
    """How a program goes on after an interruption.

    Attributes:
        purge: the `purge_step` after so many completed epochs, of which the last call completed so
            many; `None` for none.
        step: from which the batches are counted, after so many completed epochs.
        first: the epoch that it begins with, less 1, after so many completed epochs.
        unsaved: tags under which nothing was logged before `save`.
    """

    purge: Callable[[int, int], int | None]
    step: Callable[[int], int]
    first: Callable[[int], int] = lambda done: done
    unsaved: Sequence[str] = ()


Point = tuple[str, int, float]


def _rightly(context: Context) -> Resumption:
    """How a right program goes on."""
    batches = context.training.batches
    return Resumption(lambda done, _: done * batches + 1, lambda done: done * batches)


def _one_call(context: Context, number: int, resumption: Resumption) -> Iterator[Point]:
    """What a call logs."""
    span, breaks = context.training.epochs_of_calls[number], context.training.part(Interruptions).breaks
    last = number == len(breaks)
    cut = not last and breaks[number].where == "save"
    step, first = (resumption.step(span.start), resumption.first(span.start)) if span.start else (0, 0)
    epochs = context.trace.parts[number].epochs
    for index, epoch in enumerate(epochs, start=1):
        unsaved = resumption.unsaved if cut and index == len(epochs) else ()
        for batch in epoch.batches:
            step += 1
            if BATCH_LOSS not in unsaved:
                yield BATCH_LOSS, step, batch.loss
        if last or index <= len(span):
            for tag, value in EPOCH_CURVES.items():
                if tag not in unsaved:
                    yield tag, first + index, value(epoch)


def _in_one_run(truth: Outcome, context: Context, resumption: Resumption) -> Outcome:
    """What TensorBoard shows of all calls that write into one directory."""
    points: list[Point] = []
    before = 0
    for number, span in enumerate(context.training.epochs_of_calls):
        at = resumption.purge(span.start, before) if span.start else 0
        before = len(span) or before
        points = [point for point in points if at is None or point[1] < at]
        points += _one_call(context, number, resumption)
    return _with(truth, points)


def _in_many_runs(truth: Outcome, context: Context, resumption: Resumption) -> Outcome:
    """What is left by calls that each write into a directory of their own."""
    runs: list[Run] = []
    for number, span in enumerate(context.training.epochs_of_calls):
        if not span.start:
            runs = []
        runs += _with(truth, list(_one_call(context, number, resumption))).runs[:1]
    ends = (*truth.ends[:-1], returned_run(len(runs) - 1))
    if context.seen and len(context.seen.runs) == len(runs):
        # The later ones may be named for the rate of their epoch, or lie below the first.
        names = [run.name for run in context.seen.runs[1:]]
        runs[1:] = [replace(run, name=name) for run, name in zip(runs[1:], names, strict=True)]
    return replace(truth, runs=tuple(runs), ends=ends)


def _with(truth: Outcome, points: Sequence[Point]) -> Outcome:
    for tag in (BATCH_LOSS, *EPOCH_CURVES):
        truth = truth.with_points(tag, [(step, value) for name, step, value in points if name == tag])
    return truth


@mistake(
    Aspect.STEP,
    "The batches of the interrupted epoch stand there twice: what the first call had logged of it was not "
    "voided.",
    "When you go on, give `SummaryWriter` a `purge_step`: the first step that will be logged again.",
)
def no_purge_step(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Nothing is purged."""
    yield _in_one_run(truth, context, replace(_rightly(context), purge=lambda *_: None))


@mistake(
    Aspect.STEP,
    "What was voided is not what is logged again: `purge_step` is the wrong step. It counts for all tags, "
    "so it must be a step of the curve that is ahead.",
    "The first step that is logged again is the number of batches so far, plus 1: `purge_step=step + 1`.",
)
def purge_off_by_one(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """One too few or too many, or an epoch for a batch."""
    batches = context.training.batches
    for purge in (
        lambda done, _: done * batches,
        lambda done, _: done * batches + 2,
        lambda done, _: done + 1,
        lambda done, _: done,
        lambda done, _: done + 2,
        lambda *_: 0,
    ):
        yield _in_one_run(truth, context, replace(_rightly(context), purge=purge))


@mistake(
    Aspect.RUN,
    "The training went on in a second run directory: nobody sees that both belong together.",
    "Save `str(log_dir)` in the checkpoint, and give that to `SummaryWriter` when you go on.",
)
def second_run_directory(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A directory for each call after a checkpoint."""
    yield _in_many_runs(truth, context, _rightly(context))


@mistake(
    Aspect.STEP,
    "After the interruption the steps of `Loss/Batch` began at 1 again.",
    "Save the number of batches so far in the checkpoint, and count on from there.",
)
def step_count_lost(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The count starts anew; purged by it, rightly, or not at all."""
    right, batches = _rightly(context), context.training.batches
    for purge in (
        lambda *_: 1,
        right.purge,
        lambda *_: None,
        lambda done, _: done + 1,
        lambda *_: 0,
        lambda _, last: last * batches + 1,
    ):
        yield _in_one_run(truth, context, replace(right, purge=purge, step=lambda done: 0))


@mistake(
    Aspect.VALUE,
    "An epoch was saved before it was logged: when the call was interrupted just then, some or all of its "
    "points were lost for ever.",
    "First log the whole epoch, then `save(…)`.",
)
def saved_before_logging(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The epoch's points, or some of them, are missing."""
    for tags in some((BATCH_LOSS, *EPOCH_CURVES)):
        yield _in_one_run(truth, context, replace(_rightly(context), unsaved=tags))


def _anew(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """All epochs once more, in new directories or in the old one, purged or not."""
    resumption = Resumption(lambda *_: 1, lambda done: 0, lambda done: 0)
    yield _in_many_runs(truth, context, resumption)
    yield _in_one_run(truth, context, resumption)
    yield _in_one_run(truth, context, replace(resumption, purge=lambda *_: None))
    right = _rightly(context)
    for purge in (right.purge, lambda *_: None):
        yield _in_one_run(truth, context, replace(right, purge=purge, first=lambda done: 0))
    yield _in_one_run(truth, context, right)


def _unsaved(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The last call's training alone: without a checkpoint, each call begins anew.

    Who writes the checkpoint without `save` leaves the same: the whole training, once.
    """
    breaks = context.training.part(Interruptions).breaks
    points = list(
        _one_call(context, len(breaks), Resumption(lambda *_: None, lambda done: 0, lambda done: 0))
    )
    seen = context.seen_ends
    places = [one.where for one in breaks]
    # A call that is never in `save` is not interrupted there.
    ends = [
        want if where != "save" else got if isinstance(got, Returned) else NO_CALL
        for want, got, where in zip_longest(truth.ends, seen, places, fillvalue=NO_CALL)
    ]
    yield replace(_with(truth, points), ends=tuple(ends))


training_mistake(
    "never_saved",
    Flaw.BEGUN_ANEW,
    why="The `save` that was given was never called: a call that should have been interrupted in it went "
    "on to its end.",
    next="After each epoch, when all its points are logged, call `save({…})`, not `torch.save`, with all "
    "that the next call must know; at the start, `if checkpoint.exists():`, read it back.",
    predict=_unsaved,
)
training_mistake(
    "saved_before_scheduler_step",
    Flaw.SAVED_BEFORE_THE_SCHEDULER_STEP,
    why="The checkpoint was written before `scheduler.step()`: the step of that epoch was lost.",
    next="First `scheduler.step()`, then `save(…)`.",
)
training_mistake(
    "restarts_at_one",
    Flaw.BEGUN_ANEW,
    Flaw.EPOCHS_FROM_ONE,
    why="After the interruption all epochs were trained once more: what was done before was done twice.",
    next="`epochs` is that of the whole training. Read the number of completed epochs from the checkpoint, "
    "and go on with `range(completed + 1, epochs + 1)`.",
    predict=_anew,
)
