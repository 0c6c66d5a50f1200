"""A training as a case: the plain loop, and the parts that an exercise adds to it."""

from __future__ import annotations

import hashlib
from math import ceil
from typing import TypeVar

import msgspec

from crystalball.cases.inside.case import Case
from crystalball.cases.inside.part import Part
from crystalball.cases.inside.parts import (
    AnyPart,
    DropLast,
    Interruptions,
    Live,
    LoaderFailure,
    NameTaken,
    SecondRank,
    Sweep,
    Validation,
)

T = TypeVar("T")


class Training(Case, frozen=True, tag="training"):
    """One training run on sprites.

    Attributes:
        epochs: passes over the samples, at least 1.
        samples: sprites in the data set.
        batch_size: sprites a batch; the last batch is smaller when a remainder is left.
        lr: learning rate of the optimizer.
        seed: of the sprites and of the model's first weights.
        momentum: of the optimizer.
        parts: what the exercise adds, at most one of a kind.
    """

    epochs: int
    samples: int
    batch_size: int
    lr: float = 0.05
    seed: int = 0
    momentum: float = 0.0
    parts: tuple[AnyPart, ...] = ()

    def __post_init__(self) -> None:
        if min(self.epochs, self.samples, self.batch_size) < 1:
            raise ValueError("epochs, samples and batch_size are at least 1")
        if len({type(part) for part in self.parts}) < len(self.parts):
            raise ValueError("of each part there is one at most")
        for part in self.parts:
            part.check(self)
            if getattr(part, "of_validation", False) and not self.find(Validation):
                raise ValueError("what happens in the validation needs validation too")

    def find(self, kind: type[T]) -> T | None:
        """The part of this kind, if it has one.

        Args:
            kind: the class of the part.
        """
        return next((part for part in self.parts if isinstance(part, kind)), None)

    def part(self, kind: type[T]) -> T:
        """The part of this kind, which all trainings of the exercise have.

        Args:
            kind: the class of the part.

        Raises:
            LookupError: it has none.
        """
        found = self.find(kind)
        if found is None:
            raise LookupError(f"this training has no {kind.__name__}")
        return found

    def with_part(self, part: AnyPart) -> Training:
        """The same training with a part more."""
        return msgspec.structs.replace(self, parts=(*self.parts, part))

    def without(self, *kinds: type[Part]) -> Training:
        """The same training without the parts of these kinds."""
        parts = tuple(part for part in self.parts if not isinstance(part, kinds))
        return msgspec.structs.replace(self, parts=parts)

    def undisturbed(self) -> Training:
        """What the oracle trains for this case: nothing fails, and nobody logs."""
        return msgspec.structs.replace(self, parts=tuple(part for part in self.parts if part.steers))

    def sealed(self, secret: int) -> Training:
        """The same training, of which nobody knows what releases its steps; see `Live`."""
        live = self.find(Live)
        if live is None or live.secret == secret:
            return self
        parts = tuple(Live(secret) if part is live else part for part in self.parts)
        return msgspec.structs.replace(self, parts=parts)

    def release(self, step: int) -> int:
        """The number that releases an optimizer step of a training that is looked at live.

        Args:
            step: counted from 1.
        """
        text = f"{self.part(Live).secret} {self.undisturbed().to_json()} {step}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])

    @property
    def lrs(self) -> tuple[float, ...]:
        """The learning rate of each training; the case's own, where there is no sweep."""
        sweep = self.find(Sweep)
        return sweep.lrs if sweep else (self.lr,)

    @property
    def taken(self) -> tuple[float, ...]:
        """The learning rates of which every run name is taken, in each second of the call."""
        return self.lrs if self.find(NameTaken) else ()

    @property
    def default_lr(self) -> float:
        """The learning rate that the optimizer has for further groups; no group uses it."""
        return 10 * self.lr

    @property
    def size(self) -> tuple[int, ...]:
        """The number of optimizer steps, epochs and samples."""
        return (self.steps, self.epochs, self.samples)

    @property
    def batches(self) -> int:
        """Batches an epoch."""
        if self.find(DropLast):
            return self.samples // self.batch_size
        return ceil(self.samples / self.batch_size)

    @property
    def given_samples(self) -> int:
        """Samples that the loader gives in an epoch."""
        return min(self.samples, self.batches * self.batch_size)

    @property
    def steps(self) -> int:
        """Optimizer steps of all that is trained, when nothing fails."""
        return self.epochs * self.batches * len(self.lrs)

    @property
    def completed(self) -> int:
        """Epochs that are completed before the loader fails."""
        failure = self.find(LoaderFailure)
        return failure.epoch if failure else self.epochs

    @property
    def error(self) -> str:
        """The name of the exception that the case itself raises; empty when it raises none."""
        raising = self.find(LoaderFailure) or self.find(Interruptions)
        return raising.error if raising else ""

    @property
    def ranks(self) -> int:
        """Processes that train together."""
        return 2 if self.find(SecondRank) else 1

    @property
    def restarts(self) -> int:
        """How often it is resumed."""
        interruptions = self.find(Interruptions)
        return len(interruptions.breaks) if interruptions else 0

    @property
    def epochs_of_calls(self) -> tuple[range, ...]:
        """The epochs, from 0, that each call completes when it goes on where the last one stopped."""
        interruptions = self.find(Interruptions)
        return interruptions.epochs_of_calls(self.epochs) if interruptions else (range(self.epochs),)

    def checkpoints_before(self, call_index: int) -> int:
        """The number of earlier calls that completed an epoch, and so left a checkpoint.

        Args:
            call_index: of the call, from 0.
        """
        return sum(len(epochs) > 0 for epochs in self.epochs_of_calls[:call_index])

    def call(self, index: int) -> str:
        """Ranks are called at the same time; all else one after the other."""
        return f"On rank {index} the call" if self.ranks > 1 else super().call(index)

    def __str__(self) -> str:
        text = f"{self.epochs} epoch{'s' * (self.epochs > 1)}"
        text += f", {self.batches} batch{'es' * (self.batches > 1)}"
        if self.batches > 1 and self.samples % self.batch_size and not self.find(DropLast):
            text += f" (the last one smaller: {self.samples % self.batch_size} of {self.batch_size})"
        return "; ".join([text, *filter(None, (part.words(self) for part in self.parts))])
