"""Mistakes in ending a training before its time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise

from crystalball.cases.inside.parts import Cadence, EarlyStop, Interruptions, SpoiltBatch
from crystalball.mistakes.catalogue import Aspect, Context, mistake, training_mistake
from crystalball.mistakes.series import BATCH_LOSS
from crystalball.mistakes.subsets import some
from crystalball.oracle.flaws import Flaw
from crystalball.outcomes.end import Raised
from crystalball.outcomes.outcome import Outcome, Run
from crystalball.reading.values import GRAPH, HPARAMS, LAYOUT

STOPPED = "Stopped/Epoch"
RESULTS = (HPARAMS, "Final/Loss", "Final/Validation")
DESCRIPTIONS = (GRAPH, "Config", LAYOUT)

training_mistake(
    "stops_too_late",
    Flaw.MORE_PATIENT,
    Flaw.NEVER_STOPS,
    Flaw.EQUAL_IS_PROGRESS,
    needs=EarlyStop,
    why="The training went on although for `patience` epochs in a row the validation loss had not been "
    "lower than its lowest before.",
    next="Count the epochs in a row without a new lowest validation loss, and stop when there are "
    "`patience` of them.",
)
training_mistake(
    "stops_too_early",
    Flaw.LESS_PATIENT,
    Flaw.COMPARES_WITH_THE_EPOCH_BEFORE,
    Flaw.STOPS_BY_TRAINING,
    Flaw.COUNTS_NOT_IN_A_ROW,
    needs=EarlyStop,
    why="The training stopped at another epoch than after `patience` epochs in a row without a new lowest "
    "validation loss.",
    next="Compare with the lowest `Loss/Validation` so far, set the count back to 0 when it falls below "
    "that, and stop when the count is `patience`, no sooner.",
)
training_mistake(
    "stopped_unasked",
    *(Flaw.STOPPED_AFTER_ONE, Flaw.STOPPED_AFTER_TWO, Flaw.STOPPED_AFTER_THREE),
    *(Flaw.STOPPED_BY_TRAINING, Flaw.STOPPED_WHEN_ALL_RIGHT),
    why="The training ended before its time, as where an early stop waits for a better epoch.",
    next="Train all of the `epochs`: an early stop is not asked for here.",
)


@mistake(
    Aspect.STEP,
    "A curve ends too early: the training, or what was logged of it, ended before its time.",
    "Train all of the `epochs`, and log each of them: look for a `break`, a `return`, a condition or an "
    "error that ends the loop, or the logging, sooner than it should.",
)
def ended_before_its_time(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Each curve up to the last step that was seen, which is adopted; an error may come no more.

    What was not seen in a run ends with the last epoch that was logged there, or before it. Where a
    training may stop, or go on in another call, or has windows, other mistakes say more.
    """
    other = any(map(context.training.find, (EarlyStop, Interruptions, Cadence)))
    for before in (0, 1):
        left = truth if other else truth.map_runs(partial(_ended, context=context, before=before))
        if any(one.numbers != two.numbers for one, two in zip(left.runs, truth.runs, strict=True)):
            views = context.seen.views if context.seen else truth.views
            left = replace(left, ends=context.returned(truth), views=views)
        yield left


def _ended(run: Run, context: Context, before: int) -> Run:
    """A run with its curves up to their last steps that were seen."""
    if context.seen is None:
        return replace(run, curves={tag: c.with_points(c.points[:-1]) for tag, c in run.curves.items()})
    last = {tag: steps for tag in run.curves if (steps := context.seen_curve(tag, run.name).steps)}
    epochs = max((max(steps) for tag, steps in last.items() if tag != BATCH_LOSS), default=0)
    if not epochs:
        return run
    curves = dict(run.curves)
    for tag in curves.keys() & context.logged:
        end = max(last.get(tag, (epochs - before,)))
        curves[tag] = curves[tag].with_points(point for point in curves[tag].points if point[0] <= end)
    return replace(run, curves=curves)


training_mistake(
    "nan_is_progress",
    Flaw.NAN_IS_PROGRESS,
    Flaw.NAN_COUNTS_NOT,
    needs=EarlyStop,
    why="A validation loss that was NaN did not count as an epoch without progress: NaN is neither below "
    "another number nor above it.",
    next="Ask whether the loss is lower, and count every other epoch: `if loss < best: …`, then `else:`.",
)


training_mistake(
    "not_higher_is_progress",
    Flaw.NOT_HIGHER_IS_PROGRESS,
    Flaw.NOT_HIGHER_COUNTS_NOT,
    needs=EarlyStop,
    why="Only a validation loss higher than the lowest counted as an epoch without progress, and not one "
    "that was equal, or NaN.",
    next="Ask whether the loss is lower, and count every other epoch: `if loss < best: …`, then `else:`.",
)


