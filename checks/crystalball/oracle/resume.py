"""A training in several calls, each from the checkpoint of the one before, rightly and wrongly."""

from __future__ import annotations

import copy
import math
import sys
from collections.abc import Collection
from dataclasses import replace
from typing import Any, ClassVar

import torch

from crystalball.cases.inside.parts import Break, Interruptions
from crystalball.cases.inside.training import Training
from crystalball.oracle.flaws import Flaw, flawed
from crystalball.oracle.loop import TIE, ReferenceLoop
from crystalball.oracle.trace import Epoch, Rates, Saved, Trace
from crystalball.processes.inside.training_objects import TrainingObjects

States = dict[str, Any]
"""What a checkpoint holds: the state of each of `SAVED`."""

SAVED = ("model", "optimizer", "scheduler")
"""What has a state, by the names of the training's objects."""


def _states(objects: TrainingObjects) -> States:
    found = vars(objects)
    return {name: copy.deepcopy(found[name].state_dict()) for name in SAVED if name in found}


class ResumedTraining:
    """Trains in several calls: each reads everything back, and goes on where the last one stopped.

    Args:
        case: has interruptions.
        dtype: of the model and the sprites.
        loop: how each call trains.

    Attributes:
        lost: what is not read back from a checkpoint.
        completed: epochs of the training so far.
        states: what the last checkpoint holds.
        done: epochs that it says are completed.
    """

    lost: ClassVar[Collection[str]] = ()

    def __init__(self, case: Training, dtype: torch.dtype, loop: type[ReferenceLoop]) -> None:
        self.case, self.dtype, self.loop = case, dtype, loop
        self.completed: list[Epoch] = []
        self.states: States = {}
        self.done = 0

    def run(self) -> Trace:
        """Trains to the end.

        Returns:
            The epochs that were completed; the parts are the calls, each with the batches of its
            interrupted epoch as its last epoch.
        """
        margins: list[float] = []
        calls: list[Trace] = []
        for index, here in enumerate((*self.case.part(Interruptions).breaks, None)):
            loop = self.loop(TrainingObjects(self.case, self.dtype, call_index=index))
            self.read_back(loop.objects, self.states)
            calls.append(self.call(loop, self.first(), here))
            margins += loop.margins
        return Trace(tuple(self.completed), min(margins) > TIE, parts=tuple(calls))

    def call(self, loop: ReferenceLoop, first: int, here: Break | None) -> Trace:
        """Trains until all epochs are completed, or to the interruption.

        Args:
            loop: trains.
            first: the epochs that are not trained, since they are completed.
            here: where the call is interrupted.
        """
        epochs: list[Epoch] = []
        saved, saves = None, 0
        for done in range(first, self.case.epochs):
            within = here is not None and here.where != "save" and done == first + here.epoch
            epochs.append(self.interrupted(loop, here.batch) if here and within else loop.epoch())
            if not within:
                self.completed[done:] = epochs[-1:]
            if (now := self.saved_after(done, within=within)) is not None:
                self.done, self.states = now, self.states_of(loop, within=within)
                saved, saves = Saved(now - first, sum(len(epoch.batches) for epoch in epochs)), saves + 1
            if within or (here and here.where == "save" and saves > here.epoch):
                return Trace(tuple(epochs), saved=saved, interrupted=True)
        return Trace(tuple(epochs), saved=saved)

    def first(self) -> int:
        """The epochs that a call takes for completed."""
        return self.done

    def interrupted(self, loop: ReferenceLoop, batch: int) -> Epoch:
        """An epoch that is interrupted at a batch."""
        return Epoch(loop.epoch().batches[:batch])

    def saved_after(self, done: int, *, within: bool) -> int | None:
        """What the checkpoint says that is written after an epoch, or where it is interrupted.

        Args:
            done: the epochs before it.
            within: whether it is interrupted.

        Returns:
            The number of completed epochs; `None` when no checkpoint is written.
        """
        return None if within else done + 1

    def states_of(self, loop: ReferenceLoop, *, within: bool) -> States:
        """What is saved after an epoch, or where it is interrupted: everything as it is."""
        return _states(loop.objects)

    def read_back(self, objects: TrainingObjects, checkpoint: States) -> None:
        """Gives the objects the state that was saved, but for what is lost."""
        for name, state in copy.deepcopy(checkpoint).items():  # an optimizer goes on with the tensors given
            if name not in self.lost:
                self.load(name, vars(objects)[name], state)

    def load(self, name: str, part: Any, state: States) -> None:
        """Loads the state of one of the objects, all of it."""
        part.load_state_dict(state)


