"""Mistakes in the cadence: when a point is logged, and of which batches it is the mean."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise

from crystalball.cases.inside.parts import Cadence
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.mistakes.means import BATCH_LOSS
from crystalball.oracle.trace import Pass
from crystalball.outcomes.outcome import Curve, Outcome


def _logged(truth: Outcome, points: dict[int, Pass]) -> Outcome:
    """The truth with the mean loss of these batches at these steps."""
    return truth.map_curves(
        lambda curve: Curve.of(
            [(step, walk.mean_loss) for step, walk in points.items() if walk.batches], curve.rtol
        ),
        [BATCH_LOSS],
    )


def _between(context: Context, ends: list[int], starts: set[int]) -> dict[int, Pass]:
    """For each end, the batches since the end before it, or since a start where one is later."""
    batches = context.trace.batches
    return {
        end: Pass(batches[max([last, *(s for s in starts if s < end)]) : end])
        for last, end in pairwise([0, *ends])
    }


@mistake(
    Aspect.VALUE,
    "Each point is the loss of the one batch at which it was logged, not the mean since the last point.",
    "Add up loss and samples with every batch; at a point log their mean, and start anew from 0.",
)
def single_batch_loss(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The last batch of each window."""
    windows = context.trace.windows(context.training.part(Cadence).log_every)
    yield truth.with_values(BATCH_LOSS, [walk.batches[-1].loss for walk in windows.values()])


@mistake(
    Aspect.STEP,
    "The batches after the last multiple of `log_every` were never logged.",
    "Log once more at the very last batch, when it is no multiple.",
)
def tail_dropped(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Only the multiples."""
    every = context.training.part(Cadence).log_every
    yield truth.map_curves(
        lambda c: Curve(tuple(p for p in c.points if p[0] % every == 0), c.rtol), [BATCH_LOSS]
    )


@mistake(
    Aspect.VALUE,
    "The sum was not set back after a point: each mean still holds the batches of earlier windows.",
    "After a point, set both the sum and the number of samples to 0.",
)
def window_never_reset(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Everything since the start, divided by all samples or by those of the window."""
    windows = list(context.trace.windows(context.training.part(Cadence).log_every).values())
    sums = list(accumulate(walk.mean_loss * walk.samples for walk in windows))
    sizes = [walk.samples for walk in windows]
    for counts in (list(accumulate(sizes)), sizes):
        yield truth.with_values(BATCH_LOSS, [a / b for a, b in zip(sums, counts, strict=True)])


@mistake(
    Aspect.VALUE,
    "The points stand one batch too early or too late: the first one after a single batch, or after "
    "`log_every` + 1.",
    "Count the batch first, then ask `step % log_every == 0`.",
)
def cadence_off_by_one(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A window of one batch too many; or a point where a count from 0 is a multiple."""
    every, count = context.training.part(Cadence).log_every, len(context.trace.batches)
    wide = list(range(every + 1, count + 1, every + 1))
    for chosen in (wide, wide if count in wide else [*wide, count]):
        yield _logged(truth, _between(context, chosen, set()))
    for first in (1, every + 1):
        ends = list(range(first, count + 1, every))
        tail = [] if count in ends else [count]
        for label in (0, -1):
            for chosen in (ends + tail, ends):
                points = _between(context, chosen, set())
                yield _logged(truth, {step + label: walk for step, walk in points.items()})


@mistake(
    Aspect.VALUE,
    "The windows were cut at the end of each epoch; they run on into the next one.",
    "Set sum, samples and counter to 0 once before the first epoch, and then only after a point.",
)
def windows_cut_at_epochs(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """What was collected is dropped, or logged, at the end of an epoch; or the count starts anew."""
    every, batches = context.training.part(Cadence).log_every, context.training.batches
    count = len(context.trace.batches)
    cuts = set(range(batches, count, batches))
    multiples = list(context.trace.windows(every))
    anew = [e + b for e in (0, *sorted(cuts)) for b in range(every, batches + 1, every)]
    yield _logged(truth, _between(context, multiples, cuts))
    yield _logged(truth, _between(context, sorted({*multiples, *cuts}), cuts))
    yield _logged(truth, _between(context, sorted({*anew, *cuts, count}), cuts))
    yield _logged(truth, _between(context, sorted({*anew, count}), cuts))
    yield _logged(truth, _between(context, anew, cuts))
    yield _logged(truth, _between(context, anew, set()))
    yield _logged(truth, _between(context, sorted({*anew, count}), set()))


@mistake(
    Aspect.VALUE,
    "The sum was divided by `log_every`, but not every point has that many batches behind it, and not "
    "every batch is of the same size.",
    "Weigh each loss by `len(inputs)`, and divide by the number of samples since the last point.",
)
def divided_by_log_every(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Sums of the batches' losses, over windows that run on, or are cut at the end of an epoch."""
    every, batches = context.training.part(Cadence).log_every, context.training.batches
    cuts = set(range(batches, len(context.trace.batches), batches))
    for starts in (set[int](), cuts):
        windows = _between(context, list(context.trace.windows(every)), starts)
        sums = [sum(batch.loss for batch in walk.batches) for walk in windows.values()]
        yield truth.with_values(BATCH_LOSS, [total / every for total in sums])


@mistake(
    Aspect.STEP,
    "The step is set back to 0 in each epoch, so that points of several epochs stand at the same steps.",
    "Set `step = 0` once, before the first epoch.",
)
def step_set_back(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The count of each epoch decides on points and steps; what was collected is kept or dropped there."""
    every, batches, epochs = (
        context.training.part(Cadence).log_every,
        context.training.batches,
        context.training.epochs,
    )
    count = len(context.trace.batches)
    cuts = set(range(batches, count, batches))
    multiples = [e * batches + b for e in range(epochs) for b in range(every, batches + 1, every)]
    each_end = sorted({*multiples, *cuts, count})
    last_end = sorted({*multiples, count})
    asked = multiples if epochs > 1 else last_end  # for `epochs * len(loader)`, which is not reached
    for ends in (multiples, each_end, last_end, asked):
        for starts in (set[int](), cuts):
            windows = _between(context, ends, starts)
            points = [((end - 1) % batches + 1, walk.mean_loss) for end, walk in windows.items()]
            yield truth.with_points(BATCH_LOSS, points)


@mistake(
    Aspect.VALUE,
    "`log_every` counts batches, but here it counted epochs.",
    "Count the batches over the whole training, and compare that number with `log_every`.",
)
def counts_epochs(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A point every so many epochs, at a batch step or at the number of the epoch."""
    every, batches, epochs = (
        context.training.part(Cadence).log_every,
        context.training.batches,
        context.training.epochs,
    )
    ends = list(range(every, epochs + 1, every))
    for chosen in (ends, ends if epochs in ends else [*ends, epochs]):
        points = _between(context, [e * batches for e in chosen], set())
        yield _logged(truth, points)
        yield _logged(truth, {step // batches: walk for step, walk in points.items()})
