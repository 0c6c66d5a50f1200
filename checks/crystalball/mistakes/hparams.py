"""Mistakes in the hyperparameters of a run, and in the metrics that it is measured by."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from crystalball.cases.inside.parts import Hyperparameters, RelativeRunsDir
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.mistakes.runs import below_the_run
from crystalball.mistakes.subsets import some
from crystalball.outcomes.end import Raised, Returned
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.reading.values import HPARAMS, Hparams, Json, Value

Values = dict[str, Any]  # hyperparameters by their names, as TensorBoard keeps them


def _metrics(truth: Outcome) -> list[str]:
    """The tags of the metrics; those of exercise 15 where a loader raises, and nothing is asked of them."""
    curves = [run.curves.get(HPARAMS, Curve(())) for run in truth.runs]
    named = [one.metrics for curve in curves for one in curve.values if isinstance(one, Hparams)]
    tags = (tag for tag in truth.tags if tag.startswith("Final/"))
    return sorted(next(iter(named), ()) or tags) or ["Final/Accuracy", "Final/Loss"]


def _right(context: Context, metrics: Iterable[str]) -> Hparams:
    return Hparams.of(context.training.part(Hyperparameters).hparams, metrics)


def _holding(truth: Outcome, value: Hparams) -> Outcome:
    """The truth with other hyperparameters, as often as they were logged."""
    return truth.map_curves(lambda curve: curve.with_values([value] * len(curve.points)), [HPARAMS])


def _held(truth: Outcome, context: Context) -> Values:
    """The hyperparameters that the truth holds, by the mistakes that were made before."""
    curves = [run.curves.get(HPARAMS, Curve(())) for run in truth.runs]
    held = [one for curve in curves for one in curve.values if isinstance(one, Hparams)]
    return _by_name(held[0]) if held else _given(context)


def _given(context: Context) -> Values:
    """The right hyperparameters, as TensorBoard keeps them."""
    return _by_name(_right(context, ()))


def _by_name(hparams: Hparams) -> Values:
    values: Values = json.loads(hparams.values.text)
    return values


def _with(truth: Outcome, values: Values) -> Outcome:
    """The truth with these hyperparameters, and its metrics."""
    return _holding(truth, Hparams(Json.of(values), tuple(_metrics(truth))))


@mistake(
    Aspect.RUN,
    "The hyperparameters lie in a run of their own below the run, as where `add_hparams` names one by "
    "`run_name`, joined to the `log_dir`, or by the time; only a path from the root stays what it is.",
    'Log them with the writer of the run and `run_name="."`: the dot is the run itself.',
)
def nested_run(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A second run holds them and the metrics, always, or by a relative path."""
    below = below_the_run(truth, context, [HPARAMS, *_metrics(truth)]) if _are_wanted(truth) else truth
    yield below
    yield below if context.training.find(RelativeRunsDir) else truth


def _are_wanted(truth: Outcome) -> bool:
    return any(run.curves.get(HPARAMS, Curve(())).points for run in truth.runs)


def _of_hparams(context: Context) -> list[Run]:
    """The runs below another one that hold hyperparameters."""
    return [run for run in context.seen_runs if HPARAMS in run.curves and "/" in str(run.name)]


