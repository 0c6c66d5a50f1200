"""Mistakes in the step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import accumulate

from crystalball.cases.inside.parts import LoaderFailure
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.mistakes.means import BATCH_LOSS, LOSS, some
from crystalball.outcomes.end import returned_run
from crystalball.outcomes.outcome import Curve, Outcome


@mistake(
    Aspect.STEP,
    "No step was given, so that every point stands at step 0, on top of the others.",
    "Give the step: `writer.add_scalar(tag, value, global_step=step)`.",
)
def step_omitted(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Everything at step 0."""
    for tags in some(truth.tags):
        yield truth.map_points(lambda _, value: (0, value), tags)


@mistake(
    Aspect.STEP,
    "Each point was logged twice: the same value at the same step.",
    "Call `add_scalar` once for each tag and step, and look whether two loops both do it.",
)
def logged_twice(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Every point of some tags a second time."""
    for tags in some(truth.tags):
        yield truth.map_curves(
            lambda curve: curve.with_points([point for point in curve.points for _ in range(2)]), tags
        )


@mistake(
    Aspect.STEP,
    "The steps start at 0. A step counts what is completed, so the first point stands at step 1.",
    "Count before you log (`step += 1`), log at `epoch + 1`, or count from 1: `range(1, epochs + 1)`, "
    "`enumerate(…, start=1)`.",
)
def steps_from_zero(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Every step one less; what describes the whole run stands at step 0 anyway."""
    curves = [pair for run in truth.runs for pair in run.curves.items()]
    whole = {tag for tag, curve in curves if curve.any_step or curve.steps[:1] == (0,)}
    for tags in some(tag for tag in truth.tags if tag not in whole):
        yield truth.map_points(lambda step, value: (step - 1, value), tags)


@mistake(
    Aspect.STEP,
    "The last value is missing: the loop ended one too early.",
    "Look at where your loop stops: `range(n)` already leaves out n, and `range(1, n)` has n - 1 turns.",
)
def last_value_missing(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The last point of each curve is not there."""
    yield truth.sliced(slice(-1))


@mistake(
    Aspect.STEP,
    "The training was one epoch short: the last epoch is missing.",
    "`range(1, epochs)` has only epochs - 1 turns: use `range(1, epochs + 1)`.",
)
def one_epoch_short(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The last epoch was not trained, nor met what fails in it; what was logged before it is right."""
    if context.training.find(LoaderFailure):
        spared = context.training.completed == context.training.epochs - 1
        returned = tuple(returned_run() for _ in truth.ends)
        yield replace(truth, ends=returned) if spared else truth
        return
    short = truth.sliced(slice(-1), _by_epochs(truth))
    short = short.sliced(slice(-context.training.batches), [BATCH_LOSS])
    yield replace(short, views=short.views if context.seen is None else context.seen.views)


def _by_epochs(truth: Outcome) -> list[str]:
    """The tags whose steps count epochs: neither batches, nor what describes the whole run."""
    curves = {tag: curve for run in truth.runs for tag, curve in run.curves.items()}
    return [
        tag
        for tag, curve in curves.items()
        if tag != BATCH_LOSS and not curve.any_step and curve.steps[:1] != (0,)
    ]


@mistake(
    Aspect.STEP,
    "The training was one epoch too long.",
    "`range(epochs + 1)` has epochs + 1 turns: use `range(1, epochs + 1)`.",
)
def one_epoch_long(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """What another epoch logs is taken as it was seen; epochs count from 1, or from 0."""
    tags = _by_epochs(truth)
    for outcome in (truth, truth.map_points(lambda epoch, value: (epoch - 1, value), tags)):
        if context.training.find(LoaderFailure):  # which ends the training before
            yield outcome
            continue
        longer = outcome
        for tag in (*tags, BATCH_LOSS):
            seen = None if context.seen is None else context.seen_curve(tag)
            more = context.training.batches if tag == BATCH_LOSS else 1
            longer = longer.map_curves(partial(_longer, more=more, seen=seen), [tag])
        views = longer.views if context.seen is None else context.seen.views
        yield truth if longer == outcome else replace(longer, views=views)


def _longer(curve: Curve, more: int, seen: Curve | None) -> Curve:
    """The curve with so many more points at its end, those that were seen where they are as many."""
    if seen is not None:
        extra = seen.points[len(curve.points) :]
    else:
        extra = tuple((step + more, value) for step, value in curve.points[-more:])
    return curve.with_points([*curve.points, *extra]) if len(extra) == more else curve


@mistake(
    Aspect.STEP,
    "The steps start at 2: what counts from 1 already was raised by one.",
    "Give the step as it is: `global_step=epoch` where `epoch` counts from 1.",
)
def steps_from_two(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Every step one more, of the curves that count epochs or of some."""
    for tags in some(_by_epochs(truth)):
        yield truth.map_points(lambda step, value: (step + 1, value), tags)


def _batches_at(truth: Outcome, context: Context, step: Callable[[int, int], int]) -> Outcome:
    """The truth with the points of the batches at steps made of epoch and batch, both from 0."""
    epochs = enumerate(context.trace.epochs)
    return truth.with_steps(
        BATCH_LOSS, [step(e, b) for e, epoch in epochs for b, _ in enumerate(epoch.batches)]
    )


@mistake(
    Aspect.STEP,
    "The steps of `Loss/Batch` start again in each epoch, so that the epochs lie on top of each other.",
    "Count the batches over the whole training: set the counter to 0 once, before the first epoch.",
)
def step_resets_each_epoch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """1..B in every epoch, or 0..B-1."""
    yield _batches_at(truth, context, lambda _, b: b + 1)
    yield _batches_at(truth, context, lambda _, b: b)


@mistake(
    Aspect.STEP,
    "The step of `Loss/Batch` is epoch times batch: several batches share a step, and others are skipped.",
    "Count the batches with one counter, or use `epoch * len(loader) + batch` with both from 0, plus 1.",
)
def epoch_times_batch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The product, with either counted from 0 or 1."""
    yield _batches_at(truth, context, lambda e, b: (e + 1) * (b + 1))
    yield _batches_at(truth, context, lambda e, b: (e + 1) * b)
    yield _batches_at(truth, context, lambda e, b: e * (b + 1))
    yield _batches_at(truth, context, lambda e, b: e * b)


@mistake(
    Aspect.STEP,
    "The steps of `Loss/Batch` count samples, not batches.",
    "Add 1 to the step for each batch, not `len(inputs)`.",
)
def steps_count_samples(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Samples seen after the batch, before it, or as if every batch were full."""
    size, sizes = context.training.batch_size, [batch.size for batch in context.trace.batches]
    seen = list(accumulate(sizes))
    for steps in (
        seen,
        [after - n for after, n in zip(seen, sizes, strict=True)],
        [after - n + 1 for after, n in zip(seen, sizes, strict=True)],
        [size * (n + 1) for n in range(len(sizes))],
        [size * n for n in range(len(sizes))],
    ):
        yield truth.with_steps(BATCH_LOSS, steps)


@mistake(
    Aspect.STEP,
    "The steps of `Loss/Batch` do not run on from one epoch to the next: there is a gap, or two "
    "batches share a step, at every new epoch.",
    "An epoch has `len(loader)` batches: the first batch of the next one has the very next step.",
)
def gap_between_epochs(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The offset of an epoch is wrong: one too many or too few, or a fixed one."""
    batches, samples = context.training.batches, context.training.samples
    yield _batches_at(truth, context, lambda e, b: e * (batches + 1) + b + 1)
    yield _batches_at(truth, context, lambda e, b: e * (batches - 1) + b + 1)
    yield _batches_at(truth, context, lambda e, b: e * (batches + 1) + b)
    yield _batches_at(truth, context, lambda e, b: e * (batches - 1) + b)
    yield _batches_at(truth, context, lambda e, b: e * 1000 + b + 1)
    yield _batches_at(truth, context, lambda e, b: (e + 1) * 1000 + b + 1)
    yield _batches_at(truth, context, lambda e, b: e * 100 + b + 1)
    yield _batches_at(truth, context, lambda e, b: e * samples + b + 1)


@mistake(
    Aspect.STEP,
    "The steps of `Loss/Batch` are shifted by an epoch, as happens when `epoch` counts from 1: the very "
    "first batch stands where the second epoch should begin, or a step before that, and not at 1.",
    "Count the batches with one counter, or use `(epoch - 1) * len(loader)` plus the number of the batch "
    "in its epoch, from 1.",
)
def shifted_by_an_epoch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The offset of epochs from 1, with batches from 1 or from 0."""
    batches = context.training.batches
    yield _batches_at(truth, context, lambda e, b: (e + 1) * batches + b + 1)
    yield _batches_at(truth, context, lambda e, b: (e + 1) * batches + b)


@mistake(
    Aspect.STEP,
    "Both curves use the same step, but they count different things: batches and epochs.",
    "Log `Loss/Batch` at the number of batches so far, and `Loss/Train` at the number of epochs.",
)
def one_step_for_both_curves(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The epoch curve at batch steps, or the batch curve at epoch steps."""
    batches = context.training.batches
    yield truth.map_points(lambda epoch, value: (epoch * batches, value), [LOSS])
    yield truth.map_points(lambda epoch, value: (epoch * batches - 1, value), [LOSS])
    yield _batches_at(truth, context, lambda e, _: e + 1)
    yield _batches_at(truth, context, lambda e, _: e)


@mistake(
    Aspect.STEP,
    "The curves of the validation stand at other steps than those of the training, so that they "
    "cannot be compared.",
    "Log all curves of an epoch at the same step: the number of epochs completed.",
)
def validation_steps_shifted(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """One less, one more, or by batches."""
    tags = [tag for tag in truth.tags if tag.endswith("/Validation")]
    batches = context.training.batches
    yield truth.map_points(lambda epoch, value: (epoch - 1, value), tags)
    yield truth.map_points(lambda epoch, value: (epoch + 1, value), tags)
    yield truth.map_points(lambda epoch, value: (epoch * batches, value), tags)
    yield truth.map_points(lambda epoch, value: ((epoch - 1) * batches, value), tags)
