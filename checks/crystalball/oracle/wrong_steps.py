"""Flaws in the steps of the optimizer: which there are, and by which gradients."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from crystalball.oracle.flaws import BATCHES_A_STEP, Flaw, flawed
from crystalball.oracle.trace import Batch
from crystalball.oracle.wrong_loops import WrongLoop


@flawed(Flaw.NO_ZERO_GRAD)
class NoZeroGrad(WrongLoop):
    """The gradients of earlier batches are still there."""

    def zero_grad(self) -> None:
        pass


@flawed(Flaw.ZERO_GRAD_EACH_EPOCH)
class ZeroGradEachEpoch(NoZeroGrad):
    """The gradients of the epoch's earlier batches are still there."""

    def begin_epoch(self) -> None:
        super().begin_epoch()
        self.objects.optimizer.zero_grad()


@flawed(Flaw.NO_STEP)
class NoStep(WrongLoop):
    """The model never learns."""

    def step(self) -> None:
        pass


@flawed(Flaw.STEP_EACH_SECOND_BATCH)
class StepEachSecondBatch(WrongLoop):
    """The gradients of some batches are added up for one step; the last of an epoch may be fewer."""

    every = BATCHES_A_STEP[Flaw.STEP_EACH_SECOND_BATCH]
    trained = 0

    def begin_epoch(self) -> None:
        super().begin_epoch()
        self.trained = 0

    def zero_grad(self) -> None:
        if self.trained % self.every == 0:
            super().zero_grad()

    def step(self) -> None:
        self.trained += 1
        if self.trained % self.every == 0 or self.trained == self.objects.case.batches:
            super().step()


@flawed(Flaw.STEP_EACH_SECOND_BATCH_BY_MEAN)
class StepEachSecondBatchByMean(StepEachSecondBatch):
    """Each loss was divided by the number of batches before its gradients were added."""

    def forward_and_backward(self, batch: Sequence[Tensor]) -> Batch:
        measured, loss = self.measure(batch)
        torch.autograd.backward(loss / self.every)
        return measured


@flawed(Flaw.STEP_EACH_FOURTH_BATCH_BY_MEAN)
class StepEachFourthBatchByMean(StepEachSecondBatchByMean):
    """The same, of four batches."""

    every = BATCHES_A_STEP[Flaw.STEP_EACH_FOURTH_BATCH]


@flawed(Flaw.STEP_EACH_FOURTH_BATCH)
class StepEachFourthBatch(StepEachSecondBatch):
    """Of four batches."""

    every = BATCHES_A_STEP[Flaw.STEP_EACH_FOURTH_BATCH]


@flawed(Flaw.STEP_EACH_EPOCH)
class StepEachEpoch(StepEachSecondBatch):
    """Of all batches of an epoch."""

    every = BATCHES_A_STEP[Flaw.STEP_EACH_EPOCH]


@flawed(Flaw.STEP_EACH_EPOCH_BY_LAST_BATCH)
class StepEachEpochByLastBatch(StepEachEpoch):
    """The one step of an epoch is by the gradients of its last batch."""

    def zero_grad(self) -> None:
        self.objects.optimizer.zero_grad()


@flawed(Flaw.GRADIENTS_ADDED_UP)
class GradientsAddedUp(WrongLoop):
    """The ranks' common gradient is taken as often as there are ranks."""

    @property
    def factor(self) -> float:
        """By which each gradient is multiplied before a step."""
        return self.objects.case.ranks

    def step(self) -> None:
        for parameter in self.objects.model.parameters():
            if parameter.grad is not None:
                parameter.grad *= self.factor
        super().step()


@flawed(Flaw.GRADIENTS_AVERAGED_TWICE)
class GradientsAveragedTwice(GradientsAddedUp):
    """It is divided by the number of ranks once more."""

    @property
    def factor(self) -> float:
        return 1 / self.objects.case.ranks


@flawed(Flaw.FIRST_BATCH_NOT_TRAINED)
class FirstBatchNotTrained(WrongLoop):
    """The first batch of all is taken from the loader's walk before the training; one alone is none."""

    def train(self) -> list[Batch]:
        batches = [*self.objects.train_loader][self.epochs == 1 :]
        if not batches:
            raise ValueError("an epoch without batches has no mean")
        return [self.train_batch(batch) for batch in batches]


@flawed(Flaw.SMALL_BATCH_NOT_TRAINED)
class SmallBatchNotTrained(WrongLoop):
    """A batch that is smaller than the first of the epoch is left out."""

    def train(self) -> list[Batch]:
        batches = [*self.objects.train_loader]
        full = len(batches[0][1])
        return [self.train_batch(batch) for batch in batches if len(batch[1]) == full]


@flawed(Flaw.STEP_WITHOUT_GRADIENTS)
class StepWithoutGradients(NoStep):
    """The same, though the step is taken: whoever counts steps counts it."""


@flawed(Flaw.GRADIENTS_OF_VALIDATION)
class GradientsOfValidation(NoZeroGrad):
    """Gradients are forgotten after each step, and the validation leaves some for the next one."""

    def step(self) -> None:
        super().step()
        self.objects.optimizer.zero_grad()

    def validate_batch(self, batch: Sequence[Tensor]) -> Batch:
        return self.forward_and_backward(batch)
