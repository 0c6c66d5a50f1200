"""Mistakes in what is logged of weights and gradients."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from crystalball.cases.inside.parts import Clipping, LoaderFailure
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.mistakes.series import HISTOGRAMS
from crystalball.oracle.trace import Epoch
from crystalball.outcomes.outcome import Outcome
from crystalball.reading.values import Histogram, Value

NORM = "Gradient/Norm"
GROUPS = (HISTOGRAMS, *((start,) for start in HISTOGRAMS))
"""Histograms that one loop may write: all, or those of weights or gradients alone."""


def tags_of(truth: Outcome, starts: tuple[str, ...]) -> list[str]:
    """The tags of an outcome that begin with one of some texts.

    Args:
        truth: the outcome.
        starts: these texts.
    """
    return [tag for tag in truth.tags if tag.startswith(starts)]


def _of_norm(truth: Outcome, context: Context, norm: Callable[[Epoch], float]) -> Outcome:
    return truth.with_values(NORM, [norm(epoch) for epoch in context.trace.epochs])


def _norms(gradients: Mapping[str, Histogram]) -> list[float]:
    return [math.sqrt(one.sum_squares) for one in gradients.values()]


@mistake(
    Aspect.VALUE,
    "The gradients were read when they had been set to 0, or were gone, as they are after `zero_grad()`.",
    "Read them between `loss.backward()` and the clipping; what you need later, keep as a copy: "
    "`p.grad.clone()`.",
)
def gradients_after_zero_grad(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Zeros in the histograms, or nothing there but the crash of who wants a histogram of `None`."""
    gradients = tags_of(truth, ("Gradients/",))
    zeros = truth.map_points(lambda step, one: (step, Histogram(0, 0, one.num, 0, 0)), gradients)
    yield zeros
    yield _of_norm(zeros, context, lambda epoch: 0.0)
    yield _of_norm(truth, context, lambda epoch: 0.0)
    yield _of_norm(truth.without(gradients), context, lambda epoch: 0.0)


