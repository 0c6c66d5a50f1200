"""Mistakes in going on after an interruption: what is lost, and what is left in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from typing import Any

from crystalball.cases.inside.parts import Interruptions
from crystalball.mistakes.catalogue import Aspect, Context, mistake, training_mistake
from crystalball.mistakes.series import BATCH_LOSS, LOSS
from crystalball.mistakes.subsets import some
from crystalball.oracle.flaws import Flaw
from crystalball.oracle.trace import Epoch
from crystalball.outcomes.end import LOADER_ERROR, NO_CALL, Raised, Returned, returned_run
from crystalball.outcomes.outcome import Curve, Outcome
from crystalball.reading.values import Value

EPOCH_CURVES: dict[str, Callable[[Epoch], float]] = {
    "Loss/Train": lambda epoch: epoch.mean_loss,
    "Loss/Validation": lambda epoch: epoch.validation.mean_loss,
    "LearningRate": lambda epoch: epoch.rates[0],
}


@dataclass(frozen=True)
class Saved:
    """What a checkpoint says.

    Attributes:
        epochs: that are completed.
        steps: batches that were counted.
        whole: the same without those of an epoch that was interrupted.
    """

    epochs: int
    steps: int
    whole: int


@dataclass(frozen=True)
class Resumption:
    """How a program goes on after an interruption.

    Attributes:
        purge: the `purge_step`; `None` for none.
        step: from which the batches are counted.
        first: the epoch that it begins with, less 1.
        unsaved: tags under which nothing was logged before `save`.
        twice: whether a second writer's `purge_step`, the next epoch, voids the batches of its own call.
    """

    purge: Callable[[Saved], int | None] = lambda saved: saved.steps + 1
    step: Callable[[Saved], int] = lambda saved: saved.steps
    first: Callable[[Saved], int] = lambda saved: saved.epochs
    unsaved: Sequence[str] = ()
    twice: bool = False


RIGHTLY = Resumption()
ANEW = Resumption(lambda saved: 1, lambda saved: 0, lambda saved: 0)

Point = tuple[str, int, float, Epoch]
"""A tag, a step and a value, and the epoch that it was measured in."""


def calls(context: Context, how: Resumption) -> Iterator[tuple[Saved | None, list[Point]]]:
    """What each call finds in the checkpoint, and what it logs."""
    saved: Saved | None = None
    for trace in context.trace.parts:
        begin, first = (how.step(saved), how.first(saved)) if saved else (0, 0)
        points: list[Point] = []
        step = begin
        for index, epoch in enumerate(trace.epochs, start=1):
            batches = enumerate(epoch.batches, start=step + 1)
            logged: list[Point] = [(BATCH_LOSS, at, batch.loss, epoch) for at, batch in batches]
            if epoch.completed:
                logged += [(tag, first + index, of(epoch), epoch) for tag, of in EPOCH_CURVES.items()]
            cut = trace.interrupted and index == len(trace.epochs) and epoch.completed
            points += [point for point in logged if not (cut and point[0] in how.unsaved)]
            step += len(epoch.batches)
        yield saved, points
        if trace.saved:
            steps = begin + trace.saved.batches
            whole = begin + sum(len(epoch.batches) for epoch in trace.epochs if epoch.completed)
            saved = Saved(first + trace.saved.epochs, steps, min(steps, whole))


def in_one_run(truth: Outcome, context: Context, how: Resumption = RIGHTLY) -> Outcome:
    """What TensorBoard shows of all calls that write into one directory."""
    points: list[Point] = []
    for saved, logged in calls(context, how):
        at = how.purge(saved) if saved else 0
        if saved and how.twice:
            logged = [point for point in logged if point[0] != BATCH_LOSS or point[1] <= saved.epochs]
        points = [point for point in points if at is None or point[1] < at] + logged
    return replace(with_all(truth, points), resumption=how)


def _in_many_runs(
    truth: Outcome, context: Context, how: Resumption = RIGHTLY, *, together: bool = False
) -> Outcome:
    """What is left by calls that each write into a directory of their own, or all later ones into one."""
    groups: list[list[Point]] = []
    for saved, logged in calls(context, how):
        if not saved:
            groups.clear()
        elif together and len(groups) > 1:
            at = how.purge(saved)
            logged = [point for point in groups.pop() if at is None or point[1] < at] + logged
        groups.append(logged)
    runs = [run for points in groups for run in with_all(truth, points).runs[:1]]
    # The first one's path may still be returned.
    last = [end for end in context.seen_ends[-1:] if isinstance(end, Returned)] or [
        returned_run(len(runs) - 1)
    ]
    ends = (*truth.ends[:-1], *last)
    if context.seen and len(context.seen.runs) == len(runs):
        # The later ones may be named for the rate of their epoch, or lie below the first.
        names = [run.name for run in context.seen.runs[1:]]
        runs[1:] = [replace(run, name=name) for run, name in zip(runs[1:], names, strict=True)]
    return replace(truth, runs=tuple(runs), ends=ends)


def with_all(truth: Outcome, points: Sequence[Point]) -> Outcome:
    """An outcome with these points in place of its own."""
    for tag in (BATCH_LOSS, *EPOCH_CURVES):
        truth = truth.with_points(tag, [point[1:3] for point in points if point[0] == tag])
    epochs = tuple(epoch for tag, _, _, epoch in points if tag == LOSS)
    return truth.map_curves(lambda curve: replace(curve, epochs=epochs), EPOCH_CURVES)


def _going_on(truth: Outcome, **otherwise: Any) -> Resumption:
    """How the program goes on, by the mistakes that were made before, and how it does otherwise."""
    return replace(truth.resumption or RIGHTLY, **otherwise)


def _as_logged(truth: Outcome, left: Outcome, context: Context) -> Outcome:
    """What calls left, with the points as the truth has them: it may log them otherwise."""
    right, logged = in_one_run(truth, context).runs[0].curves, truth.runs[0].curves
    for tag in (BATCH_LOSS, *EPOCH_CURVES):
        pair = right[tag].points, logged.get(tag, Curve(())).points
        if pair[0] != pair[1]:
            left = left.map_curves(partial(_otherwise, *pair, tag in EPOCH_CURVES), [tag])
    return left


def _otherwise(
    right: Sequence[tuple[int, Value]], logged: Sequence[tuple[int, Value]], by_epoch: bool, curve: Curve
) -> Curve:
    """A curve with its points as they were logged in place of the right ones."""
    if len(right) == len(logged):
        steps = {at: point[0] for (at, _), point in zip(right, logged, strict=True)}
        points = dict(zip(right, logged, strict=True))
        # What is trained again may have another loss.
        return curve.with_points(
            points.get(one, (steps.get(one[0], one[0]), one[1])) for one in curve.points
        )
    known = by_epoch and {*curve.steps} <= {*range(1, len(logged) + 1)}
    return curve.with_points(logged[epoch - 1] for epoch in curve.steps) if known else curve


@mistake(
    Aspect.STEP,
    "The batches of the interrupted epoch stand there twice: what the first call had logged of it was not "
    "voided.",
    "When you go on, give `SummaryWriter` a `purge_step`: the first step that will be logged again.",
)
def no_purge_step(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Nothing is purged."""
    yield _as_logged(truth, in_one_run(truth, context, _going_on(truth, purge=lambda saved: None)), context)


