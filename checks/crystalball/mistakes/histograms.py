"""Mistakes in what is logged of weights and gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from crystalball.cases.inside.parts import Clipping
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.oracle.trace import Epoch
from crystalball.outcomes.end import Raised
from crystalball.outcomes.outcome import Curve, Outcome
from crystalball.reading.values import Histogram, Value

NORM = "Gradient/Norm"
GROUPS = (("Weights/", "Gradients/"), ("Weights/",), ("Gradients/",))
"""Histograms that one loop may write: all, or those of weights or gradients alone."""


def _tags(truth: Outcome, starts: tuple[str, ...]) -> list[str]:
    return [tag for tag in truth.tags if tag.startswith(starts)]


def _of_norm(truth: Outcome, context: Context, norm: Callable[[Epoch], float]) -> Outcome:
    return truth.with_values(NORM, [norm(epoch) for epoch in context.trace.epochs])


def _norms(epoch: Epoch) -> list[float]:
    return [math.sqrt(one.sum_squares) for one in epoch.gradients.values()]


@mistake(
    Aspect.VALUE,
    "The gradients were read after `zero_grad()`, when they were 0 or gone.",
    "Read them between `loss.backward()` and the clipping; what you need later, keep as a copy: "
    "`p.grad.clone()`.",
)
def gradients_after_zero_grad(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Zeros in the histograms, or nothing there but the crash of who wants a histogram of `None`."""
    gradients = _tags(truth, ("Gradients/",))
    zeros = truth.map_points(lambda step, one: (step, Histogram(0, 0, one.num, 0, 0)), gradients)
    yield zeros
    yield _of_norm(zeros, context, lambda epoch: 0.0)
    yield _of_norm(truth, context, lambda epoch: 0.0)
    yield _of_norm(truth.without(gradients), context, lambda epoch: 0.0)


@mistake(
    Aspect.VALUE,
    "Gradients were looked at after they had been clipped: together they have at most the norm `max_norm` "
    "then.",
    "`clip_grad_norm_` returns the norm from before it clips. It changes each `p.grad` in place: log the "
    "histograms before you call it, or keep a copy, `p.grad.clone()`.",
)
def norm_after_clipping(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The norm, the histograms, or both."""
    most = context.training.part(Clipping).max_norm
    scales = [min(1.0, most / (epoch.gradient_norm + 1e-6)) for epoch in context.trace.epochs]
    clipped = truth.with_values(
        NORM,
        [scale * epoch.gradient_norm for scale, epoch in zip(scales, context.trace.epochs, strict=True)],
    )
    gradients = _tags(truth, ("Gradients/",))
    for before in (truth, clipped):
        yield before.map_points(lambda step, one: (step, _scaled(one, scales[step - 1])), gradients)
    yield clipped


def _scaled(one: Histogram, by: float) -> Histogram:
    return Histogram(one.min * by, one.max * by, one.num, one.sum * by, one.sum_squares * by * by)


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
        tags = _tags(truth, starts)
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
    "Go over all of `model.named_parameters()`, weights and biases alike. Only a frozen parameter has no "
    "gradient.",
)
def parameters_missed(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Some histograms are not there, and no other stands in their place."""
    histograms = _tags(truth, GROUPS[0])
    missing = {tag for tag in histograms if context.seen and tag not in context.seen.tags}
    if context.seen is None:
        missing = {tag for tag in histograms if tag.endswith("bias")}
    yield truth if _strange(truth, context) else truth.without(missing)


@mistake(
    Aspect.STEP,
    "The histograms stand at one epoch only, not at each.",
    "Log them inside the loop over the epochs, at the step of the epoch.",
)
def first_epoch_only(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The first, or the last."""
    for starts in GROUPS:
        for part in (slice(1), slice(-1, None)):
            yield truth.sliced(part, _tags(truth, starts))


@mistake(
    Aspect.STEP,
    "There is a histogram for each batch, all at the step of their epoch.",
    "Log weights and gradients once an epoch: the weights after its last batch, the gradients of that "
    "batch before they are clipped.",
)
def histograms_each_batch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Many at each step, of which the last one is right."""
    batches = context.training.batches
    for starts in GROUPS:
        outcome = truth
        for tag in _tags(truth, starts):
            for run in truth.runs:
                points = _repeated(run.curves[tag], context.seen_curve(tag), batches)
                outcome = outcome.with_points(tag, points)
        yield outcome


def _repeated(curve: Curve, seen: Curve, batches: int) -> list[tuple[int, Value]]:
    """The curve with a point for each batch: those that were seen, but the last of each epoch."""
    points: list[tuple[int, Value]] = []
    for step, value in curve.points:
        earlier = [point for point in seen.points if point[0] == step][: batches - 1]
        points += earlier if len(earlier) == batches - 1 else [(step, value)] * (batches - 1)
        points.append((step, value))
    return points


@mistake(
    Aspect.VALUE,
    "`Gradient/Norm` is the norm of one parameter's gradient, not of all together.",
    "`clip_grad_norm_(model.parameters(), max_norm)` returns the norm of all gradients together, from "
    "before it clips.",
)
def norm_of_one_parameter(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Any one, the first or last that is not frozen, or all of them at one step."""
    epochs = context.trace.epochs
    for name in epochs[0].weights:
        of_one = [math.sqrt(e.gradients[name].sum_squares) for e in epochs if name in e.gradients]
        yield truth.with_values(NORM, of_one) if of_one else truth
    yield _of_norm(truth, context, lambda epoch: _norms(epoch)[0])
    yield _of_norm(truth, context, lambda epoch: _norms(epoch)[-1])
    singles = [(n, norm) for n, epoch in enumerate(epochs, start=1) for norm in _norms(epoch)]
    yield truth.with_points(NORM, singles)


@mistake(
    Aspect.VALUE,
    "The norms of the single gradients were combined in another way, or a root was forgotten: this is not "
    "the norm of all of them together.",
    "Add up the squares of all gradients and take the root once, or take what `clip_grad_norm_` returns.",
)
def sum_of_norms(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Their sum, their mean, or a root that was forgotten."""
    yield _of_norm(truth, context, lambda epoch: sum(_norms(epoch)))
    yield _of_norm(truth, context, lambda epoch: sum(_norms(epoch)) / len(_norms(epoch)))
    yield _of_norm(truth, context, lambda epoch: epoch.gradient_norm**2)


@mistake(
    Aspect.END,
    "A frozen parameter has no gradient: its `grad` is `None`, which has no values.",
    "Ask `if parameter.grad is not None:` before you log a gradient.",
)
def frozen_parameter_crashes(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The call raises where a parameter is frozen; what it leaves then is its own affair."""
    example = replace(truth, runs=(), ends=(Raised("AttributeError"),))
    yield context.if_raised() or example if context.training.part(Clipping).frozen else truth