@mistake(
    Aspect.VALUE,
    "Gradients, or their norm, were looked at after the gradients had been clipped.",
    "`clip_grad_norm_` returns the norm from before it clips: log that. It changes each `p.grad` in "
    "place: histograms are of what was there before it, or of a copy, `p.grad.clone()`.",
)
def norm_after_clipping(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The norm, the histograms, or both; clipped together, or one by one."""
    for _, drawn, both, normed in _after_clipping(truth, context):
        yield from (drawn, both, normed)
    clipped = tuple(epoch.clipped for epoch in context.trace.epochs)  # however they were clipped
    late = truth.with_values(NORM, [epoch.gradient_norm for epoch in clipped])
    yield late.map_curves(lambda curve: replace(curve, epochs=clipped), [NORM])


def _after_clipping(
    truth: Outcome, context: Context
) -> Iterator[tuple[list[dict[str, Histogram]], Outcome, Outcome, Outcome]]:
    """Gradients as clipping leaves them; the truth with their histograms, with both, with their norm."""
    for alone in (False, True):
        most, epochs = context.training.part(Clipping).max_norm, context.trace.epochs
        clipped = [_clipped(epoch, most, alone) for epoch in epochs]
        normed = truth.with_values(NORM, [math.hypot(*_norms(each)) for each in clipped])
        drawn, both = (
            with_histograms(one, "Gradients/", clipped[: told_epochs(context)]) for one in (truth, normed)
        )
        yield clipped, drawn, both, normed


def _clipped(epoch: Epoch, most: float, alone: bool) -> dict[str, Histogram]:
    """The gradients of an epoch, clipped together, or each alone."""
    norms = {name: math.sqrt(one.sum_squares) for name, one in epoch.gradients.items()}
    together = epoch.gradient_norm
    scales = {name: min(1.0, most / ((norm if alone else together) + 1e-6)) for name, norm in norms.items()}
    return {name: one.scaled(scales[name]) for name, one in epoch.gradients.items()}


@mistake(
    Aspect.TAG,
    "All parameters went under one tag, so that no layer can be told from another.",
    'A tag for each: `f"Weights/{name}"` (the `f` matters), with the name that '
    "`model.named_parameters()` gives.",
)
def one_merged_histogram(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """One histogram of all numbers, or all histograms at one step of one tag."""
    strange = len(_strange(truth, context))
    for starts in GROUPS:
        tags = tags_of(truth, starts)
        # As many other tags as parameters are parameters under other names.
        merged = context.seen is None or 0 < strange < len(tags)
        yield truth.without(tags) if merged else truth


def _strange(truth: Outcome, context: Context) -> set[str]:
    """The tags of histograms that nobody asked for."""
    return {
        tag
        for run in context.seen_runs
        for tag, curve in run.curves.items()
        if tag not in truth.tags and all(isinstance(value, Histogram) for value in curve.values)
    }


@mistake(
    Aspect.TAG,
    "Some parameters have no histogram, or their gradients have none.",
    "Inside a loop over all of `model.named_parameters()`, weights and biases alike, log the weights, "
    "and the gradient, as it is before clipping and `zero_grad()`: only a frozen parameter has none.",
)
def parameters_missed(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Some histograms are not there, and no other stands in their place."""
    histograms = tags_of(truth, GROUPS[0])
    missing = {tag for tag in histograms if context.seen and tag not in context.seen.tags}
    if context.seen is None:
        missing = {tag for tag in histograms if tag.endswith("bias")}
    yield truth if _strange(truth, context) else truth.without(missing)


@mistake(
    Aspect.STEP,
    "The histograms stand at one epoch only, not at each.",
    "Log them after each epoch, at its step: look what keeps the other epochs out.",
)
def first_epoch_only(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The first, or the last, which is not reached where a loader raises."""
    for starts in GROUPS:
        tags = tags_of(truth, starts)
        yield truth.sliced(slice(1), tags)
        yield truth.without(tags) if context.training.error else truth.sliced(slice(-1, None), tags)


@mistake(
    Aspect.STEP,
    "There is a histogram for each batch, not one for each epoch.",
    "Log weights and gradients once an epoch: the weights after its last batch, the gradients of that "
    "batch before they are clipped.",
)
def histograms_each_batch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Many at the step of their epoch, or each at one of its own; of weights before or after the step."""
    batches, training = context.trace.batches, context.training
    before = [batch.weights for batch in batches]
    after = [*before[1:], context.trace.epochs[-1].weights]
    failure = training.find(LoaderFailure)
    trained = failure.epoch * training.batches + failure.batch if failure else len(batches)
    for starts in GROUPS:
        for weights, each in product((before, after), (training.batches, 1)):
            points: dict[str, list[tuple[int, Value]]] = {}
            for tag in tags_of(truth, starts):
                of_all = weights if tag.startswith("Weights/") else [b.gradients for b in batches]
                name = tag.partition("/")[2]
                points[tag] = [(n // each + 1, one[name]) for n, one in enumerate(of_all[:trained])]
            yield truth.with_all_points(points)


@mistake(
    Aspect.VALUE,
    "The gradients are those of the epoch's first batch, not those of its last one.",
    "Keep those of each batch (`p.grad.clone()`) until the loop over the batches is over, or count the "
    "batches and log when `batch == len(loader)`.",
)
def gradients_of_first_batch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The first."""
    yield from _of_one_batch(truth, context, 0)


@mistake(
    Aspect.VALUE,
    "Gradients, or their norm, are not those of the epoch's last batch, but of one before it, such as a "
    "full one.",
    "The last batch, counted from 1, is number `len(loader)`; or keep the gradients of each batch until "
    "the loop over them is over.",
)
def gradients_of_last_full_batch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """That which `len(dataset) // batch_size` counts; none where no batch is full."""
    yield from _of_one_batch(truth, context, context.training.samples // context.training.batch_size - 1)


@mistake(
    Aspect.VALUE,
    "The gradients are those of all batches of the epoch together, not those of its last one alone.",
    "Log the gradients of the last batch: keep a copy of each batch's in place of the one before.",
)
def gradients_of_all_batches(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Histograms with as many times the numbers as the epoch has batches."""
    for tag in tags_of(truth, ("Gradients/",)):
        name = tag.partition("/")[2]
        of_all = [
            Histogram.of(batch.gradients[name] for batch in epoch.batches) for epoch in context.trace.epochs
        ]
        steps = [step for run in truth.runs for step in run.curves[tag].steps]
        truth = truth.with_points(tag, [(step, of_all[step - 1]) for step in steps])
    yield truth


@mistake(
    Aspect.VALUE,
    "The histograms hold the sizes of the numbers, without their signs.",
    "Log the tensor as it is, without `abs()`: the histogram shows both sides.",
)
def signs_lost(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """What is known of the absolute values; the smallest and the sum are adopted."""
    for starts in GROUPS:
        outcome = truth
        for tag in tags_of(truth, starts):
            seen = dict(context.seen_curve(tag).points)
            points = [point for run in truth.runs for point in run.curves[tag].points]
            outcome = outcome.with_points(tag, [(at, _absolute(one, seen.get(at))) for at, one in points])
        yield outcome


def _absolute(one: Value, seen: object) -> Value:
    if not isinstance(one, Histogram):
        return one
    largest, squares = max(abs(one.min), abs(one.max)), one.sum_squares
    if isinstance(seen, Histogram) and seen.min >= 0:
        return Histogram(seen.min, largest, one.num, seen.sum, squares)
    return Histogram(0, largest, one.num, math.sqrt(squares * one.num), squares)


def _of_one_batch(truth: Outcome, context: Context, index: int) -> Iterator[Outcome]:
    """The norm, the histograms, or both of this batch; these at once, or when the epoch is completed.

    None where there is no such batch, which is -1.
    """
    chosen = [epoch.batches[index] for epoch in context.trace.epochs if index >= 0]
    norms = [*enumerate((batch.gradient_norm for batch in chosen), start=1)]
    completed, begun = context.training.completed, begun_epochs(context, index + 1)
    for drawn, normed in product((None, told_epochs(context), begun), (None, completed, begun)):
        outcome = truth
        if drawn is not None:
            outcome = with_histograms(outcome, "Gradients/", [batch.gradients for batch in chosen[:drawn]])
        if normed is not None:
            outcome = outcome.with_points(NORM, norms[:normed])
        yield outcome


def told_epochs(context: Context) -> int:
    """Epochs that were completed, with finite losses: of others, exercise 19 wants no histograms.

    Args:
        context: of the case.
    """
    completed = context.trace.epochs[: context.training.completed]
    return sum(math.isfinite(epoch.mean_loss) for epoch in completed)


def begun_epochs(context: Context, batches: int) -> int:
    """Epochs in which so many batches were trained, until the loader raises.

    Args:
        context: of the case.
        batches: how many.
    """
    failure = context.training.find(LoaderFailure)
    return context.training.completed + (failure is not None and failure.batch >= batches)


def with_histograms(truth: Outcome, start: str, epochs: Sequence[Mapping[str, Histogram]]) -> Outcome:
    """The truth with other histograms of each parameter, one for each of these epochs.

    Args:
        truth: what the laws expect.
        start: of their tags, `Weights/` or `Gradients/`.
        epochs: of each the histograms, by the names of the parameters.
    """
    for tag in tags_of(truth, (start,)):
        points = enumerate((one[tag.removeprefix(start)] for one in epochs), start=1)
        truth = truth.with_points(tag, points)
    return truth


@mistake(
    Aspect.VALUE,
    "`Gradient/Norm` is made of the norms of all the epoch's batches, not that of its last batch.",
    "Log the norm that `clip_grad_norm_` returned for the last batch: no sum, no mean, no largest one.",
)
def norm_of_all_batches(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Their mean, by samples or not, the largest, their sum, or the root of the sum of all squares."""
    made: tuple[Callable[..., float], ...] = (statistics.fmean, max, sum, lambda of: math.hypot(*of))
    norms = [[batch.gradient_norm for batch in epoch.batches] for epoch in context.trace.epochs]
    for of in made:
        yield truth.with_values(NORM, [of(of_epoch) for of_epoch in norms])
    sizes = [[batch.size for batch in epoch.batches] for epoch in context.trace.epochs]
    yield truth.with_values(NORM, list(map(statistics.fmean, norms, sizes)))


@mistake(
    Aspect.VALUE,
    "`Gradient/Norm` is the norm of one parameter's gradient, not of all together.",
    "`clip_grad_norm_(model.parameters(), max_norm)` returns the norm of all gradients together, from "
    "before it clips: log that once for each epoch.",
)
def norm_of_one_parameter(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Any one, the first or last that is not frozen, or all of them at one step."""
    epochs = context.trace.epochs
    for name in epochs[0].weights:
        of_one = [math.sqrt(e.gradients[name].sum_squares) for e in epochs if name in e.gradients]
        yield truth.with_values(NORM, of_one) if of_one else truth
    yield _of_norm(truth, context, lambda epoch: _norms(epoch.gradients)[0])
    yield _of_norm(truth, context, lambda epoch: _norms(epoch.gradients)[-1])
    completed = enumerate(epochs[: context.training.completed], start=1)
    yield truth.with_points(NORM, [(n, norm) for n, e in completed for norm in _norms(e.gradients)])


@mistake(
    Aspect.VALUE,
    "The norms of the single gradients were combined in another way, or a root was forgotten: this is not "
    "the norm of all of them together.",
    "Add up the squares of all gradients and take the root once, or take what `clip_grad_norm_` returns.",
)
def sum_of_norms(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Their sum, their mean, a root that was forgotten, or that of the wrong sum."""
    made: tuple[Callable[[list[float]], float], ...] = (
        sum,
        statistics.fmean,
        lambda norms: math.hypot(*norms) ** 2,
        lambda norms: math.sqrt(sum(norms)),
    )
    looked_at: list[Mapping[str, Histogram]] = [epoch.gradients for epoch in context.trace.epochs]
    right = _of_norm(truth, context, lambda epoch: epoch.gradient_norm)
    right = with_histograms(right, "Gradients/", looked_at[: told_epochs(context)])
    for clipped, drawn, _, normed in _after_clipping(truth, context):
        if truth != right and truth in (drawn, normed):  # a mistake before this one
            looked_at = [*clipped]
    for of in made:
        yield truth.with_values(NORM, [of(_norms(gradients)) for gradients in looked_at])
