"""Flaws in the length of a training: an epoch too many, or an end before its time that nobody asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from crystalball.cases.inside.parts import EarlyStop
from crystalball.oracle.flaws import Flaw, flawed
from crystalball.oracle.trace import Epoch
from crystalball.oracle.wrong_loops import WrongLoop


@flawed(Flaw.ONE_EPOCH_MORE)
class OneEpochMore(WrongLoop):
    """There is an epoch too many."""

    @property
    def planned(self) -> int:
        return self.objects.epochs + 1


@flawed(Flaw.STOPPED_AFTER_ONE)
class StoppedAfterOne(WrongLoop):
    """It ends when so many epochs brought no new lowest loss, of the validation where there is one."""

    in_vain: ClassVar[int] = 1

    def stops(self, epochs: Sequence[Epoch]) -> bool:
        if self.objects.case.find(EarlyStop):  # it is asked for, and has flaws of its own
            return super().stops(epochs)
        losses = [self.watched(epoch) for epoch in epochs]
        return bool(losses) and len(losses) > losses.index(min(losses)) + self.in_vain

    def watched(self, epoch: Epoch) -> float:
        """The loss that must get lower."""
        return epoch.validation.mean_loss if epoch.validation.batches else epoch.mean_loss


@flawed(Flaw.STOPPED_AFTER_TWO)
class StoppedAfterTwo(StoppedAfterOne):
    """The same after two."""

    in_vain = 2


@flawed(Flaw.STOPPED_AFTER_THREE)
class StoppedAfterThree(StoppedAfterOne):
    """The same after three."""

    in_vain = 3


@flawed(Flaw.STOPPED_BY_TRAINING)
class StoppedByTraining(StoppedAfterOne):
    """The same after one, of the training."""

    def watched(self, epoch: Epoch) -> float:
        return epoch.mean_loss


@flawed(Flaw.STOPPED_WHEN_ALL_RIGHT)
class StoppedWhenAllRight(WrongLoop):
    """It ends when all was predicted right."""

    def stops(self, epochs: Sequence[Epoch]) -> bool:
        return super().stops(epochs) or (bool(epochs) and epochs[-1].accuracy == 1)
