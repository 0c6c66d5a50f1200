"""Mistakes in which points there are: when a program logs, and what is left of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.mistakes.filters import whole
from crystalball.mistakes.language import ALL, Kept, Part, Points, Step, When, logged
from crystalball.mistakes.lifetime import ANY_ERROR, CAUGHT, KINDS
from crystalball.mistakes.right import epoch_so_far
from crystalball.mistakes.series import Batches, Clock, Moment, Quantity, Series, samples
from crystalball.mistakes.values import data_set, mean_of_means, over, predicted_right, weighed
from crystalball.mistakes.windows import LAST
from crystalball.outcomes.outcome import Curve, Outcome
from crystalball.reading.values import Graph, Hparams, Json, Layout, Value

LOSS, ACCURACY, NORM, RATE = Quantity.LOSS, Quantity.ACCURACY, Quantity.NORM, Quantity.RATE
EPOCH, BATCH, WINDOW, OTHER = Clock.EPOCH, Clock.BATCH, Clock.WINDOW, Clock.OTHER
REPEATED = (EPOCH, BATCH, WINDOW, OTHER)
"""The clocks of what is logged again and again."""


def is_repeated(series: Series) -> bool:
    """Whether a right program logs more than once under the tag, where there are epochs enough.

    Args:
        series: of the tag.
    """
    once = any(isinstance(value, (Json, Graph, Layout, Hparams)) for value in series.curve.values)
    return not once and series.curve.steps != (0,)


def _each_batch(series: Series) -> list[Moment]:
    """After each batch of the epochs that were completed, and of one in which the loader fails."""
    count, failure = len(series.curve.points), series.failure
    more = failure.batch if failure and not series.validation else 0
    return [series.moment(stop) for stop in range(1, (series.ends[count - 1] if count else 0) + more + 1)]


SO_FAR = (epoch_so_far, epoch_so_far)


per_batch = logged(
    "point_for_each_batch",
    "The curve has a point for each batch, not one for each epoch.",
    "Log after the loop over the batches, not inside it: the value that belongs to the epoch, with the "
    "epoch as its step.",
)


def logged_each_batch(choices: Mapping[Part, Any], quantities: Collection[Quantity]) -> None:
    """Adds ways to log at each batch: one for each step that is likely then.

    Args:
        choices: in the other parts.
        quantities: of the series in which they can be made.
    """
    steps: tuple[Step, ...] = (
        lambda at: at.right,
        lambda at: at.epoch,
        lambda at: at.batches,
        lambda at: at.batches - 1,
        lambda at: at.batch,
        lambda at: at.batch - 1,
    )
    for step in steps:
        per_batch.way({Part.WHEN: _each_batch, Part.STEP: step, **choices}, quantities, EPOCH)


logged_each_batch({}, (LOSS, ACCURACY, NORM, RATE))
logged_each_batch({Part.WINDOWS: LAST}, (LOSS, ACCURACY))
logged_each_batch({Part.SOURCE: mean_of_means, Part.WINDOWS: SO_FAR}, (LOSS, ACCURACY))

logged(
    "point_for_each_epoch",
    "`Loss/Batch` has a point for each epoch, not one for each batch.",
    "Log inside the loop over the batches: move `add_scalar` one level to the right.",
).whens(
    [lambda series: [series.moment(end) for end in series.ends if end <= len(series.curve.points)]],
    LOSS,
    BATCH,
)


# What is left.


def of(change: Callable[[Points], Iterable[tuple[int, Value]]]) -> Kept:
    """What becomes of the points, whatever the series.

    Args:
        change: makes others of them.
    """
    return lambda points, series: list(change(points))


def _where_it_fails(change: Callable[[Points], Points], errors: Collection[str] = ANY_ERROR) -> Kept:
    """What becomes of the points where the loader raises one of these errors."""
    return lambda points, series: (
        change(points) if series.failure and series.failure.error in errors else points
    )


logged(
    "logged_twice",
    "Each point was logged twice: the same value at the same step.",
    "Call `add_scalar` once for each tag and step, and look whether two loops both do it.",
    Aspect.STEP,
).kept([of(lambda points: [point for point in points for _ in range(2)]), of(lambda points: points * 2)])


def _some(every: int, first: int, *, perhaps_none: bool = False) -> Kept:
    """Every second, third, … point. Where that is none, only a curve of many points proves it."""
    return lambda points, series: points[first::every] or (points if every > 2 and not perhaps_none else [])


def _some_of_an_epoch(every: int, first: int, *, perhaps_none: bool = False) -> Kept:
    """Such batches as `batch % every == 0` chooses in each epoch anew, counted from 0 or from 1."""

    def kept(points: Points, series: Series) -> Points:
        pairs = zip(points, series.moments, strict=False)
        chosen = [point for point, moment in pairs if (moment.batch - 1) % every == first]
        return chosen if chosen or perhaps_none else points

    return kept


logged(
    "zero_left_out",
    "A point whose value is 0 is missing.",
    "Log each value, whatever it is, and at its own step: `if loss:`, `filter(None, …)` and `loss or …` "
    "take a 0 for nothing.",
    Aspect.STEP,
).single(
    [
        of(lambda points: [point for point in points if point[1] != 0]),
        of(
            lambda points: zip((step for step, _ in points), [v for _, v in points if v != 0], strict=False)
        ),
    ]
)


def _at_the_first_equal(points: Points) -> Points:
    """Each value at the step of the first one that is equal."""
    first: dict[Value, int] = {}
    return [(first.setdefault(value, step), value) for step, value in points]


logged(
    "step_of_an_equal_value",
    "A value that comes again stands at the step of the first one that is equal to it.",
    "Count the turns, `enumerate(losses, start=1)`: `losses.index(loss)` finds the first equal number.",
    Aspect.STEP,
).kept([of(_at_the_first_equal)], (LOSS, ACCURACY))

logged(
    "points_left_out",
    "Only some of the points were logged, such as every second one.",
    "Log in each turn of the loop.",
    Aspect.STEP,
    where=is_repeated,
).kept(
    [_some(n, first) for n in (2, 3, 4, 5, 10) for first in (0, n - 1)],
    ALL,
    REPEATED,
).kept(
    [
        chosen(n, n - 1, perhaps_none=True)
        for n in (2, 3, 4, 5, 10)
        for chosen in (_some, _some_of_an_epoch)
    ],
    LOSS,
    BATCH,
).kept(
    [_some_of_an_epoch(n, first) for n in (2, 3, 4, 5, 10, 20, 50, 100) for first in (0, n - 1)],
    LOSS,
    BATCH,
)


def _where_it_changes(points: Points) -> Points:
    """Those whose value is another than that of the one before."""
    values = [None, *(value for _, value in points)]
    return [point for point, before in zip(points, values, strict=False) if point[1] != before]


logged(
    "logged_when_changed",
    "A number was logged only when it had changed: where it stays as it was, the curve has no point.",
    "Log in each turn of the loop, whatever the number is.",
    Aspect.STEP,
).kept([of(_where_it_changes)], (LOSS, ACCURACY, RATE), EPOCH)


def _where_better(points: Points, series: Series) -> Points:
    """Those whose value is better than all before."""
    sign = -1 if series.quantity == ACCURACY else 1
    numbers = [sign * value for _, value in points if isinstance(value, float)]
    return [p for i, p in enumerate(points) if all(numbers[i] < before for before in numbers[:i])]


logged(
    "logged_when_better",
    "A number was logged only when it was the best so far: the other epochs have no point.",
    "Log in each turn of the loop, whatever the number is.",
    Aspect.STEP,
).kept([_where_better], (LOSS, ACCURACY), EPOCH)

logged(
    "logged_once",
    "The curve has a single point, where one is asked for in each turn of the loop.",
    "Log in each turn: look where `add_scalar` stands, and under which condition.",
    Aspect.STEP,
).kept([of(lambda points: points[-1:]), of(lambda points: points[:1])], ALL, REPEATED)

logged(
    "value_and_step_swapped",
    "Value and step changed places: the step was logged as the value.",
    "The order is `add_scalar(tag, value, step)`; with `global_step=` it cannot go wrong.",
    Aspect.STEP,
).kept(
    [
        of(lambda points: [(whole(value), float(step)) for step, value in points]),
        of(lambda points: [(whole(value), float(step - 1)) for step, value in points]),
    ],
    (LOSS, ACCURACY, Quantity.RATE, Quantity.OTHER),
)

logged(
    "epochs_lost",
    "Epochs that a right training completes before the error are missing in the log.",
    "Log each epoch as soon as it is completed, not with the next one or after the training, and go "
    "through each loader once for it; flush after its last point, or close the writer whatever "
    "happens; delete nothing of it.",
).lost(
    [
        _where_it_fails(lambda points: []),
        _where_it_fails(lambda points: points[:-1]),
        lambda points, series: points[:-1] if series.failure and not series.failure.batch else points,
        *(_where_it_fails(lambda points: [], errors) for errors in KINDS),
    ]
)


def _half(errors: Collection[str] = ANY_ERROR, *, fewest: int = 1) -> When:
    """A moment more where the loader raises one of these errors after so many batches of an epoch."""

    def moments(series: Series) -> list[Moment]:
        failure = series.failure
        if failure is None or failure.batch < fewest or failure.error not in errors:
            return series.moments
        start = series.ends[failure.epoch - 1] if failure.epoch else 0
        stop = start + failure.batch
        return [
            *series.moments,
            Moment(failure.epoch, failure.batch, start, stop, series.ends[failure.epoch]),
        ]

    return moments


def _at_least_one(batches: Batches, series: Series) -> float:
    return max(1, samples(batches))


half = logged(
    "half_epoch_logged",
    "An epoch that was interrupted was logged all the same, as if it had been completed.",
    "Log an epoch only where its loop over the batches came to its end: not in `finally:` or `except:`, "
    "nor after an error that was caught.",
).whens(map(_half, CAUGHT), (LOSS, ACCURACY), EPOCH)
for _divisor in (data_set, _at_least_one):
    half.way({Part.WHEN: _half(fewest=0), Part.SOURCE: over(weighed, _divisor)}, LOSS, EPOCH)
    half.way({Part.WHEN: _half(fewest=0), Part.SOURCE: over(predicted_right, _divisor)}, ACCURACY, EPOCH)
half.way({Part.WHEN: _half(), Part.WINDOWS: LAST}, (LOSS, ACCURACY), EPOCH)


def _other_steps(truth: Outcome, context: Context, *, seen: bool) -> Outcome:
    """The truth with all points that were seen at steps of nobody, or without those that were not seen."""
    return truth.map_runs(
        lambda run: replace(
            run,
            curves={
                tag: _adopted(
                    curve, context.seen_curve(tag, run.name), context.steps_asked_for(tag), seen=seen
                )
                for tag, curve in run.curves.items()
            },
        )
    )


def _adopted(curve: Curve, found: Curve, asked_for: Collection[int], *, seen: bool) -> Curve:
    """One curve of these, beside what was found of it and the steps that are asked for in any run."""
    wanted = dict(curve.points)
    asked = {*wanted, *asked_for}
    if not found.points or (asked and not wanted):  # there is nothing that others could be beside
        return curve
    if not seen:
        return curve.with_points(point for point in wanted.items() if point[0] in found.steps)
    points = []  # in the order in which they were logged, each once, then those that are not there
    for step, value in found.points:
        if step in wanted or step not in asked:
            points.append((step, wanted.pop(step, value)))
    return curve.with_points([*points, *wanted.items()])


@mistake(
    Aspect.STEP,
    "There are points at steps at which nothing was asked for.",
    "Look at the steps in the table: which call logs there, and when?",
    last_resort=True,
)
def points_beside(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Points at other steps than those of the contract; they are adopted."""
    example = context.seen is None
    yield truth.map_curves(_with_one_more) if example else _other_steps(truth, context, seen=True)


def _with_one_more(curve: Curve) -> Curve:
    return curve.with_points([*curve.points, *((-1, value) for value in curve.values[:1])])


@mistake(
    Aspect.STEP,
    "Some of a curve's points are missing, and others are there.",
    "Look at the steps in the table: what is different in the turns of your loop that are missing?",
    last_resort=True,
)
def points_missing(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Only some steps of the contract; which, is adopted."""
    yield truth.sliced(slice(2, None)) if context.seen is None else _other_steps(truth, context, seen=False)
