"""Mistakes in the hyperparameters of a run, and in the metrics that it is measured by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from crystalball.cases.inside.parts import Hyperparameters
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.mistakes.means import some
from crystalball.mistakes.runs import below_the_run
from crystalball.outcomes.end import Raised, Returned
from crystalball.outcomes.outcome import Curve, Outcome
from crystalball.reading.values import HPARAMS, Hparams, Json, Value


def _metrics(truth: Outcome) -> list[str]:
    return [tag for tag in truth.tags if tag.startswith("Final/")]


def _right(context: Context, metrics: Iterable[str]) -> Hparams:
    return Hparams.of(context.training.part(Hyperparameters).hparams, metrics)


@mistake(
    Aspect.RUN,
    "The hyperparameters lie in a run of their own below the run: `add_hparams` makes a folder of the name "
    "that it is told, or of the time when it is told none.",
    'Call `writer.add_hparams(hparams, metrics, run_name=".")`: the dot is the run itself.',
)
def nested_run(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A second run holds them and the metrics."""
    yield below_the_run(truth, context, [HPARAMS, *_metrics(truth)])


@mistake(
    Aspect.TAG,
    "There are no hyperparameters in the run.",
    'After the last epoch: `writer.add_hparams(hparams, metrics, run_name=".")`.',
)
def hparams_missing(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """None, with or without the metrics' curves."""
    yield truth.without([HPARAMS])
    yield truth.without([HPARAMS, *_metrics(truth)])


@mistake(
    Aspect.VALUE,
    "The hyperparameters have no metrics: the table in TensorBoard cannot say which run did better.",
    "Give the `Final/…` values as the second argument of `add_hparams`, a dict from tag to number; "
    "`add_scalar` alone does not make them metrics.",
)
def no_metrics(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """No metrics are named; their curves are there, or not; or they are named, but have no curves."""
    yield truth.without(_metrics(truth))
    unnamed = truth.with_values(HPARAMS, [_right(context, ())])
    seen = (
        context.seen.runs[0].curves.get(HPARAMS) if context.seen and len(context.seen.runs) == 1 else None
    )
    named = seen is not None and any(isinstance(v, Hparams) and v.metrics for v in seen.values)
    for outcome in (unnamed, unnamed.without(_metrics(truth))):
        yield truth if named else outcome


@mistake(
    Aspect.TAG,
    "The metrics have the tags of the epoch curves, so that `add_hparams` put one more point on each.",
    "Name them `Final/Loss` and `Final/Accuracy`: a metric is a curve of its own, with one point.",
)
def metrics_on_the_curves(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A point at step 0 of the epoch curves; the metrics' own curves are not there, or are."""
    outcome = truth.with_values(HPARAMS, [_right(context, ("Accuracy/Train", "Loss/Train"))])
    for tag in ("Loss/Train", "Accuracy/Train"):
        curve = next((run.curves[tag] for run in truth.runs if tag in run.curves), Curve(()))
        outcome = outcome.with_points(tag, [(0, value) for value in curve.values[-1:]] + [*curve.points])
    yield outcome.without(_metrics(truth))
    yield outcome


@mistake(
    Aspect.VALUE,
    "Every hyperparameter was turned into a string, so that TensorBoard no longer knows which are numbers.",
    "Only a list becomes its `str`: numbers, strings and booleans stay as they are.",
)
def values_as_strings(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The `str` of each value."""
    given = context.training.part(Hyperparameters).hparams
    texts = {name: str(value) for name, value in given.items()}
    yield truth.with_values(HPARAMS, [Hparams.of(texts, _metrics(truth))])


@mistake(
    Aspect.VALUE,
    "The hyperparameters that are lists were left out.",
    "All of `hparams` must be there: turn a list into a string, `str(value)`.",
)
def lists_left_out(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """All but the lists."""
    given = context.training.part(Hyperparameters).hparams
    kept = {name: value for name, value in given.items() if not isinstance(value, list)}
    yield truth.with_values(HPARAMS, [Hparams.of(kept, _metrics(truth))])


@mistake(
    Aspect.STEP,
    "A metric was logged twice: `add_hparams` logs the metrics' points itself.",
    "Leave `add_scalar` away for the `Final/…` tags, and call `add_hparams` once.",
)
def metrics_logged_twice(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Each metric, or one of them, has its point two times."""
    for tags in some(_metrics(truth)):
        yield truth.map_curves(lambda curve: curve.with_points([*curve.points, *curve.points]), tags)


@mistake(
    Aspect.STEP,
    "The hyperparameters were logged more than once.",
    "Call `add_hparams` once, after the last epoch, when the metrics are known.",
)
def logged_each_epoch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Several times; each time with the metrics of that epoch."""
    epochs = context.trace.epochs
    series: dict[str, list[Value]] = {
        "Final/Loss": [epoch.mean_loss for epoch in epochs],
        "Final/Accuracy": [epoch.accuracy for epoch in epochs],
        HPARAMS: [_right(context, _metrics(truth))] * len(epochs),
    }
    for steps in (list(range(1, len(epochs) + 1)), [0] * len(epochs)):
        outcome = truth
        for tag, values in series.items():
            outcome = outcome.with_points(tag, zip(steps, values, strict=True))
        yield outcome


def _measured(truth: Outcome, loss: float, accuracy: float) -> Iterator[Outcome]:
    """The truth with other metrics: both, or one of them."""
    values = {"Final/Loss": loss, "Final/Accuracy": accuracy}
    for tags in some(values):
        outcome = truth
        for tag in tags:
            outcome = outcome.with_values(tag, [values[tag]])
        yield outcome


@mistake(
    Aspect.VALUE,
    "A metric is that of the last batch, not that of the last epoch.",
    "Use the very means that you logged for the last epoch.",
)
def metric_of_last_batch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Of the last batch."""
    last = context.trace.batches[-1]
    yield from _measured(truth, last.loss, last.correct / last.size)


@mistake(
    Aspect.VALUE,
    "A metric is that of the best epoch, or a mean over the epochs, not that of the last epoch.",
    "`Final/…` says how the training ended: use what you logged for the last epoch.",
)
def metric_of_best_epoch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The lowest loss and the highest accuracy, or the means over all epochs."""
    losses = [epoch.mean_loss for epoch in context.trace.epochs]
    accuracies = [epoch.accuracy for epoch in context.trace.epochs]
    yield from _measured(truth, min(losses), max(accuracies))
    yield from _measured(truth, sum(losses) / len(losses), sum(accuracies) / len(accuracies))
    best = min(context.trace.epochs, key=lambda epoch: epoch.mean_loss)
    yield from _measured(truth, best.mean_loss, best.accuracy)


@mistake(
    Aspect.END,
    "TensorBoard knows numbers, strings and booleans as hyperparameters, but no lists, tuples or tensors.",
    "Turn what is a list into a string first: `str(value)`.",
)
def list_value_crashes(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """`add_hparams` raises where a value is a list; what is left then is its own affair."""
    given = context.training.part(Hyperparameters).hparams
    lists = any(isinstance(value, list) for value in given.values())
    crash = replace(truth, ends=(Raised("ValueError"),))
    seen = context.seen or replace(crash, runs=())
    if lists and crash.ends == seen.ends and not context.seen_curve(HPARAMS).points:
        yield seen
    else:
        complete = all(isinstance(end, Returned) for end in truth.ends)
        yield crash if lists and complete else truth


@mistake(
    Aspect.TAG,
    "The metrics stand among the hyperparameters: those are what you chose before the training, not what "
    "came out of it.",
    "`add_hparams` takes two dicts: `hparams` as given, and the metrics.",
)
def metrics_as_hparams(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """More values than were given; the metrics are named as well, or not."""
    right = _right(context, ())
    seen = _seen_hparams(context)
    values = json.loads(seen.values.text)
    given = json.loads(right.values.text)
    more = values.keys() - given.keys()
    measured = all(re.search("loss|accuracy|final|metric", name, re.IGNORECASE) for name in more)
    mixed = bool(more) and measured and {name: values[name] for name in given if name in values} == given
    outcome = truth.with_values(HPARAMS, [seen]) if mixed else truth
    yield outcome
    yield outcome.without(_metrics(truth)) if mixed else truth


def _seen_hparams(context: Context) -> Hparams:
    """What was seen; an example when there is nothing to see."""
    if context.seen is None:
        given = context.training.part(Hyperparameters).hparams
        return Hparams.of(given | {"Final/Loss": 0.5, "Final/Accuracy": 0.5}, ())
    curves = [run.curves.get(HPARAMS, Curve(())) for run in context.seen.runs]
    found = [value for curve in curves for value in curve.values if isinstance(value, Hparams)]
    return found[0] if len(found) == 1 else Hparams(Json("{}"), ())