@mistake(
    Aspect.STEP,
    "Where the training stopped early, `Stopped/Epoch` is not there as a number, or not that of the "
    "last epoch at its step.",
    "Where you stop early, log the number of the last epoch, at that step.",
)
def stop_not_recorded(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """No such point, or one at another step, of another epoch or in words."""
    yield truth.without([STOPPED])
    late = context.training.part(EarlyStop).patience
    for move in (
        lambda step, epoch: (step - 1, epoch - 1),
        lambda step, epoch: (step, epoch - 1),
        lambda step, epoch: (step - late, epoch - late),
        lambda step, epoch: (step, epoch - late),
        lambda _, epoch: (0, epoch),
    ):
        yield truth.map_points(move, [STOPPED])
    seen = context.seen_curve(STOPPED).points if context.seen else ((1, "1"),)
    words = bool(seen) and all(isinstance(value, str) for _, value in seen)
    yield truth.with_points(STOPPED, seen) if words else truth


@mistake(
    Aspect.STEP,
    "`Stopped/Epoch` stands there although the training went through all its epochs.",
    "Log it only where you stop before the last epoch, `config.epochs`.",
)
def stop_recorded_at_the_end(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Such a point of each complete training, or of one in which patience ran out with the last epoch."""
    last = float(len(context.trace.epochs))
    complete = not any(isinstance(end, Raised) for end in truth.ends)
    yield truth.with_points(STOPPED, [(int(last), last)] * complete)
    yield truth.with_points(STOPPED, [(int(last), last)] * (complete and _exhausted(context)))
    again = complete and _fell_not_again(context)
    yield truth.with_points(STOPPED, [(int(last), last)] * again)


def _exhausted(context: Context) -> bool:
    """Whether patience had run out after the last epoch."""
    return context.trace.impatient


def _fell_not_again(context: Context) -> bool:
    """The same for who compares each loss with the one before."""
    losses = [epoch.validation.mean_loss for epoch in context.trace.epochs]
    falls = [loss < before for before, loss in pairwise(losses)]
    patience = context.training.part(EarlyStop).patience
    return len(falls) >= patience and not any(falls[-patience:])


@mistake(
    Aspect.VALUE,
    "Where patience ran out, hyperparameters and metrics are missing.",
    "Log them after the loop: `break` skips the `else:` of a loop, and `return` all that comes after it.",
)
def results_lost_when_stopped(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """None of a training that stopped early, or of one in which patience ran out with the last epoch."""
    stopped = any(run.curves[STOPPED].points for run in truth.runs if STOPPED in run.curves)
    yield truth.without(RESULTS) if stopped else truth
    yield truth.without(RESULTS) if _exhausted(context) else truth


@mistake(
    Aspect.END,
    "Hyperparameters and metrics were logged of a training that an error ended.",
    "Log them only where the training came to its end: not in `finally:`, nor before you raise.",
)
def results_after_an_error(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """They stand there, as they were seen, where an error was raised."""
    raised = any(isinstance(end, Raised) for end in truth.ends)
    yield _with_results_as_seen(truth, context) if raised else truth


def _with_results_as_seen(truth: Outcome, context: Context) -> Outcome:
    for tag in RESULTS:
        example = ((0, 0.5),) if context.seen is None else context.seen_curve(tag).points
        truth = truth.with_points(tag, example)
    return truth


@mistake(
    Aspect.END,
    "A loss that was not finite was not dealt with as agreed, in the log or towards the caller.",
    "Where the loss of a training batch is not finite: go on to the end of that epoch, log its losses "
    "as they are (NaN included) without histograms and drawings, close the writer, then raise "
    "`FloatingPointError`. NaN in the validation alone is no error: it counts "
    "as an epoch without progress.",
)
def nan_hidden(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """What is left where a loss was not finite is adopted; no descriptions, nor results after an error."""
    spoilt = context.training.find(SpoiltBatch)
    raised = any(isinstance(end, Raised) for end in context.seen_ends)
    if spoilt is None or (spoilt.of_validation and not raised):
        yield truth
    elif context.seen is None:
        yield truth.without(["Loss/Train"])
    else:
        left = replace(context.seen, directories=truth.directories, open_writers=truth.open_writers)
        described = {t: c for run in truth.runs for t, c in run.curves.items() if t in DESCRIPTIONS}
        left = left.map_runs(lambda run: replace(run, curves={**run.curves, **described}))
        yield left.without(RESULTS) if raised else left


@mistake(
    Aspect.TAG,
    "Where the training ended with `FloatingPointError`, the graph, `Config` or the layout is missing, as "
    "where it is written after the training.",
    "Write all three right after the writer is made, before the first epoch: then no error can lose them.",
)
def described_at_the_end(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Some of what describes the run is not there after that error."""
    ended = any(isinstance(end, Raised) and end.error == "FloatingPointError" for end in truth.ends)
    for tags in some(DESCRIPTIONS):
        yield truth.without(tags) if ended else truth
