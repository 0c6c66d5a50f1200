"""Mistakes in the numbers by which a run is measured at its end."""

from __future__ import annotations

from collections.abc import Callable

from crystalball.mistakes.language import logged
from crystalball.mistakes.right import RIGHT, Source, last_batch
from crystalball.mistakes.series import Batches, Clock, Moment, Quantity, Series
from crystalball.mistakes.values import mean_of_batches

LOSS, ACCURACY = Quantity.LOSS, Quantity.ACCURACY

logged(
    "metric_of_last_batch",
    "A metric is that of the last batch, not that of the last epoch.",
    "Use the very means that you logged for the last epoch.",
).windows([(last_batch, last_batch)], (LOSS, ACCURACY), Clock.ONCE)


def _of_epochs(choose: Callable[[list[float], Series], float], of: Source | None = None) -> Source:
    """A number that is chosen, or made, of those of all epochs."""

    def source(above: Batches, below: Batches, moment: Moment, series: Series) -> float:
        measured = of or RIGHT[series.quantity]
        values = [measured(walk.batches, walk.batches, moment, series) for walk in series.walks]
        return choose([value for value in values if value is not None], series)

    return source


def _best(values: list[float], series: Series) -> float:
    return max(values) if series.quantity == ACCURACY else min(values)


def _of_lowest(validation: bool) -> Callable[[list[float], Series], float]:
    """That of the epoch whose loss, in training or validation, is the lowest."""

    def choose(values: list[float], series: Series) -> float:
        losses = [(epoch.validation if validation else epoch).mean_loss for epoch in series.epochs]
        return values[losses.index(min(losses))]

    return choose


CHOSEN = (
    _best,
    lambda values, series: sum(values) / len(values),
    _of_lowest(validation=False),
    _of_lowest(validation=True),
    lambda values, series: values[0],
)
"""What is taken of the values of all epochs."""

logged(
    "metric_of_best_epoch",
    "A metric is that of the best epoch, or a mean over the epochs, not that of the last epoch.",
    "`Final/…` says how the training ended: use what you logged for the last epoch.",
).sources(map(_of_epochs, CHOSEN), (LOSS, ACCURACY), Clock.ONCE).sources(
    (_of_epochs(choose, mean_of_batches) for choose in CHOSEN), (LOSS, ACCURACY), Clock.ONCE
)
