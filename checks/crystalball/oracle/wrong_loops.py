"""Flaws of one training: each takes one step of the reference loop in another way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from crystalball.cases.inside.parts import Drawing
from crystalball.oracle.flaws import Flaw, flawed
from crystalball.oracle.loop import ReferenceLoop
from crystalball.oracle.trace import Batch


class WrongLoop(ReferenceLoop):
    """A training with a flaw. It draws only where a program would: drawing may be what goes wrong."""

    def draws(self) -> bool:
        """After the first epoch, the last, and the multiples of `every`."""
        drawing = self.objects.case.find(Drawing)
        multiple = drawing is not None and self.epochs % drawing.every == 0
        return multiple or self.epochs in (1, self.objects.epochs)

    def measure_again(self, batches: Iterable[Sequence[Tensor]], *, training: bool) -> list[Batch]:
        """Batches as the model sees them now, when they come again.

        Args:
            batches: of the training set.
            training: whether in training mode.
        """
        self.objects.model.train(training)
        with torch.no_grad():
            again = [self.measure(batch)[0] for batch in batches]
        self.objects.model.train()
        return again


# When gradients are clipped, and how.


@flawed(Flaw.NOT_CLIPPED)
class NotClipped(WrongLoop):
    """The steps are taken by whole gradients: they are never clipped, or too late."""

    def clip(self, most: float) -> float:
        return super().clip(torch.inf)


@flawed(Flaw.CLIPPED_TO_ONE)
class ClippedToOne(WrongLoop):
    """They are clipped to a norm of 1, whatever was asked for."""

    def clip(self, most: float) -> float:
        return super().clip(1.0)


@flawed(Flaw.LENGTHENED_TO_MAX_NORM)
class LengthenedToMaxNorm(WrongLoop):
    """The gradients have the norm to which they are to be clipped, those that were shorter too."""

    def clip(self, most: float) -> float:
        norm = super().clip(math.inf)
        for parameter in self.objects.model.parameters():
            if parameter.grad is not None:
                parameter.grad *= most / (norm + 1e-6)
        return norm


@flawed(Flaw.CLIPPED_ONE_BY_ONE)
class ClippedOneByOne(NotClipped):
    """The gradient of each parameter is clipped by itself."""

    def clip(self, most: float) -> float:
        norm = super().clip(most)
        for parameter in self.objects.model.parameters():
            nn.utils.clip_grad_norm_(parameter, most)
        return norm


@flawed(Flaw.CLIPPED_BY_VALUE)
class ClippedByValue(NotClipped):
    """Each number of a gradient is clipped by itself."""

    def clip(self, most: float) -> float:
        norm = super().clip(most)
        nn.utils.clip_grad_value_(self.objects.model.parameters(), most)
        return norm


# When loss and accuracy are measured.


def _measured_later(before: Batch, after: Batch) -> Batch:
    """A batch as it was trained on, with what was measured of it later."""
    return replace(before, loss=after.loss, correct=after.correct, flat=after.flat)


class StaysInItsMode(WrongLoop):
    """The model stays in the mode in which it was measured, and what comes next is trained so."""

    def measure_again(self, batches: Iterable[Sequence[Tensor]], *, training: bool) -> list[Batch]:
        again = super().measure_again(batches, training=training)
        self.objects.model.train(training)
        return again


@flawed(Flaw.SOFTMAX_BEFORE_THE_LOSS)
class SoftmaxBeforeTheLoss(WrongLoop):
    """The loss is computed from probabilities."""

    def for_the_loss(self, logits: Tensor) -> Tensor:
        return logits.softmax(dim=1)


@flawed(Flaw.LOSS_AFTER_STEP)
class LossAfterStep(WrongLoop):
    """Each batch is measured again, after its step."""

    training = True

    def train_batch(self, batch: Sequence[Tensor]) -> Batch:
        before = super().train_batch(batch)
        return _measured_later(before, self.measure_again([batch], training=self.training)[0])


@flawed(Flaw.LOSS_AFTER_STEP_IN_EVAL_MODE)
class LossAfterStepInEvalMode(LossAfterStep):
    """The same, in evaluation mode."""

    training = False


@flawed(Flaw.LOSS_AFTER_STEP_LEFT_IN_EVAL_MODE)
class LossAfterStepLeftInEvalMode(StaysInItsMode, LossAfterStepInEvalMode):
    """The same, and the next batches are trained in it."""


@flawed(Flaw.LOSS_ALONE_AFTER_STEP)
class LossAloneAfterStep(WrongLoop):
    """The same, though its predictions are those of before."""

    def train_batch(self, batch: Sequence[Tensor]) -> Batch:
        before = super().train_batch(batch)
        return replace(before, loss=self.measure_again([batch], training=True)[0].loss)


@flawed(Flaw.ACCURACY_AFTER_STEP)
class AccuracyAfterStep(WrongLoop):
    """The predictions of each batch are made again, after its step."""

    training = True

    def train_batch(self, batch: Sequence[Tensor]) -> Batch:
        before = super().train_batch(batch)
        return replace(before, correct=self.measure_again([batch], training=self.training)[0].correct)


@flawed(Flaw.ACCURACY_AFTER_STEP_IN_EVAL_MODE)
class AccuracyAfterStepInEvalMode(AccuracyAfterStep):
    """The same, in evaluation mode."""

    training = False


@flawed(Flaw.ACCURACY_AFTER_STEP_LEFT_IN_EVAL_MODE)
class AccuracyAfterStepLeftInEvalMode(StaysInItsMode, AccuracyAfterStepInEvalMode):
    """The same, and the next batches are trained in it."""


@flawed(Flaw.ACCURACY_BEFORE_STEP_IN_EVAL_MODE)
class AccuracyBeforeStepInEvalMode(WrongLoop):
    """The predictions of each batch are made in evaluation mode, before it is trained on."""

    def train_batch(self, batch: Sequence[Tensor]) -> Batch:
        before = self.measure_again([batch], training=False)[0]
        return replace(super().train_batch(batch), correct=before.correct)


@flawed(Flaw.ACCURACY_AFTER_LOSS_IN_EVAL_MODE)
class AccuracyAfterLossInEvalMode(WrongLoop):
    """The same, when its loss has been computed: batch norm has learned from the batch by then."""

    def forward_and_backward(self, batch: Sequence[Tensor]) -> Batch:
        measured = super().forward_and_backward(batch)
        return replace(measured, correct=self.measure_again([batch], training=False)[0].correct)


@flawed(Flaw.LOSS_AFTER_EPOCH)
class LossAfterEpoch(WrongLoop):
    """The training set is measured in another walk, after the epoch."""

    training = True

    def train(self) -> list[Batch]:
        before = super().train()
        after = self.measure_again(self.objects.train_loader, training=self.training)
        return list(map(_measured_later, before, after))


@flawed(Flaw.LOSS_AFTER_EPOCH_OF_KEPT_BATCHES)
class LossAfterEpochOfKeptBatches(WrongLoop):
    """The epoch's batches are kept, and measured after it: another walk may give others."""

    def train(self) -> list[Batch]:
        kept = [*self.objects.train_loader]
        before = list(map(self.train_batch, kept))
        return list(map(_measured_later, before, self.measure_again(kept, training=True)))


