"""What a right program logs: which number, of which batches."""

from __future__ import annotations

from collections.abc import Callable

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
