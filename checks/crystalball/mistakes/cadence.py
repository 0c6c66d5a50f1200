"""Mistakes in the cadence: when a point is logged, and of which batches it is the mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from crystalball.mistakes.batch_steps import OTHER_LENGTHS
from crystalball.mistakes.catalogue import Aspect
from crystalball.mistakes.language import Kept, Logged, Part, Points, Step, When, logged
from crystalball.mistakes.series import At, Batches, Clock, Moment, Quantity, Series
from crystalball.reading.values import Value

LOSS, WINDOW = Quantity.LOSS, Clock.WINDOW


Stops = Callable[[Series], Iterable[int]]
"""Numbers of batches, over all epochs."""


def _at(stops: Stops) -> When:
    """After these batches, in order."""
    return lambda series: [series.moment(stop) for stop in sorted(set(stops(series)))]


def _nowhere(series: Series) -> Iterable[int]:
    return ()


logged(
    "tail_dropped",
    "The batches after the last multiple of `log_every` were never logged.",
    "Log once more at the very last batch that is trained, when it is no multiple.",
    Aspect.STEP,
).way({Part.TAIL: _nowhere}, LOSS, WINDOW)


def _last_by_full_batches(series: Series) -> Iterable[int]:
    training = series.training
    last = len(series.ends) * (training.samples // training.batch_size if training else 0)
    return [last] if 0 < last <= series.count else []


logged(
    "last_batch_by_full_ones",
    "The very last batch was looked for by the number of the full batches: a smaller one was not counted.",
    "`len(loader)` counts all batches of an epoch, so the very last one is number `epochs * len(loader)`.",
).way({Part.TAIL: _last_by_full_batches}, LOSS, WINDOW)

logged(
    "cadence_of_an_epoch",
    "Where `log_every` is larger than an epoch, there is a point for each epoch all the same.",
    "`log_every` counts batches over all epochs: leave it as it is, whatever `len(loader)` is.",
    Aspect.STEP,
).way({Part.DUE: lambda count, series: count % min(series.log_every, series.an_epoch) == 0}, LOSS, WINDOW)

logged(
    "first_batch_logged_too",
    "The very first batch has a point of its own, which nobody asked for.",
    "Log at the multiples of `log_every` and at the very last batch alone.",
    Aspect.STEP,
).way({Part.DUE: lambda count, series: count == 1 or count % series.log_every == 0}, LOSS, WINDOW)

off_by_one = logged(
    "cadence_off_by_one",
    "The points stand one batch too early or too late: the first one after a single batch, or after "
    "`log_every` + 1.",
    "Count the batch first, then ask `step % log_every == 0`; log at the very last batch as well.",
)


def _counted_after(at: At) -> int:
    """The step of who counts a batch when it has been logged; after the last one all are counted."""
    count = at.series.count
    alone = at.moment.stop == count and (count - 1) % at.series.log_every
    return at.right if alone else at.right - 1


_LABELS: tuple[Step, ...] = (lambda at: at.right, lambda at: at.right - 1, _counted_after)
_OFF: tuple[Callable[[int, Series], bool], ...] = (
    lambda count, series: count % (series.log_every + 1) == 0,
    lambda count, series: (count - 1) % series.log_every == 0,
    lambda count, series: count > 1 and (count - 1) % series.log_every == 0,
    lambda count, series: (count + 1) % series.log_every == 0,
)
for _due in _OFF:
    for _label in _LABELS:
        off_by_one.way({Part.DUE: _due, Part.STEP: _label}, LOSS, WINDOW)


def _cut(moment: Moment, last: int, series: Series) -> Batches:
    """The batches since the last point, or since the epoch began, where that is later."""
    return series.batches[max(last, moment.start) : moment.stop]


def _anew(moment: Moment) -> int:
    """A count that begins anew in each epoch."""
    return moment.stop - moment.start


def _epoch_ends(series: Series) -> list[int]:
    return [end for end in series.ends if end <= series.count]


def _asked_in_vain(series: Series) -> Iterable[int]:
    """For `epochs * len(loader)`, which a count that begins anew reaches in a single epoch only."""
    return _nowhere(series) if len(_epoch_ends(series)) > 1 else [series.count]


ANEW = {Part.COUNT: _anew}
AT_ENDS = {Part.TAIL: _epoch_ends}
CUT = {Part.WINDOWS: (_cut, _cut)}

cut_at_epochs = logged(
    "windows_cut_at_epochs",
    "The points follow the epochs: windows were cut at an epoch's end, or counted anew in each epoch.",
    "Count the batches over all epochs; set sum and samples to 0 once, and then only after a point: the "
    "end of an epoch changes nothing, but for that of the last.",
)
set_back = logged(
    "step_set_back",
    "The step is set back to 0 in each epoch, so that points of several epochs stand at the same steps.",
    "Set `step = 0` once, before the first epoch.",
    Aspect.STEP,
)
_FOLLOWED: tuple[Mapping[Part, Any], ...] = (ANEW, AT_ENDS, ANEW | AT_ENDS)
cut_at_epochs.way(CUT, LOSS, WINDOW)
for _parts in _FOLLOWED:
    cut_at_epochs.way(_parts, LOSS, WINDOW).way({**_parts, **CUT}, LOSS, WINDOW)
for _step in (lambda at: at.batch, lambda at: at.batch - 1):
    for _parts in ({}, *_FOLLOWED, ANEW | {Part.TAIL: _asked_in_vain}):
        set_back.way({**_parts, Part.STEP: _step}, LOSS, WINDOW)

logged(
    "point_for_each_batch_of_a_window",
    "There is a point for each batch, not one for every `log_every` batches.",
    "Log where the number of batches so far is a multiple of `log_every`, and at the very last batch.",
).whens([_at(lambda series: range(1, series.count + 1))], LOSS, WINDOW)

by_epochs = logged(
    "counts_epochs",
    "`log_every` counts batches, but here it counted epochs.",
    "Count the batches over the whole training, and compare that number with `log_every`.",
)
for _some in (
    lambda series: series.ends[series.log_every - 1 :: series.log_every],
    lambda series: [*series.ends[series.log_every - 1 :: series.log_every], *series.ends[-1:]],
):
    for _step in (lambda at: at.right, lambda at: at.epoch + 1):
        by_epochs.way({Part.WHEN: _at(_some), Part.STEP: _step}, LOSS, WINDOW)


def _last_loss(series: Series) -> float:
    """The loss of the very last batch."""
    return series.batches[series.count - 1].loss


def _with_tail(value: Callable[[Points, Series], Value]) -> Kept:
    """One more point of some value, where the last one stands at the very last batch."""

    def more(points: Points, series: Series) -> Points:
        at_last = points and series.count % series.log_every == 0
        return [*points, (points[-1][0], value(points, series))] if at_last else points

    return more


logged(
    "tail_logged_again",
    "At the last step a point was logged besides, of no new batch: the last batch had just been logged.",
    "After the last epoch log only what is left: ask whether a batch came since the last point.",
    Aspect.STEP,
).kept(
    map(
        _with_tail,
        (
            lambda points, series: 0.0,
            lambda points, series: points[-1][1],
            lambda points, series: _last_loss(series),
        ),
    ),
    LOSS,
    WINDOW,
)


def _tail_alone(points: Points, series: Series) -> Points:
    """The last point is of one batch, where it is of those after the last multiple."""
    tail = points and series.count % series.log_every
    return [*points[:-1], (points[-1][0], _last_loss(series))] if tail else points


logged(
    "last_batch_for_tail",
    "The last point is the loss of the very last batch alone, not the mean since the point before.",
    "Log there what the loop has added up since the last point: `total / samples`.",
).single([_tail_alone], LOSS, WINDOW)

logged(
    "tail_at_the_next_multiple",
    "The point of the batches after the last multiple of `log_every` stands at the next multiple, which "
    "was never reached.",
    "Log it at the number of the very last batch.",
    Aspect.STEP,
).steps([lambda at: -(-at.batches // at.series.log_every) * at.series.log_every], LOSS, WINDOW)


def _by_its_step(step: Step, *, last: bool) -> When:
    """Where a step that was counted wrongly is a multiple, and perhaps at the very last batch."""

    def moments(series: Series) -> list[Moment]:
        count = series.count
        steps = [step(At(series.moment(stop), stop - 1, series)) for stop in range(1, count + 1)]
        asked = {stop for stop, at in enumerate(steps, start=1) if at % series.log_every == 0}
        return [series.moment(stop) for stop in sorted(asked | {count} if last else asked)]

    return moments


for _wrong in OTHER_LENGTHS:
    for _last in (False, True):
        _parts = {Part.WHEN: _by_its_step(_wrong, last=_last), Part.STEP: _wrong}
        Logged("gap_between_epochs").way(_parts, LOSS, WINDOW)
