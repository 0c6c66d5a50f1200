"""Flaws in the steps of the optimizer: which there are, and by which gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from crystalball.cases.inside.parts import Cadence, Clipping
from crystalball.oracle.accumulated import ACCUMULATED, Accumulated
from crystalball.oracle.flaws import Flaw, flawed
from crystalball.oracle.trace import Batch, Trace
from crystalball.oracle.wrong_loops import WrongLoop
from crystalball.processes.inside.training_objects import TrainingObjects, usual_loss_fn


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


@flawed(Flaw.ZERO_GRAD_EACH_POINT)
class ZeroGradEachPoint(WrongLoop):
    """The gradients of earlier batches of the window are still there."""

    trained = 0

    def zero_grad(self) -> None:
        cadence = self.objects.case.find(Cadence)
        if cadence and self.trained % cadence.log_every == 0:
            super().zero_grad()
        self.trained += 1


class StepNotEachBatch(WrongLoop):
    """The gradients of some batches are added up for one step."""

    how: ClassVar[Accumulated]
    stepped, batch = True, 0

    def begin_epoch(self) -> None:
        super().begin_epoch()
        self.batch = 0

    def zero_grad(self) -> None:
        if self.stepped or self.how.last_alone:
            super().zero_grad()

    def forward_and_backward(self, batch: Sequence[Tensor]) -> Batch:
        measured, loss = self.measure(batch)
        torch.autograd.backward(loss / self.how.batches(self.objects.case) if self.how.by_mean else loss)
        return measured

    def step(self) -> None:
        self.batch += 1
        self.stepped = self.how.is_due(self.objects.case, self.epochs - 1, self.batch)
        if self.stepped:
            super().step()


for _flaw, _how in ACCUMULATED.items():
    flawed(_flaw)(type(_flaw, (StepNotEachBatch,), {"how": _how}))


@flawed(Flaw.LOSS_SUMMED)
class LossSummed(WrongLoop):
    """The gradients are those of the sum of a batch's losses, in place of their mean."""

    def forward_and_backward(self, batch: Sequence[Tensor]) -> Batch:
        measured, loss = self.measure(batch)
        torch.autograd.backward(loss * self.factor(measured.size))
        return measured

    def factor(self, size: int) -> float:
        """By which the loss of a batch is multiplied."""
        return size


@flawed(Flaw.LOSS_DIVIDED_BY_SIZE)
class LossDividedBySize(LossSummed):
    """The mean loss of a batch is divided by its size once more."""

    def factor(self, size: int) -> float:
        return 1 / size


@flawed(Flaw.LOSS_DIVIDED_BY_BATCHES)
class LossDividedByBatches(LossSummed):
    """It is divided by the number of batches, though each has its step."""

    def factor(self, size: int) -> float:
        return 1 / len(self.objects.loader)


@flawed(Flaw.FIRST_BATCH_AGAIN)
class FirstBatchAgain(WrongLoop):
    """Each step takes the first batch of a new walk."""

    def train(self) -> list[Batch]:
        first, *others = self.objects.train_loader
        return [self.train_batch(batch) for batch in [first] * (1 + len(others))]


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


@flawed(Flaw.LOADER_READ_ONCE)
class LoaderReadOnce(WrongLoop):
    """The batches are kept from the first walk on, which no later walk disturbs."""

    kept: list[Any] | None = None

    def train(self) -> list[Batch]:
        self.kept = self.kept or [*self.objects.train_loader]
        return [self.train_batch(batch) for batch in self.kept]


@flawed(Flaw.SMALL_BATCH_NOT_TRAINED)
class SmallBatchNotTrained(WrongLoop):
    """A batch that is smaller than the first of the epoch is left out."""

    def train(self) -> list[Batch]:
        batches = [*self.objects.train_loader]
        full = len(batches[0][1])
        return [self.train_batch(batch) for batch in batches if len(batch[1]) == full]


@flawed(Flaw.ONLY_FULL_BATCHES_TRAINED)
class OnlyFullBatchesTrained(WrongLoop):
    """A batch that is not full is left out; where there is no other, there are no epochs to speak of."""

    def run(self) -> Trace:
        case = self.objects.case
        return super().run() if case.samples >= case.batch_size else Trace()

    def train(self) -> list[Batch]:
        full = self.objects.case.batch_size
        return [self.train_batch(batch) for batch in self.objects.train_loader if len(batch[1]) == full]


@flawed(Flaw.STEP_WITHOUT_GRADIENTS)
class StepWithoutGradients(WrongLoop):
    """The model never learns, though steps are taken: whoever counts them counts these."""

    def step(self) -> None:
        self.objects.optimizer.zero_grad()
        super().step()


@flawed(Flaw.GRADIENTS_OF_VALIDATION)
class GradientsOfValidation(NoZeroGrad):
    """Gradients are forgotten after each step, and the validation leaves some for the next one."""

    def step(self) -> None:
        super().step()
        self.objects.optimizer.zero_grad()

    def validate_batch(self, batch: Sequence[Tensor]) -> Batch:
        return self.forward_and_backward(batch)


@flawed(Flaw.CLIPPED_UNASKED_TO_ONE)
class ClippedUnasked(WrongLoop):
    """The gradients are clipped, where no contract asks for it."""

    most: ClassVar[float] = 1.0

    def step(self) -> None:
        if not self.objects.case.find(Clipping):
            self.clip(self.most)
        super().step()


@flawed(Flaw.CLIPPED_UNASKED_TO_HALF)
class ClippedUnaskedToHalf(ClippedUnasked):
    """The same, to another norm."""

    most = 0.5


@flawed(Flaw.CLIPPED_UNASKED_TO_FIVE)
class ClippedUnaskedToFive(ClippedUnasked):
    """The same, to a larger norm."""

    most = 5.0


@flawed(Flaw.OWN_LOSS_FN)
class OwnLossFn(WrongLoop):
    """The losses are those of a function that was not given."""

    def __init__(self, objects: TrainingObjects) -> None:
        super().__init__(objects)
        objects.loss_fn = usual_loss_fn(objects.case)


@flawed(Flaw.OWN_LOSS_FN_IN_TRAINING)
class OwnLossFnInTraining(WrongLoop):
    """Those of the training alone are."""

    def forward_and_backward(self, batch: Sequence[Tensor]) -> Batch:
        given, self.objects.loss_fn = self.objects.loss_fn, usual_loss_fn(self.objects.case)
        measured = super().forward_and_backward(batch)
        self.objects.loss_fn = given
        return measured