@mistake(
    Aspect.STEP,
    "What was voided is not what is logged again: `purge_step` is the wrong step. It counts for all tags, "
    "so it must be a step of the curve that is ahead.",
    "`purge_step` is the first step that is logged again: the number of batches that the checkpoint "
    "knows of, plus 1.",
)
def purge_off_by_one(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """One too few or too many, or an epoch for a batch; or that too, by a writer for the epochs."""
    purges: tuple[Callable[[Saved], int], ...] = (
        lambda saved: saved.steps,
        lambda saved: saved.steps + 2,
        lambda saved: saved.epochs + 1,
        lambda saved: saved.epochs,
        lambda saved: saved.epochs + 2,
        lambda saved: 0,
    )
    for purge in purges:
        yield _as_logged(truth, in_one_run(truth, context, _going_on(truth, purge=purge)), context)
    how = _going_on(truth, purge=lambda saved: saved.epochs + 1, twice=True)
    yield _as_logged(truth, in_one_run(truth, context, how), context)


@mistake(
    Aspect.RUN,
    "The training went on in a second run directory, so that one run became two.",
    "Save `str(log_dir)` in the checkpoint, and give that very path to `SummaryWriter` when you go on.",
)
def second_run_directory(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A directory for each call after a checkpoint, or one for all of them, which may be another's."""
    how = _going_on(truth)
    for together in (False, True):
        yield _as_logged(truth, _in_many_runs(truth, context, how, together=together), context)


@mistake(
    Aspect.END,
    "An interruption did not reach the caller as it was: the call returned, or raised another error.",
    "Catch nothing but what you raise again by `raise` alone; `with SummaryWriter(…)` closes all the same.",
)
def interruption_not_passed_on(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """What each interrupted call returned or raised instead is adopted; or of `Exception`s alone."""
    seen = context.seen_ends or (returned_run(),)
    pairs = list(zip_longest(truth.ends, seen[: len(truth.ends)], fillvalue=NO_CALL))
    ends = tuple(got if isinstance(want, Raised) and got != want else want for want, got in pairs)
    ends = tuple(returned_run() if end in (Raised(LOADER_ERROR), NO_CALL) else end for end in ends)
    yield replace(truth, ends=ends)
    yield truth if context.training.error == "KeyboardInterrupt" else replace(truth, ends=ends)


@mistake(
    Aspect.STEP,
    "After the interruption the steps of `Loss/Batch` began at 1 again.",
    "Save the number of batches so far in the checkpoint, and count on from there; `purge_step` is the "
    "first step that is logged again.",
)
def step_count_lost(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The count starts anew; purged by it, rightly, or not at all."""
    batches = context.training.batches
    purges: tuple[Callable[[Saved], int | None], ...] = (
        lambda saved: 1,
        lambda saved: saved.epochs * batches + 1,
        lambda saved: None,
        lambda saved: saved.epochs + 1,
        lambda saved: 0,
        lambda saved: saved.steps + 1,
    )
    for purge in purges:
        how = _going_on(truth, purge=purge, step=lambda saved: 0)
        yield _as_logged(truth, in_one_run(truth, context, how), context)


@mistake(
    Aspect.STEP,
    "The learning rate of an epoch was logged at its begin, so that of an interrupted epoch stands there "
    "twice: `purge_step` counts batches, and voids none of the first epochs.",
    "Log the epoch's points together, when it is completed: its rate too, read before `scheduler.step()`.",
)
def rate_logged_ahead(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A point more for each epoch that was interrupted within, by a call that the next one goes on from."""
    case = context.training
    calls = zip(case.part(Interruptions).breaks, case.epochs_of_calls, strict=False)
    twice = [span.stop + 1 for one, span in calls if one.where != "save" and span.stop]

    def again(curve: Curve) -> Curve:
        more = [point for step in twice for point in curve.points if point[0] == step]
        return curve.with_points(sorted([*curve.points, *more], key=lambda point: point[0]))

    yield truth.map_curves(again, ["LearningRate"])


@mistake(
    Aspect.VALUE,
    "An epoch was saved before it was logged: when the call was interrupted just then, some or all of its "
    "points were lost for ever.",
    "First log the whole epoch, then `save(…)`.",
)
def saved_before_logging(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The epoch's points, or some of them, are missing."""
    for tags in some((BATCH_LOSS, *EPOCH_CURVES)):
        yield _as_logged(truth, in_one_run(truth, context, _going_on(truth, unsaved=tags)), context)


def _anew(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """All epochs once more, in new directories or in the old one, purged or not."""
    yield _in_many_runs(truth, context, ANEW)
    for how in (ANEW, replace(ANEW, purge=lambda saved: None)):
        yield in_one_run(truth, context, how)
    for how in (RIGHTLY, Resumption(purge=lambda saved: None)):
        yield in_one_run(truth, context, replace(how, first=lambda saved: 0))
    yield in_one_run(truth, context)


def _again(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The last completed epoch once more; batches counted on, or back; purged by that, or not at all."""
    once_more = Resumption(first=lambda saved: saved.epochs - 1)
    batches = context.training.batches
    for how in (once_more, replace(once_more, step=lambda saved: (saved.epochs - 1) * batches)):
        for purge in (lambda saved, how=how: how.step(saved) + 1, lambda saved: None, once_more.purge):
            yield in_one_run(truth, context, replace(how, purge=purge))


training_mistake(
    "epoch_begun_again",
    Flaw.EPOCH_AGAIN,
    needs=Interruptions,
    why="After the interruption the last epoch that had been completed was trained and logged once more.",
    next="An epoch whose checkpoint was written is done: go on with the one after it.",
    predict=_again,
)
training_mistake(
    "begun_anew",
    Flaw.BEGUN_ANEW,
    needs=Interruptions,
    why="After the interruption the training began anew, from a fresh model: nothing that had been learned "
    "was read back.",
    next="`if checkpoint.exists():`, read it: load what it holds into model, optimizer and scheduler, go "
    "on in its `log_dir`, with the epoch and the batch that come next.",
    predict=_anew,
)
training_mistake(
    "restarts_at_one",
    Flaw.EPOCHS_FROM_ONE,
    needs=Interruptions,
    why="After the interruption all `epochs` were trained once more, on top of those that were completed.",
    next="`epochs` is that of the whole training. Read the number of completed epochs from the checkpoint, "
    "and go on with `range(completed + 1, epochs + 1)`.",
    predict=_anew,
)
