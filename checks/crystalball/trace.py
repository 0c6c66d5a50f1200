"""A trace: every fact of one training run that a curve could be made of; it knows no TensorBoard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Batch:
    """One batch of training.

    Attributes:
        loss: mean over its samples, computed before its optimizer step.
        size: its number of samples.
    """

    loss: float
    size: int


@dataclass(frozen=True)
class Epoch:
    """One epoch of training: its batches, in order."""

    batches: tuple[Batch, ...]

    @property
    def samples(self) -> int:
        """Samples of the epoch."""
        return sum(batch.size for batch in self.batches)

    @property
    def mean_loss(self) -> float:
        """The mean loss over the samples: each batch counts by its size."""
        return sum(batch.loss * batch.size for batch in self.batches) / self.samples


@dataclass(frozen=True)
class Trace:
    """One training run.

    Attributes:
        epochs: the epochs, in order.
        steady: a float64 training of the same case gives the same numbers within 1e-5, so that
            no honest program can differ by rounding.
    """

    epochs: tuple[Epoch, ...] = ()
    steady: bool = True

    @property
    def batches(self) -> tuple[Batch, ...]:
        """The batches of all epochs, in order."""
        return tuple(batch for epoch in self.epochs for batch in epoch.batches)

    def first(self, epochs: int) -> Trace:
        """The same training, stopped after that many epochs."""
        return Trace(self.epochs[:epochs], self.steady)

    @classmethod
    def from_json(cls, answer: dict[str, Any]) -> Trace:
        """The trace as the oracle's process sends it."""
        epochs = tuple(
            Epoch(tuple(Batch(**batch) for batch in epoch["batches"])) for epoch in answer["epochs"]
        )
        return cls(epochs, answer["steady"])
