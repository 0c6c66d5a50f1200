"""Flaws in when the scheduler is stepped, when the rate is read, and when the training stops."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from itertools import pairwise

from crystalball.cases.inside.parts import EarlyStop
from crystalball.oracle.flaws import Flaw, flawed
from crystalball.oracle.trace import Batch, Epoch, Rates
from crystalball.oracle.wrong_loops import WrongLoop

# When the scheduler is stepped, and the rate is read.


@flawed(Flaw.NO_SCHEDULER)
class NoScheduler(WrongLoop):
    """The scheduler is never stepped."""

    def step_scheduler(self) -> Rates:
        return self.rates_now()


@flawed(Flaw.SCHEDULER_FIRST)
class SchedulerFirst(NoScheduler):
    """The scheduler is stepped before the epoch, and the rate is read before that."""

    def begin_epoch(self) -> None:
        self.objects.scheduler.step()


@flawed(Flaw.SCHEDULER_EACH_BATCH)
class SchedulerEachBatch(NoScheduler):
    """The scheduler is stepped after each batch."""

    def step(self) -> None:
        super().step()
        self.objects.scheduler.step()


@flawed(Flaw.SCHEDULER_EACH_BATCH_READ_LATE)
class SchedulerEachBatchReadLate(SchedulerEachBatch):
    """The same, and the rate is read after the epoch."""

    def train_and_validate(self) -> tuple[list[Batch], list[Batch]]:
        walked = super().train_and_validate()
        self.rates = self.rates_now()
        return walked


@flawed(Flaw.SCHEDULER_EACH_BATCH_READ_IN_THE_LAST)
class SchedulerEachBatchReadInTheLast(NoScheduler):
    """The same, and the rate is that of the last batch."""

    def step(self) -> None:
        super().step()
        self.rates = self.rates_now()
        self.objects.scheduler.step()


class _ByGetLr(WrongLoop):
    """The rate is asked of the scheduler's `get_lr`, which is right only within its step."""

    def get_lr(self) -> Rates:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch says that this is not the way to ask: it is the flaw
            return tuple(map(float, self.objects.scheduler.get_lr()))


@flawed(Flaw.GET_LR_BEFORE_STEP)
class GetLrBeforeStep(_ByGetLr):
    """It is asked before the scheduler's step."""

    def step_scheduler(self) -> Rates:
        asked = self.get_lr()
        super().step_scheduler()
        return asked


@flawed(Flaw.GET_LR_AFTER_STEP)
class GetLrAfterStep(_ByGetLr):
    """It is asked after the scheduler's step."""

    def step_scheduler(self) -> Rates:
        super().step_scheduler()
        return self.get_lr()


# When the training stops.


@flawed(Flaw.LESS_PATIENT)
class LessPatient(WrongLoop):
    """It stops an epoch too early."""

    def patience(self, stop: EarlyStop) -> int:
        return stop.patience - 1


@flawed(Flaw.MORE_PATIENT)
class MorePatient(WrongLoop):
    """It stops an epoch too late."""

    def patience(self, stop: EarlyStop) -> int:
        return stop.patience + 1


@flawed(Flaw.NEVER_STOPS)
class NeverStops(WrongLoop):
    """It stops for a loss that is not finite, and else goes on to its last epoch."""

    def stops(self, epochs: Sequence[Epoch]) -> bool:
        return bool(epochs) and not math.isfinite(epochs[-1].mean_loss)


@flawed(Flaw.STOPS_BY_TRAINING)
class StopsByTraining(WrongLoop):
    """The training loss is to get better, not that of the validation."""

    def judged_by(self, epochs: Sequence[Epoch]) -> list[float]:
        return [epoch.mean_loss for epoch in epochs]


@flawed(Flaw.EQUAL_IS_PROGRESS)
class EqualIsProgress(WrongLoop):
    """A loss that equals the lowest counts as a new lowest."""

    def waited(self, losses: Sequence[float]) -> int:
        return losses[::-1].index(min(losses))


@flawed(Flaw.COMPARES_WITH_THE_EPOCH_BEFORE)
class ComparesWithTheEpochBefore(WrongLoop):
    """A loss that is lower than the one before counts as better."""

    def waited(self, losses: Sequence[float]) -> int:
        waited = 0
        for before, loss in pairwise(losses):
            waited = 0 if loss < before else waited + 1
        return waited


@flawed(Flaw.COUNTS_NOT_IN_A_ROW)
class CountsNotInARow(WrongLoop):
    """All epochs without a new lowest loss are counted, in a row or not."""

    def waited(self, losses: Sequence[float]) -> int:
        return sum(loss >= min(losses[:index]) for index, loss in enumerate(losses) if index)