@mistake(
    Aspect.RUN,
    "`add_hparams` made a run of its own below the run: there are more runs than were asked for.",
    "Take that call of `add_hparams` away: where hyperparameters are asked for, one call with "
    '`run_name="."` does.',
)
def run_of_hparams(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """What lies in those runs nobody asked for, and it is adopted."""
    example = [Run("run/1700000000.0", {HPARAMS: Curve(((0, Hparams.of({}, ())),))})]
    below = _of_hparams(context) if context.seen else example
    wanted = _are_wanted(truth)
    alone = len(below) == sum(HPARAMS in run.curves for run in context.seen_runs)
    if context.seen and wanted and alone:  # they are there alone, see `nested_run`
        below = []
    yield replace(truth, runs=(*truth.runs, *below))


@mistake(
    Aspect.TAG,
    "There are no hyperparameters in the run.",
    'After the last epoch: `writer.add_hparams(…, metrics, run_name=".")`, with each list as its `str`. '
    "It logs the metrics as points, too: call no `add_scalar` for these.",
)
def hparams_missing(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """None, with or without the metrics' curves."""
    yield truth.without([HPARAMS])
    yield truth.without([HPARAMS, *_metrics(truth)])


@mistake(
    Aspect.VALUE,
    "The hyperparameters have no metrics, or metrics without values: no table can say which run is better.",
    "Give the `Final/…` values as the second argument of the one `add_hparams`, after the last epoch: a "
    "dict from tag to number. It logs them as points, too: call no `add_scalar` for these.",
)
def no_metrics(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """No metrics are named; their curves are there, or not; or they are named, but have no curves."""
    named = {metric for one in _seen(context) for metric in one.metrics}
    drawn = any(named & run.curves.keys() for run in context.seen_runs)
    yield truth if drawn else truth.without(_metrics(truth))
    unnamed = _holding(truth, Hparams(Json.of(_held(truth, context)), ()))
    for outcome in (unnamed, unnamed.without(_metrics(truth))):
        yield truth if named else outcome


def _seen(context: Context) -> list[Hparams]:
    """The hyperparameters that were seen, in whatever run."""
    curves = [run.curves.get(HPARAMS, Curve(())) for run in context.seen_runs]
    return [value for curve in curves for value in curve.values if isinstance(value, Hparams)]


@mistake(
    Aspect.TAG,
    "The metrics have the tags of the epoch curves, so that `add_hparams` put one more point on each.",
    "Name them `Final/Loss` and `Final/Accuracy`: a metric is a curve of its own, with one point.",
)
def metrics_on_the_curves(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A point at step 0 of the epoch curves; the metrics' own curves are not there, or are."""
    outcome = _holding(truth, _right(context, ("Accuracy/Train", "Loss/Train")))
    for tag in () if context.training.error else ("Loss/Train", "Accuracy/Train"):
        curve = next((run.curves[tag] for run in truth.runs if tag in run.curves), Curve(()))
        outcome = outcome.with_points(tag, [(0, value) for value in curve.values[-1:]] + [*curve.points])
    yield outcome.without(_metrics(truth))
    yield outcome


@mistake(
    Aspect.VALUE,
    "Hyperparameters that TensorBoard knows as they are, such as booleans, were turned into strings.",
    "Only a list becomes its `str`: numbers, strings and booleans stay as they are.",
)
def values_as_strings(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The `str` of each value, or of the booleans, of the numbers."""
    given, held = context.training.part(Hyperparameters).hparams, _held(truth, context)
    for kinds in ((int, float, bool), (int, float), (int, bool), (bool,), (float,), (int,)):
        texts = {
            name: str(given[name]) for name in given.keys() & held.keys() if type(given[name]) in kinds
        }
        yield _with(truth, held | texts)


@mistake(
    Aspect.VALUE,
    "A list did not become its `str`: it was taken apart, joined, or written in another way.",
    "`str(value)` of the list as a whole, under its own name: `['conv', 16]`.",
)
def list_written_otherwise(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Another value under its name, or several names that begin with it; they are adopted."""
    lists = _lists(context)
    seen = _seen_values(context, dict.fromkeys(lists, "conv, 16"))
    theirs = {name for name in seen if name.startswith(lists)}
    yield _adopted(truth, context, seen, theirs | {*lists}) if theirs else truth


@mistake(
    Aspect.VALUE,
    "The hyperparameters have other names than `hparams`: some are missing, or some were added.",
    "Hand over the entries of `hparams` and no others, by their own names.",
)
def hparams_changed(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Names that are missing, or no metric's and there besides, but for those of lists that are there."""
    given, seen = _given(context), _seen_values(context, {"epochs": 3.0})
    lists = tuple(one for one in _lists(context) if any(name.startswith(one) for name in seen))
    changed = {name for name in given.keys() ^ seen.keys() if not name.startswith(lists)}
    changed -= _metrics_among(seen, given)
    yield _adopted(truth, context, seen, changed) if changed - {*_lists(context)} else truth


@mistake(
    Aspect.VALUE,
    "Some hyperparameters have other values than `hparams` has: they come from elsewhere, or were changed.",
    "Hand over the values of `hparams` as they are, and write nothing over them.",
)
def hparams_replaced(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Other values under names of no list, none of them the text of the right one; they are adopted."""
    given, seen = _given(context), _seen_values(context, {"lr": -1.0})
    texts = {name: str(one) for name, one in context.training.part(Hyperparameters).hparams.items()}
    known = given.keys() & seen.keys() - {*_lists(context)}
    yield _adopted(
        truth, context, seen, [one for one in known if seen[one] not in (given[one], texts[one])]
    )


def _lists(context: Context) -> tuple[str, ...]:
    """The names of the hyperparameters that are lists."""
    given = context.training.part(Hyperparameters).hparams
    return tuple(name for name, value in given.items() if isinstance(value, list))


def _metrics_among(seen: Values, given: Values) -> set[str]:
    """Names of numbers that were not given, and speak of what came out of a training."""
    numbers = {name for name, value in seen.items() if isinstance(value, float) and name not in given}
    return {name for name in numbers if re.search("loss|accuracy|final|metric", name, re.IGNORECASE)}


def _seen_values(context: Context, example: Values) -> Values:
    """The hyperparameters that were seen; an example beside the right ones, where nothing was yet."""
    if context.seen is None:
        return _given(context) | example
    return next(map(_by_name, _seen(context)), _given(context))


def _adopted(truth: Outcome, context: Context, seen: Values, names: Collection[str]) -> Outcome:
    """The truth with those of the hyperparameters that were seen which have these names."""
    kept = {name: value for name, value in _held(truth, context).items() if name not in names}
    return _with(truth, kept | {name: value for name, value in seen.items() if name in names})


def _with_first(curve: Curve, value: float) -> Curve:
    return curve.with_points([(0, value), *curve.points])


@mistake(
    Aspect.STEP,
    "A number that stands for nothing was logged under `Final/…` before the metric was known.",
    "Log it once, when it is known: with one `add_hparams` after the last epoch, and no `add_scalar`.",
)
def metrics_before_training(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A placeholder alone, or before the true metric; the hyperparameters once or twice."""
    for placeholder in (0.0, math.nan, math.inf, -1.0):
        yield truth.map_curves(partial(Curve.with_values, values=[placeholder]), _metrics(truth))
        outcome = truth.map_curves(partial(_with_first, value=placeholder), _metrics(truth))
        yield outcome
        yield outcome.map_curves(lambda curve: curve.with_points([*curve.points, *curve.points]), [HPARAMS])


@mistake(
    Aspect.VALUE,
    "The hyperparameters that are lists were left out.",
    "All of `hparams` must be there: turn a list into a string, `str(value)`.",
)
def lists_left_out(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """All but the lists."""
    yield _adopted(truth, context, {}, _lists(context))


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
    Aspect.VALUE,
    "The hyperparameters, or their metrics, were logged more than once.",
    "Log both once, with one `add_hparams` after the last epoch, when the metrics are known.",
)
def logged_each_epoch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Several times; each time with the metrics of that epoch."""
    epochs = context.trace.epochs
    held = [value for run in truth.runs for value in run.curves.get(HPARAMS, Curve(())).values]
    series: dict[str, list[Value]] = {
        "Final/Loss": [epoch.mean_loss for epoch in epochs],
        "Final/Accuracy": [epoch.accuracy for epoch in epochs],
        HPARAMS: (held or [_right(context, _metrics(truth))])[:1] * len(epochs),
    }
    for steps in (list(range(1, len(epochs) + 1)), [0] * len(epochs)):
        outcome = truth
        for tag, values in series.items():
            outcome = outcome.with_points(tag, zip(steps, values, strict=True))
        yield outcome


@mistake(
    Aspect.END,
    "TensorBoard knows numbers, strings and booleans as hyperparameters, no lists, tuples, or large "
    "tensors.",
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
    "The metrics stand among the hyperparameters: those are what was chosen before the training.",
    "`add_hparams` takes two dicts: the hyperparameters, and the metrics. It logs the metrics as "
    "points, too: call no `add_scalar` for these.",
)
def metrics_as_hparams(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """More values than were given; the metrics are named as well, or not."""
    given = _given(context)
    seen = _seen_values(context, {"Final/Loss": 0.5, "Final/Accuracy": 0.5})
    more = _metrics_among(seen, given)
    outcome = _adopted(truth, context, seen, more)
    unnamed = _holding(outcome, Hparams(Json.of(_held(outcome, context)), ()))
    yield outcome
    yield unnamed if more else truth
    yield unnamed.without(_metrics(truth)) if more else truth
