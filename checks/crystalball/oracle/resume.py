"""A training in several calls, each from the checkpoint of the one before, rightly and wrongly."""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import Any, ClassVar

import torch

from crystalball.cases.inside.parts import Interruptions
from crystalball.cases.inside.training import Training
from crystalball.oracle.flaws import Flaw, flawed
from crystalball.oracle.loop import TIE, ReferenceLoop
from crystalball.oracle.trace import Epoch, Rates, Trace
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
    """

    lost: ClassVar[Collection[str]] = ()

    def __init__(self, case: Training, dtype: torch.dtype, loop: type[ReferenceLoop]) -> None:
        self.case, self.dtype, self.loop = case, dtype, loop

    def run(self) -> Trace:
        """Trains to the end.

        Returns:
            The epochs that were completed; the parts are the calls, each with the batches of its
            interrupted epoch as its last epoch.
        """
        breaks = self.case.part(Interruptions).breaks
        checkpoint: States = {}
        margins: list[float] = []
        completed: list[Epoch] = []
        calls: list[Trace] = []
        for index in range(len(breaks) + 1):
            objects = TrainingObjects(self.case, self.dtype, call_index=index)
            self.read_back(objects, checkpoint)
            loop = self.loop(objects)
            epochs: list[Epoch] = []
            for _ in range(self.epochs_of(index)):
                epochs.append(loop.epoch())
                checkpoint = self.saved_by(loop)
            completed = self.all_of(completed, epochs)
            if index < len(breaks) and breaks[index].where != "save":
                epochs.append(Epoch(loop.epoch().batches[: breaks[index].batch]))
            calls.append(Trace(tuple(epochs)))
            margins += loop.margins
        return Trace(tuple(completed), min(margins) > TIE, parts=tuple(calls))

    def epochs_of(self, index: int) -> int:
        """The epochs that a call completes."""
        return len(self.case.epochs_of_calls[index])

    def all_of(self, before: list[Epoch], epochs: list[Epoch]) -> list[Epoch]:
        """The epochs of the training after a call: those before it, and its own."""
        return [*before, *epochs]

    def saved_by(self, loop: ReferenceLoop) -> States:
        """What is saved after an epoch: everything as it is then."""
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


@flawed(Flaw.EPOCHS_FROM_ONE)
class EpochsFromOne(ResumedTraining):
    """The last call trains all epochs once more, on top of what was learned."""

    def epochs_of(self, index: int) -> int:
        return self.case.epochs if index == self.case.restarts else super().epochs_of(index)

    def all_of(self, before: list[Epoch], epochs: list[Epoch]) -> list[Epoch]:
        return epochs


@flawed(Flaw.EPOCH_AGAIN)
class EpochAgain(ResumedTraining):
    """Each call that goes on trains the last completed epoch once more, on top of what was learned."""

    def epochs_of(self, index: int) -> int:
        return len(self.case.part(Interruptions).epochs_of_calls(self.case.epochs, again=1)[index])


@flawed(Flaw.BEGUN_ANEW)
class BegunAnew(EpochsFromOne):
    """The last call trains all epochs once more, and knows of nothing."""

    lost = SAVED


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
        super().__init__(case, dtype, _SavingLoop)

    def saved_by(self, loop: ReferenceLoop) -> States:
        assert isinstance(loop, _SavingLoop)
        return loop.before_the_step
