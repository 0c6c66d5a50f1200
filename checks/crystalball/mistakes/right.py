"""What a right program logs: which number, of which batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from crystalball.mistakes.series import Batches, Clock, Moment, Quantity, Series, ratio, samples

Source = Callable[[Batches, Batches, Moment, Series], float | None]
"""The number that is logged: of the batches of the numerator and of the denominator."""

Window = Callable[[Moment, int, Series], Batches]
"""The batches that are looked at: at a moment, after the batches up to the last point, in a series."""


def own_window(series: Series) -> Window:
    """The batches that a right program looks at."""
    return _OWN.get(series.clock, epoch_so_far)


def epoch_so_far(moment: Moment, last: int, series: Series) -> Batches:
    """The batches of the epoch, up to now."""
    return series.batches[moment.start : moment.stop]


def last_batch(moment: Moment, last: int, series: Series) -> Batches:
    """The last batch."""
    return series.batches[moment.stop - 1 : moment.stop]


def since_point(moment: Moment, last: int, series: Series) -> Batches:
    """The batches since the last point."""
    return series.batches[last : moment.stop]


_OWN: dict[Clock, Window] = {
    Clock.BATCH: last_batch,
    Clock.WINDOW: since_point,
}


def mean_loss(above: Batches, below: Batches, moment: Moment, series: Series) -> float | None:
    """The mean loss over samples."""
    return ratio(sum(batch.loss * batch.size for batch in above), samples(below))


def share_right(above: Batches, below: Batches, moment: Moment, series: Series) -> float | None:
    """The share of the samples that were predicted right."""
    return ratio(sum(batch.correct for batch in above), samples(below))


def last_norm(above: Batches, below: Batches, moment: Moment, series: Series) -> float | None:
    """The norm of the last batch's gradients."""
    return above[-1].gradient_norm if above else None


def rate_used(above: Batches, below: Batches, moment: Moment, series: Series) -> float | None:
    """The learning rate that the epoch used."""
    return series.epochs[moment.epoch].rates[0]


RIGHT: dict[Quantity, Source] = {
    Quantity.LOSS: mean_loss,
    Quantity.ACCURACY: share_right,
    Quantity.RATE: rate_used,
    Quantity.NORM: last_norm,
}
"""The number that a right program logs."""

Count = Callable[[Moment], int]
Due = Callable[[int, Series], bool]
Tail = Callable[[Series], Iterable[int]]
"""What a cadence counts at each batch; whether a point is due by that number; where it logs besides."""


def cadence(
    series: Series, count: Count | None = None, due: Due | None = None, tail: Tail | None = None
) -> list[Moment]:
    """When a program logs that has a cadence, rightly but for what is given.

    Args:
        series: of the curve.
        count: what it counts; the batches of the whole training.
        due: when a point is due; at the multiples of `log_every`.
        tail: after which batches it logs besides; after the very last one.
    """
    every = [series.moment(stop) for stop in range(1, series.count + 1)]
    numbers = [(count(moment) if count else moment.stop) for moment in every]
    asked = [due(number, series) if due else number % series.log_every == 0 for number in numbers]
    stops = {moment.stop for moment, yes in zip(every, asked, strict=True) if yes}
    return [series.moment(stop) for stop in sorted(stops.union(tail(series) if tail else [series.count]))]
