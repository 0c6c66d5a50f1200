"""Mistakes of several ranks that should log as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import permutations

from crystalball.cases.inside.parts import SecondRank
from crystalball.mistakes.catalogue import Aspect, Context, mistake, training_mistake
from crystalball.mistakes.filters import whole
from crystalball.mistakes.series import LOSS
from crystalball.oracle.flaws import Flaw
from crystalball.oracle.trace import Epoch, Pass
from crystalball.outcomes.end import End, Raised, Returned, Unfinished
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.reading.values import Value


def _means(context: Context) -> list[list[float]]:
    """The mean loss of each epoch, for each rank."""
    return [[epoch.mean_loss for epoch in part.epochs] for part in context.trace.parts]


@mistake(
    Aspect.VALUE,
    "The loss is that of one rank only: the samples of the others are missing in the mean.",
    "Add up losses and samples of all ranks with `torch.distributed.all_reduce` before you divide.",
)
def rank_zero_loss_only(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The mean of rank 0, or of another."""
    for means in _means(context):
        yield truth.with_values(LOSS, means)


@mistake(
    Aspect.VALUE,
    "Means (of batches, of ranks) were averaged or added up, so the samples of the smaller ones count too "
    "much.",
    "Reduce two sums, that of the losses (each times its batch's size) and that of the samples; divide "
    "once, at the end.",
)
def mean_of_rank_means(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The mean over the ranks; of means over samples, over batches, or of each batch; or their sum."""
    parts = [part.epochs for part in context.trace.parts]
    simple = [
        [sum(b.loss for b in epoch.batches) / len(epoch.batches) for epoch in epochs] for epochs in parts
    ]
    for means in (_means(context), simple):
        sums = [sum(of_one) for of_one in zip(*means, strict=True)]
        yield truth.with_values(LOSS, [total / len(means) for total in sums])
        yield truth.with_values(LOSS, sums)
    for own in parts:  # the batches' means, weighed by the sizes of one rank's
        walks = zip(own, *parts, strict=True)
        yield truth.with_values(LOSS, [_of_batch_means([own], all_) for own, *all_ in walks])
    yield truth.with_values(LOSS, [_of_batch_means(same, same) for same in zip(*parts, strict=True)])
    together = [
        [Pass(batches).mean_loss for batches in zip(*(epoch.batches for epoch in same), strict=False)]
        for same in zip(*parts, strict=True)
    ]
    yield truth.with_values(LOSS, [sum(means) / len(means) for means in together])


def _of_batch_means(sized: Sequence[Epoch], ranks: Sequence[Epoch]) -> float:
    """The mean of what the ranks' means of each batch are, each by the size that it has on some ranks."""
    total, samples = 0.0, 0
    sizes = zip(*(epoch.batches for epoch in sized), strict=False)
    for those, same in zip(sizes, zip(*(epoch.batches for epoch in ranks), strict=False), strict=False):
        size = sum(batch.size for batch in those)
        total += size * sum(one.loss for one in same) / len(same)
        samples += size
    return total / samples


@mistake(
    Aspect.VALUE,
    "The loss is that of the last batches of the epoch, not the mean over the epoch.",
    "On each rank add up the losses and the samples of every batch, and reduce both sums after the epoch.",
)
def last_batches_for_mean(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The mean over the samples of the last batch of each rank; or over these batches, or their sum."""
    parts = [[epoch.batches[-1] for epoch in part.epochs] for part in context.trace.parts]
    lasts = [Pass(same) for same in zip(*parts, strict=True)]
    sums = [sum(batch.loss for batch in walk.batches) for walk in lasts]
    yield truth.with_values(LOSS, [walk.mean_loss for walk in lasts])
    yield truth.with_values(LOSS, [total / len(parts) for total in sums])
    yield truth.with_values(LOSS, sums)


@mistake(
    Aspect.VALUE,
    "The sum of a rank's losses was cut to a whole number, as a tensor of integers does with it.",
    "Keep sum and count in floats all the way: `torch.tensor([total, samples])` of a `float` and an "
    "`int`, and no conversion to integers after it.",
)
def whole_sums(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The sum of each rank, cut before it is reduced."""
    ranks = zip(*(part.epochs for part in context.trace.parts), strict=True)
    sums = [
        (sum(whole(e.mean_loss * e.samples) for e in same), sum(e.samples for e in same)) for same in ranks
    ]
    yield truth.with_values(LOSS, [total / samples for total, samples in sums])


training_mistake(
    "gradients_added_up",
    Flaw.GRADIENTS_ADDED_UP,
    needs=SecondRank,
    why="Each step was as many times too long as there are ranks: gradients were added up that were "
    "averaged already, or the learning rate was multiplied.",
    next="Leave rate and gradients as they are: the model's wrapper has averaged these in `backward()`.",
)
training_mistake(
    "gradients_averaged_twice",
    Flaw.GRADIENTS_AVERAGED_TWICE,
    needs=SecondRank,
    why="Each step was as many times too short as there are ranks: gradients were divided that were "
    "averaged already, or the learning rate was.",
    next="Leave rate and gradients as they are: the model's wrapper has averaged these in `backward()`.",
)


def _doubled(truth: Outcome, values: Sequence[Sequence[Value]]) -> Outcome:
    """The points of several writers in one run."""
    points = [(step, value) for series in values for step, value in enumerate(series, start=1)]
    return truth.with_points(LOSS, points).map_runs(lambda run: replace(run, files=len(values)))


@mistake(
    Aspect.RUN,
    "Every rank wrote into the run: each point stands there several times.",
    "Make the `SummaryWriter`, and log, `if rank == 0:` only.",
)
def every_rank_writes(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A file for each rank: all with the same mean, or each with its own."""
    right = truth.runs[0].curves[LOSS].values
    for values in ([right] * len(context.trace.parts), _means(context)):
        yield _doubled(truth, values)


@mistake(
    Aspect.RUN,
    "Every rank opened a writer in the run: there is an event file for each of them.",
    "Make the `SummaryWriter` `if rank == 0:` only; the other ranks need none.",
)
def every_rank_opens_a_writer(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A file for each rank, of which one alone holds the points, or the others have tags of their own."""
    yield truth.map_runs(lambda run: replace(run, files=len(context.trace.parts)))


@mistake(
    Aspect.VALUE,
    "What `all_reduce` had added up, the sum of the losses or the count of samples, was carried into "
    "the next epoch, and added up again.",
    "Begin each epoch with a new sum and a new count, both on every rank: `all_reduce` leaves the total "
    "in each rank's tensor.",
)
def sums_carried_over(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Beside each epoch's own sums stand those before, times the number of ranks: of both, or of one."""
    ranks, epochs = len(context.trace.parts), context.trace.epochs
    totals = [epoch.mean_loss * epoch.samples for epoch in epochs]
    counts = [float(epoch.samples) for epoch in epochs]
    once = [ranks**index * counts[0] for index, _ in enumerate(epochs)]  # counted in the first epoch alone
    for above, below in (
        (_again(totals, ranks), _again(counts, ranks)),
        (_again(totals, ranks), counts),
        (totals, _again(counts, ranks)),
        (totals, once),
    ):
        yield truth.with_values(LOSS, [a / b for a, b in zip(above, below, strict=True)])


def _again(sums: Iterable[float], ranks: int) -> list[float]:
    """What is left of sums on each rank when they are reduced with all that was left before."""
    left, all_left = 0.0, []
    for own in sums:
        left = ranks * left + own
        all_left.append(left)
    return all_left


@mistake(
    Aspect.VALUE,
    "The sums were reduced after each batch: what `all_reduce` leaves on each rank is the total already, "
    "and it was counted once more for each rank.",
    "Add up on each rank by itself, and call `all_reduce` once, after the last batch of the epoch.",
)
def reduced_each_batch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """In each epoch the earlier batches count again and again."""
    values = []
    for same in zip(*(part.epochs for part in context.trace.parts), strict=True):
        batches = [Pass(batch) for batch in zip(*(epoch.batches for epoch in same), strict=False)]
        above = _again((walk.mean_loss * walk.samples for walk in batches), len(same))[-1]
        values.append(above / _again((walk.samples for walk in batches), len(same))[-1])
    yield truth.with_values(LOSS, values)


def _returned(truth: Outcome, context: Context) -> tuple[End, ...]:
    """What the ranks were seen to return, when all of them did."""
    ends = context.seen_ends
    same = len(ends) == len(truth.ends) and all(isinstance(end, Returned) for end in ends)
    return ends if same else truth.ends


@mistake(
    Aspect.RUN,
    "There is a directory besides the one in which the run lies: every rank made one, or it was made "
    "and not used.",
    "Make one directory, and one `SummaryWriter(log_dir)`, and both `if rank == 0:` only: "
    "`SummaryWriter(None)` makes a directory of its own.",
)
def every_rank_makes_a_directory(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A run for each rank: with the common mean, its own, or that in one and these in the others; or
    nothing but empty directories.

    One of the names is right; the others are anything.
    """
    ranks = len(context.trace.parts)
    (run,) = truth.runs
    right = run.curves[LOSS].values
    ends = _returned(truth, context)
    names = [one.name for one in context.seen_runs]
    if len(names) != ranks or run.name not in names:
        names = [run.name] * ranks
    own = _means(context)
    for values in ([right] * ranks, own, [right, *own[1:]]):
        runs = tuple(
            replace(run, name=name, curves={LOSS: run.curves[LOSS].with_values(one)})
            for name, one in zip(names, values, strict=True)
        )
        yield replace(truth, runs=_in_seen_order(runs, context), ends=ends, directories=ranks)
    yield replace(truth, directories=ranks)
    yield replace(truth, directories=ranks, ends=ends)


def _in_seen_order(runs: tuple[Run, ...], context: Context) -> tuple[Run, ...]:
    """The runs in the order in which those that were seen were begun, which is any."""
    seen = [run.curves.get(LOSS, Curve(())) for run in context.seen.runs] if context.seen else []
    orders = [order for order in permutations(runs) if len(seen) == len(runs)]
    fitting = (
        order
        for order in orders
        if all(run.curves[LOSS].agrees(curve, 1) for run, curve in zip(order, seen, strict=True))
    )
    return next(fitting, runs)


@mistake(
    Aspect.VALUE,
    "The number of all samples was made of those of one rank alone: the ranks have different numbers.",
    "Reduce both sums, that of the losses and that of the samples, before you divide one by the other.",
)
def samples_of_one_rank(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Divided by a rank's own samples, or by those times the number of ranks."""
    parts = [part.epochs for part in context.trace.parts]
    totals = [sum(epoch.mean_loss * epoch.samples for epoch in same) for same in zip(*parts, strict=True)]
    for factor in (1, len(parts)):
        for epochs in parts:
            values = [total / (factor * e.samples) for total, e in zip(totals, epochs, strict=True)]
            yield truth.with_values(LOSS, values)


@mistake(
    Aspect.END,
    "Another rank than rank 0 returned a path, where it should return `None`.",
    "Only rank 0 returns its `log_dir`: `return log_dir if rank == 0 else None`.",
)
def every_rank_returns_a_path(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """What the others returned is adopted."""
    seen = context.seen.ends if context.seen else (truth.ends[0],) * len(truth.ends)
    others = seen[1:] if all(isinstance(end, Returned) for end in seen) else truth.ends[1:]
    yield replace(truth, ends=(truth.ends[0], *others)) if len(seen) == len(truth.ends) else truth


@mistake(
    Aspect.END,
    "A rank waited in vain: a call that all ranks must make together was made by some of them only.",
    "Every rank must make the same calls (`all_reduce`, `barrier`, and training on every batch), not only "
    "the one that writes: put them outside of `if rank == 0:`, and let no rank return before them.",
)
def collective_on_one_rank(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A rank that waits in vain raises, or comes to no end; what is left then is its own affair."""
    if context.seen is None:
        yield replace(truth, runs=(), ends=(Raised("DistBackendError"), *truth.ends[1:]))
        return
    failed = [end for end in context.seen.ends if isinstance(end, (Raised, Unfinished))]
    # Where a rank raised an error of its own, the others wait for it in vain, too.
    waited = all(isinstance(end, Unfinished) or end.collective or end.error in WAITED for end in failed)
    yield context.seen if failed and waited else truth


WAITED = ("DistBackendError", "DistNetworkError", "DistError")
"""Exceptions of their own that calls raise which the other ranks did not join in time."""
