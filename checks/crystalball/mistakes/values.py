"""Mistakes in a number: what was summed, and what it was divided by."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from crystalball.mistakes.language import logged
from crystalball.mistakes.right import Source, mean_loss, share_right
from crystalball.mistakes.series import Batches, Clock, Moment, Quantity, Series, ratio, samples

LOSS, ACCURACY, RATE = Quantity.LOSS, Quantity.ACCURACY, Quantity.RATE
EPOCH, BATCH, WINDOW = Clock.EPOCH, Clock.BATCH, Clock.WINDOW
MEANS = (EPOCH, WINDOW)
"""Where a point is a mean over batches."""


def weighed(batches: Batches) -> float:
    """The sum of the losses, each times the size of its batch."""
    return sum(batch.loss * batch.size for batch in batches)


def plain(batches: Batches) -> float:
    """The sum of the losses."""
    return sum(batch.loss for batch in batches)


def predicted_right(batches: Batches) -> float:
    """Samples that were predicted right."""
    return sum(batch.correct for batch in batches)


def _shares(batches: Batches) -> float:
    return sum(batch.correct / batch.size for batch in batches)


Number = Callable[[Batches, Series], float]
"""A number of some batches, or one that is the same for all of them."""


def _count(batches: Batches, series: Series) -> float:
    return len(batches)


def _all(batches: Batches, series: Series) -> float:
    return samples(batches)


def _one(batches: Batches, series: Series) -> float:
    return 1


def batch_size(batches: Batches, series: Series) -> float:
    """Samples of a full batch."""
    return series.training.batch_size if series.training else 1


def data_set(batches: Batches, series: Series) -> float:
    """Samples of the whole data set, of which a loader may leave some out."""
    return series.training.samples if series.training else 1


def _full(batches: Batches, series: Series) -> float:
    return len(batches) * batch_size(batches, series)


def _full_as_first(batches: Batches, series: Series) -> float:
    return len(batches) * batches[0].size if batches else 0


def _full_as_last(batches: Batches, series: Series) -> float:
    return len(batches) * batches[-1].size if batches else 0


def _log_every(batches: Batches, series: Series) -> float:
    return series.log_every


_FULL = (_full, _full_as_first, _full_as_last)
"""Samples of all batches, if they were of one size: a full one's, or that of the first or the last."""


def over(number: Callable[[Batches], float], divisor: Number) -> Source:
    """A source: a number of the one window, divided by one of the other.

    Args:
        number: of the batches of the numerator.
        divisor: of those of the denominator.
    """

    def source(above: Batches, below: Batches, moment: Moment, series: Series) -> float | None:
        return ratio(number(above), divisor(below, series))

    return source


def _as_if_full(above: Batches, below: Batches, moment: Moment, series: Series) -> float | None:
    """The losses, each times the size of a full batch, over the samples that there are."""
    return ratio(batch_size(above, series) * plain(above), samples(below))


def _as_the_first(above: Batches, below: Batches, moment: Moment, series: Series) -> float | None:
    """The same, each times the size of the first batch."""
    return ratio(above[0].size * plain(above), samples(below))


mean_of_means = over(plain, _count)
"""The mean over batches, whatever their sizes."""

losses_over_samples = over(plain, _all)
"""The sum of the batches' means, divided by their samples."""

logged(
    "mean_of_batch_means",
    "Every batch counted the same, so the samples of the smaller last batch count too much.",
    "Weigh each batch by its size: add `loss.item() * len(inputs)`, divide by the number of samples.",
    where=lambda series: series.training is None or series.training.ranks == 1,  # `mean_of_rank_means`
).sources([mean_of_means, over(plain, lambda batches, series: series.an_epoch)], LOSS, MEANS)


def _median(above: Batches, below: Batches, moment: Moment, series: Series) -> float | None:
    return statistics.median(batch.loss for batch in above) if above else None


logged(
    "median_for_mean",
    "This is the median of the batches' losses, not the mean over the samples.",
    "Weigh each batch by its size: add `loss.item() * len(inputs)`, divide by the number of samples.",
).sources([_median], LOSS, MEANS)

logged(
    "sum_for_mean",
    "This is a sum, not a mean: it grows with what it is made of.",
    "Divide the sum by the number of samples; what is added up is `loss.item() * len(inputs)` of each "
    "batch.",
).sources([over(weighed, _one), over(plain, _one)], LOSS, MEANS)

logged(
    "divided_by_samples_after_batch_means",
    "The batches' mean losses were added up and then divided by the number of samples: "
    "the mean was taken twice.",
    "`loss.item()` is a mean already: add `loss.item() * len(inputs)`, then divide by the samples.",
).sources([losses_over_samples], LOSS, MEANS)

logged(
    "batch_loss_divided_by_size",
    "The loss of the batch was divided by the size of the batch: the mean was taken twice.",
    "`loss.item()` is the mean of the batch already: log it as it is.",
).sources([over(plain, _all)], LOSS, BATCH)

logged(
    "weighed_sum_over_batches",
    "Each loss was weighed by the size of its batch, but the sum was divided by the number of batches.",
    "Divide by the number of samples, as it is samples that you weighed by: `total / samples`.",
).sources([over(weighed, _count)], LOSS, MEANS)