@flawed(Flaw.LOSS_AFTER_EPOCH_IN_EVAL_MODE)
class LossAfterEpochInEvalMode(LossAfterEpoch):
    """The same, in evaluation mode."""

    training = False


@flawed(Flaw.ACCURACY_AFTER_EPOCH)
class AccuracyAfterEpoch(WrongLoop):
    """The predictions are made in another walk, after the epoch."""

    training = True

    def train(self) -> list[Batch]:
        before = super().train()
        after = self.measure_again(self.objects.train_loader, training=self.training)
        return [replace(one, correct=new.correct) for one, new in zip(before, after, strict=True)]


@flawed(Flaw.ACCURACY_AFTER_EPOCH_IN_EVAL_MODE)
class AccuracyAfterEpochInEvalMode(AccuracyAfterEpoch):
    """The same, in evaluation mode."""

    training = False


@flawed(Flaw.LOSS_AFTER_EPOCH_LEFT_IN_EVAL_MODE)
class LossAfterEpochLeftInEvalMode(StaysInItsMode, LossAfterEpochInEvalMode):
    """Loss and predictions are those of another walk after the epoch."""


@flawed(Flaw.ACCURACY_AFTER_EPOCH_LEFT_IN_EVAL_MODE)
class AccuracyAfterEpochLeftInEvalMode(StaysInItsMode, AccuracyAfterEpochInEvalMode):
    """The predictions alone are."""