@flawed(Flaw.NOTHING_BUT_THE_EPOCH_READ)
class NothingButTheEpochRead(ResumedTraining):
    """Everything is fresh but the number of the epoch."""

    lost = SAVED


@flawed(Flaw.MODEL_LOST)
class ModelLost(ResumedTraining):
    """The model is fresh."""

    lost = ("model",)


@flawed(Flaw.OPTIMIZER_LOST)
class OptimizerLost(ResumedTraining):
    """The optimizer is fresh."""

    lost = ("optimizer",)


@flawed(Flaw.SCHEDULER_LOST)
class SchedulerLost(ResumedTraining):
    """The scheduler is fresh."""

    lost = ("scheduler",)


@flawed(Flaw.OPTIMIZER_AND_SCHEDULER_LOST)
class OptimizerAndSchedulerLost(ResumedTraining):
    """Both are fresh."""

    lost = ("optimizer", "scheduler")


@flawed(Flaw.MOMENTUM_LOST)
class MomentumLost(ResumedTraining):
    """The optimizer knows its settings, and nothing of the steps before."""

    def load(self, name: str, part: Any, state: States) -> None:
        super().load(name, part, state | {"state": {}} if name == "optimizer" else state)


@flawed(Flaw.BATCH_NORM_LOST)
class BatchNormLost(ResumedTraining):
    """The model has its parameters, and fresh buffers: the running averages of batch norm."""

    def load(self, name: str, part: Any, state: States) -> None:
        if name == "model":
            part.load_state_dict({key: state[key] for key, _ in part.named_parameters()}, strict=False)
        else:
            super().load(name, part, state)


@flawed(Flaw.RESUMED_IN_EVAL_MODE)
class ResumedInEvalMode(ResumedTraining):
    """The model is in evaluation mode when it was read back."""

    def read_back(self, objects: TrainingObjects, checkpoint: States) -> None:
        super().read_back(objects, checkpoint)
        objects.model.train(not checkpoint)


@flawed(Flaw.EPOCHS_FROM_ONE)
class EpochsFromOne(ResumedTraining):
    """Each call trains all epochs once more, on top of what was learned."""

    def first(self) -> int:
        return 0


@flawed(Flaw.EPOCH_AGAIN)
class EpochAgain(ResumedTraining):
    """Each call that goes on trains the last completed epoch once more, on top of what was learned."""

    def first(self) -> int:
        return max(self.done - 1, 0)


@flawed(Flaw.BEGUN_ANEW)
class BegunAnew(EpochsFromOne):
    """Each call trains all epochs once more, and knows of nothing."""

    lost = SAVED


class SavedRarely(ResumedTraining):
    """Not each epoch is saved."""

    def saved_after(self, done: int, *, within: bool) -> int | None:
        return None if within or not self.is_saved(done + 1) else done + 1

    def is_saved(self, done: int) -> bool:
        """Whether a checkpoint is written when so many epochs are completed."""
        raise NotImplementedError


@flawed(Flaw.SAVED_WHEN_BETTER)
class SavedWhenBetter(SavedRarely):
    """An epoch is saved when its validation loss is the lowest of all."""

    best = math.inf

    def is_saved(self, done: int) -> bool:
        before, self.best = self.best, min(self.best, self.completed[-1].validation.mean_loss)
        return self.best < before


@flawed(Flaw.SAVED_WHEN_BETTER_IN_THE_CALL)
class SavedWhenBetterInTheCall(SavedWhenBetter):
    """An epoch is saved when its validation loss is the lowest of this call."""

    def first(self) -> int:
        self.best = math.inf
        return super().first()


