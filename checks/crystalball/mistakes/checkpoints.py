"""Mistakes in the checkpoint: what it holds, and when it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import zip_longest

from crystalball.cases.inside.parts import Interruptions
from crystalball.mistakes.catalogue import Aspect, Context, mistake, training_mistake
from crystalball.mistakes.resume import ANEW, Resumption, Saved, calls, in_one_run, with_all
from crystalball.oracle.flaws import Flaw
from crystalball.outcomes.end import LOADER_ERROR, NO_CALL, Raised, Returned, returned_run
from crystalball.outcomes.outcome import Outcome

training_mistake(
    "optimizer_state_lost",
    Flaw.OPTIMIZER_LOST,
    Flaw.MOMENTUM_LOST,
    needs=Interruptions,
    why="The optimizer began anew after the interruption: its momentum was lost, and perhaps its learning "
    "rate.",
    next="Save `optimizer.state_dict()`, and call `optimizer.load_state_dict(…)` when you go on.",
)
training_mistake(
    "optimizer_and_scheduler_lost",
    Flaw.OPTIMIZER_AND_SCHEDULER_LOST,
    needs=Interruptions,
    why="Optimizer and scheduler began anew after the interruption: the momentum was lost, and how far the "
    "schedule had come.",
    next="Save the `state_dict()` of both, and call `load_state_dict(…)` of both when you go on.",
)
training_mistake(
    "scheduler_state_lost",
    Flaw.SCHEDULER_LOST,
    needs=Interruptions,
    why="The scheduler began anew after the interruption: it does not know how many epochs have passed.",
    next="Save `scheduler.state_dict()`, and call `scheduler.load_state_dict(…)` when you go on.",
)
training_mistake(
    "batch_norm_state_lost",
    Flaw.BATCH_NORM_LOST,
    needs=Interruptions,
    why="The running averages of batch norm were lost: they are buffers of the model, not parameters.",
    next="Save the whole `model.state_dict()`, and load it with `load_state_dict`: it holds parameters and "
    "buffers.",
)
training_mistake(
    "resumed_in_eval_mode",
    Flaw.RESUMED_IN_EVAL_MODE,
    needs=Interruptions,
    why="After the interruption the model was in evaluation mode when it went on learning, for an epoch at "
    "least: batch norm did not look at these batches.",
    next="After `load_state_dict(…)` comes no `model.eval()`, which is for who only draws or measures: "
    "call `model.train()` before you go on.",
)
training_mistake(
    "model_state_lost",
    Flaw.MODEL_LOST,
    Flaw.NOTHING_BUT_THE_EPOCH_READ,
    needs=Interruptions,
    why="The weights were not read back: the training went on with a fresh model.",
    next="Save `model.state_dict()`, and call `model.load_state_dict(…)` on the model that was given, "
    "without `strict=False`, when you go on.",
)


@mistake(
    Aspect.END,
    "The `save` that was given was not called: a call that should have been interrupted in it went on to "
    "its end.",
    "After each epoch, when all its points are logged, call `save({…})`, not `torch.save`.",
)
def save_not_called(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A call that is never in `save` is not interrupted there."""
    places = [one.where for one in context.training.part(Interruptions).breaks]
    ends = [
        want if where != "save" else got if isinstance(got, Returned) else NO_CALL
        for want, got, where in zip_longest(truth.ends, context.seen_ends, places, fillvalue=NO_CALL)
    ]
    yield replace(truth, ends=tuple(ends))


def _unsaved(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The last call's training alone: without a checkpoint, each call begins anew."""
    *_, (_, points) = calls(context, ANEW)
    for outcome in save_not_called(truth, context):
        yield with_all(outcome, points)


def _as_saved(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """From the last checkpoint on; counted by batches, epochs, or whole ones; purged by that."""
    ends = (Raised(LOADER_ERROR) if call.interrupted else returned_run() for call in context.trace.parts)
    truth = replace(truth, ends=tuple(ends))
    batches = context.training.batches
    steps: tuple[Callable[[Saved], int], ...] = (
        lambda saved: saved.steps,
        lambda saved: saved.epochs * batches,
        lambda saved: saved.whole,
    )
    for step in steps:
        yield in_one_run(truth, context, Resumption(purge=_one_after(step), step=step))


def _one_after(step: Callable[[Saved], int]) -> Callable[[Saved], int]:
    return lambda saved: step(saved) + 1


training_mistake(
    "never_saved",
    Flaw.BEGUN_ANEW,
    needs=Interruptions,
    why="Nothing was kept for the next call: each one began the training anew.",
    next="After each epoch, when all its points are logged, call `save({…})` with all that the next call "
    "must know; at the start, `if checkpoint.exists():`, read it back.",
    predict=_unsaved,
)
training_mistake(
    "saved_too_rarely",
    Flaw.SAVED_WHEN_BETTER,
    Flaw.SAVED_WHEN_BETTER_IN_THE_CALL,
    Flaw.SAVED_EACH_SECOND,
    Flaw.SAVED_EACH_SECOND_AND_LAST,
    Flaw.SAVED_EACH_THIRD,
    Flaw.SAVED_EACH_THIRD_AND_LAST,
    Flaw.SAVED_LAST,
    Flaw.SAVED_ALL_BUT_LAST,
    needs=Interruptions,
    why="Some completed epochs were not saved: who goes on after one of these finds an older checkpoint, "
    "or none.",
    next="Call `save` once after each epoch, whatever its number and its losses.",
    predict=_as_saved,
)
training_mistake(
    "interrupted_epoch_saved",
    Flaw.INTERRUPTION_SAVED,
    Flaw.INTERRUPTION_SAVED_WITH_THE_EPOCH_BEFORE,
    Flaw.INTERRUPTION_SAVED_AS_DONE,
    Flaw.INTERRUPTION_ALONE_SAVED,
    Flaw.END_OF_CALL_ALONE_SAVED,
    needs=Interruptions,
    why="What an interrupted epoch had learned was saved: the next call went on from there, and not from "
    "the last completed epoch.",
    next="Call `save` after each completed epoch, and nowhere else: not in `except` or `finally`.",
    predict=_as_saved,
)
training_mistake(
    "saved_before_scheduler_step",
    Flaw.SAVED_BEFORE_THE_SCHEDULER_STEP,
    needs=Interruptions,
    why="The checkpoint holds the scheduler as it was before `scheduler.step()`: the step of that epoch "
    "was lost.",
    next="First `scheduler.step()`, then take the scheduler's `state_dict()`, and `save(…)` it.",
)
