"""A trace: every fact of one training run that a curve could be made of; it knows no TensorBoard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from crystalball.cases.inside.training import Training
from crystalball.oracle.flaws import Flaw
from crystalball.reading.values import Histogram

Rates = tuple[float, ...]
"""The learning rate of each parameter group."""

Drawings = tuple[tuple[float, ...], ...]
"""Pictures: for each its values in [-1, 1], row by row, three a pixel."""


class TraceRequest(msgspec.Struct, frozen=True):
    """What the oracle is asked for.

    Attributes:
        case: what to train.
        flaws: how it is trained wrongly; none when rightly.
    """

    case: Training
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True)
class Batch:
    """One batch of training or of validation.

    Attributes:
        loss: mean over its samples, computed before its optimizer step.
        size: its number of samples.
        correct: samples whose label was predicted right, by the pass that gave the loss.
        flat: samples whose label is the index of the largest logit of the whole batch: what an
            `argmax` without a dimension counts.
        gradient_norm: of all gradients together, before they were clipped; 0 where none are.
        clipped_norm: the same, after.
        gradients: of each parameter that has one, before they were clipped, where they are.
        weights: of each parameter before the optimizer step, where gradients are clipped.
        rate: of the first parameter group, with which it was trained; 0 of validation.
    """

    loss: float
    size: int
    correct: float
    flat: int
    gradient_norm: float = 0.0
    clipped_norm: float = 0.0
    gradients: Mapping[str, Histogram] = field(default_factory=dict)
    weights: Mapping[str, Histogram] = field(default_factory=dict)
    rate: float = 0.0


@dataclass(frozen=True)
class Pass:
    """One walk over a loader: its batches, in order."""

    batches: tuple[Batch, ...]

    @property
    def samples(self) -> int:
        """Samples of all batches."""
        return sum(batch.size for batch in self.batches)

    @property
    def mean_loss(self) -> float:
        """The mean loss over the samples: each batch counts by its size."""
        return sum(batch.loss * batch.size for batch in self.batches) / self.samples

    @property
    def accuracy(self) -> float:
        """The share of the samples that were predicted right, in [0, 1]."""
        return sum(batch.correct for batch in self.batches) / self.samples


@dataclass(frozen=True)
class Epoch(Pass):
    """One epoch of training.

    Attributes:
        rates: the learning rate of each parameter group, as used in this epoch.
        rates_after: the same after the epoch's step of the scheduler.
        validation: the walk over the validation set after the training; empty where there is none.
        weights: of each parameter after the epoch, where gradients are clipped.
        drawings: what a generator drew of the latents after the epoch, in evaluation mode.
    """

    rates: Rates = ()
    rates_after: Rates = ()
    validation: Pass = field(default_factory=lambda: Pass(()))
    weights: Mapping[str, Histogram] = field(default_factory=dict)
    drawings: Drawings = ()

    @property
    def completed(self) -> bool:
        """Whether it came to its end: one that is interrupted has no rates."""
        return bool(self.rates)

    @property
    def gradient_norm(self) -> float:
        """That of the last batch; 0 in an epoch that was interrupted before its first."""
        return self.batches[-1].gradient_norm if self.batches else 0.0

    @property
    def clipped(self) -> Epoch:
        """The same, with the norms of gradients from after they were clipped."""
        batches = (replace(batch, gradient_norm=batch.clipped_norm) for batch in self.batches)
        return replace(self, batches=tuple(batches))

    @property
    def gradients(self) -> Mapping[str, Histogram]:
        """Those of the last batch."""
        return self.batches[-1].gradients if self.batches else {}


@dataclass(frozen=True)
class Saved:
    """What a checkpoint says of the call that wrote it.

    Attributes:
        epochs: that it completed.
        batches: that it trained.
    """

    epochs: int
    batches: int


@dataclass(frozen=True)
class Trace:
    """One training run.

    Attributes:
        epochs: the epochs, in order.
        steady: a float64 training of the same case gives the same numbers within 1e-5, and no
            prediction is nearly a tie, so that no honest program can differ by rounding.
        parts: of a case with several learning rates, ranks or calls, the training of each. Of several
            rates it has no epochs itself.
        modules: those of the model that have parameters, as a graph names them: `Conv2d[0]`.
        saved: of a call, the last checkpoint that it wrote; `None` when it wrote none.
        interrupted: of a call, whether it was.
        impatient: whether it would have stopped after its last epoch, had that not been the last.
        possible: false of a flawed training that PyTorch itself refuses: it has no epochs.
    """

    epochs: tuple[Epoch, ...] = ()
    steady: bool = True
    possible: bool = True
    parts: tuple[Trace, ...] = ()
    modules: tuple[str, ...] = ()
    saved: Saved | None = None
    interrupted: bool = False
    impatient: bool = False

    @classmethod
    def of_parts(cls, parts: Iterable[Trace]) -> Trace:
        """The trace of several trainings that belong together.

        Args:
            parts: the trace of each.
        """
        parts = tuple(parts)
        return cls(steady=all(part.steady for part in parts), parts=parts)

    @property
    def shorter(self) -> Trace:
        """The same without the last epoch."""
        parts = tuple(part.shorter for part in self.parts)
        return replace(self, epochs=self.epochs[:-1], parts=parts)

    @property
    def batches(self) -> tuple[Batch, ...]:
        """The training batches of all epochs, in order."""
        return tuple(batch for epoch in self.epochs for batch in epoch.batches)

    def windows(self, log_every: int) -> dict[int, Pass]:
        """The batches since the last point, by the step of each point: multiples, and the last."""
        batches = self.batches
        steps = [*range(log_every, len(batches), log_every), len(batches)]
        return {step: Pass(batches[start:step]) for start, step in zip([0, *steps], steps, strict=False)}