def _saved_each(flaw: Flaw, every: int, *, last: bool) -> None:
    """Each n-th epoch is saved, with or without the last one."""

    @flawed(flaw)
    class SavedEach(SavedRarely):
        def is_saved(self, done: int) -> bool:
            return done % every == 0 or (last and done == self.case.epochs)


_saved_each(Flaw.SAVED_EACH_SECOND, 2, last=False)
_saved_each(Flaw.SAVED_EACH_SECOND_AND_LAST, 2, last=True)
_saved_each(Flaw.SAVED_EACH_THIRD, 3, last=False)
_saved_each(Flaw.SAVED_EACH_THIRD_AND_LAST, 3, last=True)
_saved_each(Flaw.SAVED_LAST, sys.maxsize, last=True)


@flawed(Flaw.SAVED_ALL_BUT_LAST)
class SavedAllButLast(SavedRarely):
    """Each epoch is saved but the last one, after which nothing is left to go on with."""

    def is_saved(self, done: int) -> bool:
        return done < self.case.epochs


class _SavingLoop(ReferenceLoop):
    """Keeps what the objects were before the scheduler's step."""

    before_the_step: States

    def step_scheduler(self) -> Rates:
        self.before_the_step = _states(self.objects)
        return super().step_scheduler()


@flawed(Flaw.SAVED_BEFORE_THE_SCHEDULER_STEP)
class SavedBeforeTheSchedulerStep(ResumedTraining):
    """The checkpoint is written before the scheduler's step of the epoch."""

    def __init__(self, case: Training, dtype: torch.dtype, loop: type[ReferenceLoop]) -> None:
        super().__init__(case, dtype, type(loop.__name__, (_SavingLoop, loop), {}))

    def states_of(self, loop: ReferenceLoop, *, within: bool) -> States:
        assert isinstance(loop, _SavingLoop)
        return loop.before_the_step


@flawed(Flaw.INTERRUPTION_SAVED)
class InterruptionSaved(SavedBeforeTheSchedulerStep):
    """What was learned in an interrupted epoch is saved too, and its batches are trained again."""

    def interrupted(self, loop: ReferenceLoop, batch: int) -> Epoch:
        some = list(loop.objects.train_loader)[:batch]
        loop.objects.train_loader = some  # type: ignore[assignment]  # a list is walked as a loader is
        return super().interrupted(loop, batch)

    def saved_after(self, done: int, *, within: bool) -> int | None:
        return done + (not within)

    def states_of(self, loop: ReferenceLoop, *, within: bool) -> States:
        return super().states_of(loop, within=True) if within else _states(loop.objects)


@flawed(Flaw.INTERRUPTION_SAVED_WITH_THE_EPOCH_BEFORE)
class InterruptionSavedWithTheEpochBefore(InterruptionSaved):
    """The same, and the epoch that was interrupted in `save` is trained again too."""

    def call(self, loop: ReferenceLoop, first: int, here: Break | None) -> Trace:
        trace = super().call(loop, first, here)
        if not trace.interrupted or here is None or here.where != "save":
            return trace
        assert trace.saved
        self.done -= 1
        return replace(trace, saved=replace(trace.saved, epochs=trace.saved.epochs - 1))


@flawed(Flaw.INTERRUPTION_SAVED_AS_DONE)
class InterruptionSavedAsDone(InterruptionSaved):
    """What was learned in an interrupted epoch is saved too, and the rest of that epoch is left out."""

    def saved_after(self, done: int, *, within: bool) -> int | None:
        return done + 1


@flawed(Flaw.INTERRUPTION_ALONE_SAVED)
class InterruptionAloneSaved(InterruptionSaved):
    """Nothing is saved but what was learned where the training was interrupted."""

    def saved_after(self, done: int, *, within: bool) -> int | None:
        return done if within else None


@flawed(Flaw.END_OF_CALL_ALONE_SAVED)
class EndOfCallAloneSaved(InterruptionSaved):
    """What was learned is saved at the end of each call, in whatever way it ends."""

    def saved_after(self, done: int, *, within: bool) -> int | None:
        return done if within else self.case.epochs if done + 1 == self.case.epochs else None
