"""Mistakes in the batches that a number is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crystalball.mistakes.filters import SMOOTHINGS, smoothed
from crystalball.mistakes.language import Part, logged
from crystalball.mistakes.right import Source, Window, epoch_so_far, last_batch, own_window
from crystalball.mistakes.series import Batches, Moment, Series
from crystalball.mistakes.values import (
    ACCURACY,
    BATCH,
    EPOCH,
    LOSS,
    MEANS,
    WINDOW,
    batch_size,
    losses_over_samples,
    mean_of_means,
)


def since_start(moment: Moment, last: int, series: Series) -> Batches:
    """All batches so far."""
    return series.batches[: moment.stop]


def _whole_epoch(moment: Moment, last: int, series: Series) -> Batches:
    return series.batches[moment.start : moment.end]


def _own(moment: Moment, last: int, series: Series) -> Batches:
    return own_window(series)(moment, last, series)


def _of_own(part: Callable[[Batches, Series], Batches]) -> Window:
    return lambda moment, last, series: part(_own(moment, last, series), series)


def _other_walk(moment: Moment, last: int, series: Series) -> Batches:
    return series.others[moment.epoch].batches


def _last_of_other(moment: Moment, last: int, series: Series) -> Batches:
    return _other_walk(moment, last, series)[-1:]


def _both_walks(moment: Moment, last: int, series: Series) -> Batches:
    return (*_other_walk(moment, last, series), *_own(moment, last, series))


def _both_with_last(moment: Moment, last: int, series: Series) -> Batches:
    return (*_last_of_other(moment, last, series), *_own(moment, last, series))


def _as_many_as(count: Callable[[Series], int]) -> Window:
    return lambda moment, last, series: series.batches[: moment.stop][-count(series) :]


def _one_behind(moment: Moment, last: int, series: Series) -> Batches:
    return series.batches[max(last - 1, 0) : moment.stop - 1]


def _one_behind_but_the_tail(moment: Moment, last: int, series: Series) -> Batches:
    at_end = moment.stop == len(series.batches) and moment.stop % series.log_every
    return series.batches[max(last - 1, 0) : moment.stop - (not at_end)]


first_of_own = _of_own(lambda batches, _: batches[:1])
but_first = _of_own(lambda batches, _: batches[1:])
but_last = _of_own(lambda batches, _: batches[:-1])
only_full = _of_own(
    lambda batches, series: [batch for batch in batches if batch.size == batch_size(batches, series)]
)

never_reset = logged(
    "never_reset",
    "What is added up or counted in an epoch was not set back for each: it still holds what the epochs "
    "before had added.",
    "Begin each epoch with every sum and count at 0, and with empty lists.",
)
window_never_reset = logged(
    "window_never_reset",
    "The sum, or the count of samples, was not set back after each point, but never or elsewhere: "
    "windows hold other batches than their own.",
    "Set both, or the lists that they are made of, back after each point, and nowhere else.",
)
for _pair in ((since_start, _own), (since_start, since_start), (_own, since_start)):
    never_reset.windows([_pair], (LOSS, ACCURACY), EPOCH)
    window_never_reset.windows([_pair], LOSS, WINDOW)
window_never_reset.windows([(_own, epoch_so_far), (epoch_so_far, epoch_so_far)], LOSS, WINDOW)
window_never_reset.way(
    {Part.WINDOWS: (epoch_so_far, epoch_so_far), Part.SOURCE: mean_of_means}, LOSS, WINDOW
)

LAST = (last_batch, last_batch)
logged(
    "last_batch_for_mean",
    "This is the loss of the epoch's last batch, not the mean over the epoch.",
    "Log the mean over all samples: `loss.item() * len(inputs)` of every batch, added up while you go "
    "through them, divided by the samples at the end of the epoch.",
).windows([LAST], LOSS, EPOCH)

logged(
    "last_batch_accuracy",
    "This is the accuracy of the epoch's last batch, not that of the epoch.",
    "Add up the right predictions over all batches, and divide by all samples.",
).windows([LAST], ACCURACY, EPOCH)

logged(
    "single_batch_loss",
    "Each point is the loss of the one batch at which it was logged, not the mean since the last point.",
    "Add up loss and samples with every batch; at a point log their mean, and start anew from 0.",
).windows([LAST], LOSS, WINDOW)

logged(
    "sum_overwritten",
    "Only the last batch is in the sum, though it was divided as if all were.",
    "Add to the sum with `+=`, and set it to 0 only at the start of an epoch.",
).windows([(last_batch, _own)], (LOSS, ACCURACY), MEANS)

logged(
    "samples_of_last_batch",
    "The sum over all batches was divided by the number of samples of the last one.",
    "Count the samples of every batch (`samples += len(inputs)`), and divide by that.",
).windows([(_own, last_batch)], (LOSS, ACCURACY), MEANS)

logged(
    "first_batch_for_mean",
    "This is the value of the first batch, not that of all batches that the point stands for.",
    "Add up over every batch, and divide at the end.",
).windows([(first_of_own, first_of_own)], (LOSS, ACCURACY), MEANS)

logged(
    "batch_left_out",
    "The first or the last batch is missing in the mean, in its sum or in its count of samples.",
    "Add up every batch, and every batch's `len(inputs)`: look at what your loop skips.",
).windows(
    [(but_last, but_last), (but_first, but_first), (but_last, _own), (but_first, _own)],
    (LOSS, ACCURACY),
    MEANS,
)

logged(
    "small_batch_skipped",
    "Batches that are not full were left out of the mean, or of the sum that it is made of.",
    "The last batch may be smaller, and counts all the same: leave no batch out because of its size.",
).windows([(only_full, only_full), (only_full, _own)], (LOSS, ACCURACY), MEANS)

logged(
    "window_one_behind",
    "The batch at which a point stands is not in its mean, but in the next one.",
    "Add the batch to sum and samples first, then ask whether a point is due.",
).windows([(_one_behind, _one_behind), (_one_behind_but_the_tail, _one_behind_but_the_tail)], LOSS, WINDOW)

logged(
    "epoch_mean_on_batch_curve",
    "`Loss/Batch` holds a mean of several batches, of the epoch or of those so far, not the loss of "
    "each batch.",
    "Log `loss.item()` of the batch itself under `Loss/Batch`.",
).windows([(_whole_epoch, _whole_epoch), (epoch_so_far, epoch_so_far)], LOSS, BATCH).way(
    {Part.WINDOWS: (epoch_so_far, epoch_so_far), Part.SOURCE: mean_of_means}, LOSS, BATCH
).way({Part.WINDOWS: (epoch_so_far, epoch_so_far), Part.SOURCE: losses_over_samples}, LOSS, BATCH)

logged(
    "mean_since_start_on_batch_curve",
    "`Loss/Batch` holds a mean over all batches so far, not the loss of each batch.",
    "Log `loss.item()` of the batch itself under `Loss/Batch`.",
).windows([(since_start, since_start)], LOSS, BATCH).way(
    {Part.WINDOWS: (since_start, since_start), Part.SOURCE: mean_of_means}, LOSS, BATCH
)


def _has_others(series: Series) -> bool:
    """Whether there is another loader."""
    return any(walk.batches for walk in series.others)


logged(
    "divided_by_training_samples",
    "A sum over the validation was divided by a count of the training: of its samples, or of its batches.",
    "Divide by a count of the samples of `val_loader` alone, from 0 in each epoch.",
    where=_has_others,
).windows([(_own, _other_walk)], (LOSS, ACCURACY), EPOCH)

logged(
    "carried_into_validation",
    "A sum or a count of the one loader begins with that of the other: it was not set back in between.",
    "Set the sums and the count of samples to 0 before the validation too, or use variables of its own.",
    where=_has_others,
).windows(
    [(_both_walks, _both_walks), (_own, _both_walks), (_both_walks, _own)], (LOSS, ACCURACY), EPOCH
).windows([(_both_with_last, _own)], LOSS, EPOCH)

logged(
    "training_loss_in_validation",
    "The loss of the validation is that of the last training batch: no other was added up.",
    "Add up what you compute in the loop over `val_loader`: `loss_fn(model(inputs), targets)`.",
    where=lambda series: series.validation,
).windows([(_last_of_other, _last_of_other)], LOSS, EPOCH)

logged(
    "other_loader_measured",
    "The value under this tag is that of the other loader: training and validation hold the same numbers.",
    "Look at each `add_scalar`: which loader was its value measured on?",
    where=_has_others,
).windows([(_other_walk, _other_walk)], (LOSS, ACCURACY), EPOCH)

last_batches_only = logged(
    "last_batches_only",
    "The mean is over a fixed number of the last batches, not over those that the point stands for.",
    "Start from an empty list (or from sums of 0) where the contract says that a mean begins.",
)
for _wanted in (lambda series: series.log_every, *(lambda _, n=n: n for n in (2, 3, 5, 10))):
    last_batches_only.windows([(_as_many_as(_wanted), _as_many_as(_wanted))], LOSS, MEANS)


def _last_full(count: int) -> Window:
    """The last so many batches of an epoch that were summed up together, anew after each so many."""

    def window(moment: Moment, last: int, series: Series) -> Batches:
        batches = epoch_so_far(moment, last, series)
        full = len(batches) // count * count
        return batches[:full][-count:]

    return window


def _mean_of_means_or_zero(above: Batches, below: Batches, moment: Moment, series: Series) -> float | None:
    return mean_of_means(above, below, moment, series) if above else 0.0


for _count in (2, 3, 5, 10):
    _last = (_last_full(_count), _last_full(_count))
    last_batches_only.way({Part.WINDOWS: _last, Part.SOURCE: _mean_of_means_or_zero}, LOSS, EPOCH)


def _smoothed_over(share: float, smooth: Callable[[Sequence[float], float], list[float]]) -> Source:
    """An exponential mean of the losses of some batches, in which the old one keeps a share."""

    def source(above: Batches, below: Batches, moment: Moment, series: Series) -> float:
        return smooth([batch.loss for batch in above], share)[-1]

    return source


for _share in (0.1, 0.5, 0.9, 0.95, 0.98, 0.99):
    for _smooth in SMOOTHINGS:
        _source = _smoothed_over(_share, _smooth)
        smoothed.way({Part.WINDOWS: (since_start, since_start), Part.SOURCE: _source}, LOSS, MEANS)
        smoothed.way({Part.WINDOWS: (epoch_so_far, epoch_so_far), Part.SOURCE: _source}, LOSS, EPOCH)