logged(
    "weighed_by_batch_size",
    "Each loss was weighed by one and the same size, as if each batch were full; the last may be smaller.",
    "Weigh each batch by the samples that it has: `loss.item() * len(inputs)`.",
).sources([_as_if_full, _as_the_first], LOSS, MEANS)

logged(
    "divided_as_if_full",
    "The sum was divided by the number of batches times one and the same size, as if each were full.",
    "Divide by the samples that you saw: count `len(inputs)` of each batch.",
).sources([over(weighed, size) for size in _FULL], LOSS, MEANS).sources(
    [over(predicted_right, size) for size in _FULL], ACCURACY, MEANS
)

logged(
    "divided_by_the_data_set",
    "The sum was divided by the samples of the whole data set, of which this loader leaves some out.",
    "Divide by the samples that you saw: count `len(inputs)` of each batch.",
).sources([over(weighed, data_set)], LOSS, EPOCH)

logged(
    "divided_by_batch_size",
    "The sum was divided by `batch_size`, not by the number of samples that it is made of.",
    "Count `len(inputs)` of each batch that you add, and divide by that.",
).sources([over(weighed, batch_size), over(plain, batch_size)], LOSS, (*MEANS, BATCH)).sources(
    [over(predicted_right, batch_size)], ACCURACY, MEANS
)

logged(
    "batch_loss_times_size",
    "The loss of the batch was multiplied by the size of the batch.",
    "`loss.item()` is the mean of the batch already: log it as it is.",
).sources([over(weighed, _one)], LOSS, BATCH)

logged(
    "divided_by_log_every",
    "The sum was divided by `log_every`, but not every point has that many batches behind it, and not "
    "every batch is of the same size.",
    "Weigh each loss by `len(inputs)`, and divide by the number of samples since the last point.",
).sources([over(plain, _log_every), over(weighed, _log_every)], LOSS, WINDOW)

_mean_of_shares = over(_shares, _count)


def mean_of_batches(above: Batches, below: Batches, moment: Moment, series: Series) -> float | None:
    """The mean over batches, of their losses or accuracies."""
    mean = _mean_of_shares if series.quantity == ACCURACY else mean_of_means
    return mean(above, below, moment, series)


logged(
    "mean_of_batch_accuracies",
    "The accuracies of the batches were averaged, so the samples of a smaller batch count too much.",
    "Add up the right predictions and the samples over the epoch; divide once, at its end.",
).sources([_mean_of_shares], ACCURACY, MEANS)

logged(
    "sum_of_batch_accuracies",
    "The accuracies of the batches were added up, and not divided by anything that makes a share of them.",
    "Add up the right predictions over the epoch, and divide by its samples.",
).sources([over(_shares, _one), over(_shares, _all)], ACCURACY, MEANS)

logged(
    "count_for_rate",
    "The number of right predictions was logged, not their share.",
    "Divide by the number of samples of the epoch.",
).sources([over(predicted_right, _one)], ACCURACY, MEANS)

logged(
    "count_divided_by_batches",
    "The number of right predictions was divided by the number of batches: that is how many samples of a "
    "batch were right, on average, not which share of the samples.",
    "Divide by the number of samples of the epoch, not by `len(loader)`.",
).sources([over(predicted_right, _count)], ACCURACY, MEANS)

logged(
    "count_divided_by_losses",
    "The number of right predictions was divided by the sum of the losses, not by the number of samples.",
    "Divide `correct` by `samples`: `total` holds the losses.",
).sources(
    [
        over(predicted_right, lambda batches, series: weighed(batches)),
        over(predicted_right, lambda batches, series: plain(batches)),
    ],
    ACCURACY,
    MEANS,
)

logged(
    "argmax_over_batch",
    "`argmax` looked at the whole batch at once instead of at each sample's logits.",
    "The classes are the second dimension: `logits.argmax(dim=1)` gives one prediction a sample.",
).sources([over(lambda batches: sum(batch.flat for batch in batches), _all)], ACCURACY, MEANS)

logged(
    "never_right",
    "No prediction was ever counted as right: the accuracy is 0 in every epoch.",
    "Compare classes with labels: `logits.argmax(dim=1) == targets`. `torch.max(logits, 1)` gives the "
    "largest logits first, and their classes second.",
).sources([over(lambda batches: 0.0, _one)], ACCURACY, MEANS)

logged(
    "wrong_for_right",
    "This is the share of the predictions that were wrong, not of those that were right.",
    "Count where `logits.argmax(dim=1) == targets`.",
).sources([over(lambda batches: samples(batches) - predicted_right(batches), _all)], ACCURACY, MEANS)

logged(
    "accuracy_under_the_loss",
    "This is the accuracy: it stands under the tag of the loss.",
    "Look at each `add_scalar`: does the tag say what the value is?",
).sources([share_right], LOSS, EPOCH)

logged(
    "loss_under_the_accuracy",
    "This is the loss: it stands under the tag of the accuracy.",
    "Look at each `add_scalar`: does the tag say what the value is?",
).sources([mean_loss], ACCURACY, EPOCH)

logged(
    "always_zero",
    "Each point is 0, as of a variable that keeps the value which it began with, or gets another one only "
    "every so many batches.",
    "Log what you have computed over the epoch, `total / samples`: look at where the variable is set.",
).sources([lambda above, below, moment, series: 0.0], LOSS, MEANS)
