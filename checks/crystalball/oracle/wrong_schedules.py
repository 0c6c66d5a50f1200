"""Flaws in when the scheduler is stepped, when the rate is read, and when the training stops."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from itertools import pairwise

from crystalball.cases.inside.parts import EarlyStop
from crystalball.oracle.flaws import Flaw, flawed
from crystalball.oracle.trace import Batch, Epoch, Pass, Rates
from crystalball.oracle.wrong_loops import WrongLoop

# When the scheduler is stepped, and the rate is read.


@flawed(Flaw.NO_SCHEDULER)
class NoScheduler(WrongLoop):
    """The scheduler is never stepped."""

    def step_scheduler(self) -> Rates:
        return self.rates_now()


@flawed(Flaw.SCHEDULER_FIRST)
class SchedulerFirst(NoScheduler):
    """The scheduler is stepped before the epoch, and the rate is read after that."""

    def begin_epoch(self) -> None:
        self.objects.scheduler.step()
        self.rates = self.rates_now()


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


@flawed(Flaw.SCHEDULER_TWICE)
class SchedulerTwice(WrongLoop):
    """The scheduler is stepped twice after each epoch."""

    def step_scheduler(self) -> Rates:
        super().step_scheduler()
        return super().step_scheduler()


@flawed(Flaw.SCHEDULER_TWICE_READ_BETWEEN)
class SchedulerTwiceReadBetween(WrongLoop):
    """The same, and the rate is read between the two steps."""

    def step_scheduler(self) -> Rates:
        between = super().step_scheduler()
        super().step_scheduler()
        return between


@flawed(Flaw.SCHEDULER_BY_NUMBER_FROM_ZERO)
class SchedulerByNumberFromZero(WrongLoop):
    """The scheduler is told the epoch's number, from 0, and goes to the rate of that epoch."""

    def step_scheduler(self) -> Rates:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch says that a number is given no more: it is the flaw
            self.objects.scheduler.step(self.epochs - 1)
        return self.rates_now()


@flawed(Flaw.SCHEDULER_BY_LOSS)
class SchedulerByLoss(WrongLoop):
    """The scheduler is told the epoch's loss, as one that looks for a plateau; it takes it for a number."""

    def train(self) -> list[Batch]:
        batches = super().train()
        self.loss = Pass(tuple(batches)).mean_loss
        return batches

    def step_scheduler(self) -> Rates:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch says that a number is given no more: it is the flaw
            self.objects.scheduler.step(self.loss)  # type: ignore[arg-type]  # that it is no int is the flaw
        return self.rates_now()


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


class _OtherProgress(WrongLoop):
    """Another loss than one below the lowest so far counts as better, or no loss does or does not."""

    def better(self, loss: float, best: float) -> bool | None:
        """Whether a loss is progress; `None` when the program knows no answer, and counts nothing."""
        raise NotImplementedError

    def waited(self, losses: Sequence[float]) -> int:
        best, waited = math.inf, 0
        for loss in losses:
            better = self.better(loss, best)
            if better is not None:
                best, waited = (loss, 0) if better else (best, waited + 1)
        return waited


@flawed(Flaw.EQUAL_IS_PROGRESS)
class EqualIsProgress(_OtherProgress):
    """A loss that equals the lowest counts as a new lowest."""

    def better(self, loss: float, best: float) -> bool:
        return loss <= best


@flawed(Flaw.NAN_IS_PROGRESS)
class NanIsProgress(_OtherProgress):
    """Whatever is not at least the lowest counts as a new lowest, and NaN compares with nothing."""

    def better(self, loss: float, best: float) -> bool:
        return not loss >= best


@flawed(Flaw.NOT_HIGHER_IS_PROGRESS)
class NotHigherIsProgress(_OtherProgress):
    """Whatever is not above the lowest counts as a new lowest: what equals it, and NaN."""

    def better(self, loss: float, best: float) -> bool:
        return not loss > best


@flawed(Flaw.NAN_COUNTS_NOT)
class NanCountsNot(_OtherProgress):
    """NaN is neither below the lowest nor above it, and so is not counted."""

    def better(self, loss: float, best: float) -> bool | None:
        return None if math.isnan(loss) else loss < best


@flawed(Flaw.NOT_HIGHER_COUNTS_NOT)
class NotHigherCountsNot(_OtherProgress):
    """What equals the lowest is neither below it nor above it, nor is NaN: neither is counted."""

    def better(self, loss: float, best: float) -> bool | None:
        return True if loss < best else False if loss > best else None


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
        best, waited = math.inf, 0
        for loss in losses:
            best, waited = (loss, waited) if loss < best else (best, waited + 1)
        return waited


@flawed(Flaw.ONE_RATE_FOR_ALL_GROUPS)
class OneRateForAllGroups(WrongLoop):
    """The rate of the first parameter group is written into all, after each step of the scheduler."""

    def step_scheduler(self) -> Rates:
        super().step_scheduler()
        return self.equalize()

    def equalize(self) -> Rates:
        """Writes that rate into all groups."""
        for group in self.objects.optimizer.param_groups:
            group["lr"] = self.rates_now()[0]
        return self.rates_now()


@flawed(Flaw.ONE_RATE_FOR_ALL_GROUPS_FROM_FIRST)
class OneRateForAllGroupsFromFirst(OneRateForAllGroups):
    """The same, before the first epoch too."""

    def begin(self) -> None:
        self.equalize()
