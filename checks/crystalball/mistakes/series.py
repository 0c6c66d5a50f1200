"""A series: what the numbers under one tag could be made of, in one case, and when they could be logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from functools import cached_property
from itertools import accumulate, pairwise

from crystalball.cases.inside.parts import Cadence, LoaderFailure, Sweep
from crystalball.cases.inside.training import Training
from crystalball.mistakes.catalogue import Context
from crystalball.oracle.trace import Batch, Epoch, Pass, Trace
from crystalball.outcomes.outcome import Curve, Outcome

Batches = Sequence[Batch]

LOSS, BATCH_LOSS = "Loss/Train", "Loss/Batch"

HISTOGRAMS = ("Weights/", "Gradients/")
"""How the tags of histograms begin."""


class Quantity(StrEnum):
    """What is measured: a thing is no number."""

    LOSS = auto()
    ACCURACY = auto()
    RATE = auto()
    NORM = auto()
    OTHER = auto()
    THING = auto()


class Clock(StrEnum):
    """When a right program logs: after each epoch, each batch, each window of batches, or else."""

    EPOCH = auto()
    BATCH = auto()
    WINDOW = auto()
    ONCE = auto()
    OTHER = auto()


@dataclass(frozen=True)
class Moment:
    """A moment at which a program may log.

    Attributes:
        epoch: in which it lies, from 0.
        batch: training batches of that epoch that are completed.
        start: where the epoch begins in the series' batches.
        stop: the series' batches that are completed.
        end: where the epoch ends in the series' batches.
        before: points that were logged at this moment before.
    """

    epoch: int
    batch: int
    start: int
    stop: int
    end: int
    before: int = 0


@dataclass(frozen=True)
class Series:
    """What a curve could be made of.

    Attributes:
        curve: what the laws expect.
        quantity: what is measured.
        clock: when a right program logs.
        training: the case.
        epochs: those that were trained.
        walks: over the loader that the curve speaks of, one an epoch.
        others: over the other loader, likewise; empty walks where there is none.
        validation: the curve is one of the validation.
        place: of the curve among the curves of this clock, and how many these are.
        run: the index of its run.
        beside_batches: the run holds a curve of batches as well.
    """

    curve: Curve
    quantity: Quantity
    clock: Clock
    training: Training | None
    epochs: Sequence[Epoch]
    walks: Sequence[Pass]
    others: Sequence[Pass]
    validation: bool = False
    place: tuple[int, int] = (0, 1)
    beside_batches: bool = False
    run: int = 0

    @classmethod
    def of(cls, outcome: Outcome, context: Context, tag: str, run: int = 0) -> Series:
        """The series of a curve that the laws expect.

        Args:
            outcome: what they expect.
            context: with the trace of the training that they speak of.
            tag: of the curve.
            run: the index of its run.
        """
        curve = outcome.runs[run].curves[tag]
        case = context.case
        numbers = all(isinstance(value, float) for value in curve.values)
        training = case if isinstance(case, Training) else None
        quantity = _quantity(tag) if numbers else Quantity.THING
        clock = _clock(tag, training) if training else Clock.OTHER
        if training is None or not (numbers or clock == Clock.EPOCH):
            return cls(curve, quantity, Clock.OTHER, training, (), (), ())
        epochs = curve.epochs or epochs_behind(training, context.trace, run)
        walks: tuple[Sequence[Pass], Sequence[Pass]] = (epochs, [epoch.validation for epoch in epochs])
        validation = tag.endswith("/Validation")
        if validation:
            walks = walks[::-1]
        others = outcome.runs[run].curves
        same = [other for other in others if _clock(other, training) == clock and not _is_histogram(other)]
        place = (same.index(tag), len(same)) if tag in same else (0, 1)
        return cls(
            curve, quantity, clock, training, epochs, *walks, validation, place, BATCH_LOSS in others, run
        )

    @cached_property
    def batches(self) -> tuple[Batch, ...]:
        """The batches of all walks."""
        return tuple(batch for walk in self.walks for batch in walk.batches)

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """Where each epoch ends in the batches."""
        return tuple(accumulate(len(walk.batches) for walk in self.walks))

    @property
    def an_epoch(self) -> int:
        """Training batches of an epoch."""
        return self.training.batches if self.training else 1

    @property
    def failure(self) -> LoaderFailure | None:
        """The failure of the loader, where there is one."""
        return self.training.find(LoaderFailure) if self.training else None

    @property
    def log_every(self) -> int:
        """Batches of a window; 0 where there are none."""
        cadence = self.training.find(Cadence) if self.training else None
        return cadence.log_every if cadence else 0

    @cached_property
    def count(self) -> int:
        """Batches of the whole training, as far as it came."""
        return max((moment.stop for moment in self.moments), default=0)

    def moment(self, stop: int) -> Moment:
        """The moment after so many of the batches."""
        epoch = next((n for n, end in enumerate(self.ends) if stop <= end), len(self.ends) - 1)
        start = self.ends[epoch - 1] if epoch else 0
        whole = stop == self.ends[epoch]
        return Moment(epoch, self.an_epoch if whole else stop - start, start, stop, self.ends[epoch])

    @cached_property
    def moments(self) -> list[Moment]:
        """When a right program logs."""
        count = len(self.curve.points)
        if self.clock == Clock.OTHER:
            return [Moment(n, 1, n, n + 1, n + 1) for n in range(count)]
        stops: Sequence[int] = self.ends[:count]
        if self.clock == Clock.BATCH:
            stops = range(1, count + 1)
        elif self.clock == Clock.WINDOW:
            stops = self.curve.steps
        elif self.clock == Clock.ONCE:
            stops = self.ends[-count:] if count else ()
        return [self.moment(stop) for stop in stops]


@dataclass(frozen=True)
class At:
    """Where a program is when it logs: what a step may count.

    Attributes:
        moment: when it logs.
        place: of the point among all, from 0.
        series: of the curve.
    """

    moment: Moment
    place: int
    series: Series

    @property
    def epoch(self) -> int:
        """Epochs completed before this one."""
        return self.moment.epoch

    @property
    def batch(self) -> int:
        """Batches of this epoch that are completed."""
        return self.moment.batch

    @property
    def an_epoch(self) -> int:
        """Batches of an epoch."""
        return self.series.an_epoch

    @property
    def batches(self) -> int:
        """Batches that are completed, of all epochs."""
        return self.epoch * self.an_epoch + self.batch

    @property
    def size(self) -> int:
        """Samples of a full batch."""
        return self.series.training.batch_size if self.series.training else 1

    @property
    def first_size(self) -> int:
        """Samples of the first batch."""
        return min(self.size, self.data_set)

    @property
    def data_set(self) -> int:
        """Samples of an epoch."""
        return self.series.training.given_samples if self.series.training else 1

    @property
    def samples(self) -> int:
        """Samples that were seen, of all epochs."""
        return self.epoch * self.data_set + min(self.batch * self.size, self.data_set)

    @property
    def samples_before(self) -> int:
        """Samples that were seen before the last batch."""
        return self.epoch * self.data_set + (self.batch - 1) * self.size

    @property
    def last(self) -> int:
        """The last step of a right curve."""
        return max(self.series.curve.steps, default=0)

    @property
    def right(self) -> int:
        """The step of a right program."""
        steps = self.series.curve.steps
        again = self.series.clock == Clock.EPOCH and any(b <= a for a, b in pairwise(steps))
        if self.series.clock in (Clock.ONCE, Clock.OTHER) or again:
            return steps[min(self.place, len(steps) - 1)] if steps else self.place + 1
        if self.series.clock != Clock.EPOCH:
            return self.batches
        return self.epoch + min(steps, default=1)  # who trains an epoch too many may count from 0


def _quantity(tag: str) -> Quantity:
    group, _, name = tag.partition("/")
    if tag == "LearningRate":
        return Quantity.RATE
    kind = name if group == "Final" else group
    if tag == "Gradient/Norm":
        return Quantity.NORM
    known = {"Loss": Quantity.LOSS, "Validation": Quantity.LOSS, "Accuracy": Quantity.ACCURACY}
    return known.get(kind, Quantity.OTHER)


def _clock(tag: str, case: Training) -> Clock:
    if tag == BATCH_LOSS:
        return Clock.WINDOW if case.find(Cadence) else Clock.BATCH
    if tag.startswith("Final/"):
        return Clock.ONCE
    per_epoch = tag == "LearningRate" or tag.endswith(("/Train", "/Validation", "/Norm"))
    return Clock.EPOCH if per_epoch or _is_histogram(tag) else Clock.OTHER


def _is_histogram(tag: str) -> bool:
    return tag.startswith(HISTOGRAMS)


def epochs_behind(case: Training, trace: Trace, run: int) -> tuple[Epoch, ...]:
    """The epochs behind a run: of a sweep those of its part, of several ranks those of all together.

    Args:
        case: the training.
        trace: of it.
        run: the index of the run.
    """
    if case.find(Sweep):
        return trace.parts[run].epochs if run < len(trace.parts) else ()
    return trace.epochs


def samples(batches: Batches) -> int:
    """Samples of some batches.

    Args:
        batches: any number of them.
    """
    return sum(batch.size for batch in batches)


def ratio(above: float, below: float) -> float | None:
    """A quotient; `None` for one by 0.

    Args:
        above: the dividend.
        below: the divisor.
    """
    return above / below if below else None
