"""Several trainings that are to be compared, one after the other, rightly and wrongly."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import torch

from crystalball.cases.inside.parts import Sweep
from crystalball.cases.inside.training import Training
from crystalball.oracle.flaws import Flaw, flawed
from crystalball.oracle.loop import ReferenceLoop
from crystalball.oracle.trace import Epoch, Trace
from crystalball.processes.inside.training_objects import TrainingObjects


class SweptTraining:
    """Trains with one learning rate after the other: with a fresh model and a fresh optimizer for each.

    Args:
        case: has a sweep.
        dtype: of the models and the sprites.
        loop: how each is trained.
    """

    def __init__(self, case: Training, dtype: torch.dtype, loop: type[ReferenceLoop]) -> None:
        self.loop = loop
        plain = case.without(Sweep)
        self.trainings = [
            TrainingObjects(msgspec.structs.replace(plain, lr=lr), dtype) for lr in case.part(Sweep).lrs
        ]

    def run(self) -> Trace:
        """Trains to the end; the parts of the trace are the trainings."""
        parts, before = [], None
        for objects in self.trainings:
            if before:
                self.share(before, objects)
            parts.append(self.loop(objects).run())
            before = objects
        return Trace.of_parts(parts)

    def share(self, before: TrainingObjects, objects: TrainingObjects) -> None:
        """What a training has from the one before: nothing."""


@flawed(Flaw.MODEL_CARRIED_OVER)
class ModelCarriedOver(SweptTraining):
    """The model goes on to learn, with a fresh optimizer."""

    def share(self, before: TrainingObjects, objects: TrainingObjects) -> None:
        objects.model = before.model
        case = objects.case
        objects.optimizer = torch.optim.SGD(objects.model.parameters(), case.lr, case.momentum)


@flawed(Flaw.OPTIMIZER_SHARED)
class OptimizerShared(SweptTraining):
    """The optimizer is that of the first model: the others never learn."""

    def share(self, before: TrainingObjects, objects: TrainingObjects) -> None:
        objects.optimizer = before.optimizer


@flawed(Flaw.OPTIMIZER_STATE_CARRIED_OVER)
class OptimizerStateCarriedOver(SweptTraining):
    """The one optimizer goes on with what it remembers, at the new rate, on a model as it was at first."""

    def share(self, before: TrainingObjects, objects: TrainingObjects) -> None:
        for old, new in zip(before.model.parameters(), objects.model.parameters(), strict=True):
            objects.optimizer.state[new] = before.optimizer.state[old]


@flawed(Flaw.MODEL_AND_OPTIMIZER_SHARED)
class ModelAndOptimizerShared(SweptTraining):
    """It is one training, at the first rate."""

    def share(self, before: TrainingObjects, objects: TrainingObjects) -> None:
        objects.model, objects.optimizer = before.model, before.optimizer


@flawed(Flaw.ONE_TRAINING_AT_ALL_RATES)
class OneTrainingAtAllRates(ModelAndOptimizerShared):
    """It is one training, whose rate is set anew."""

    def share(self, before: TrainingObjects, objects: TrainingObjects) -> None:
        super().share(before, objects)
        objects.optimizer.param_groups[0]["lr"] = objects.case.lr


@flawed(Flaw.FIRST_RATE_FOR_ALL)
class FirstRateForAll(SweptTraining):
    """Each optimizer is made with the first rate."""

    def share(self, before: TrainingObjects, objects: TrainingObjects) -> None:
        objects.optimizer.param_groups[0]["lr"] = before.optimizer.param_groups[0]["lr"]


@flawed(Flaw.LAST_RATE_FOR_ALL)
class LastRateForAll(SweptTraining):
    """Each optimizer is made with the last rate, as by functions that look `lr` up when called."""

    def __init__(self, case: Training, dtype: torch.dtype, loop: type[ReferenceLoop]) -> None:
        super().__init__(case, dtype, loop)
        for objects in self.trainings:
            objects.optimizer.param_groups[0]["lr"] = case.part(Sweep).lrs[-1]


@flawed(Flaw.MODEL_SHARED_IN_TURNS)
class ModelSharedInTurns(ModelCarriedOver):
    """One model for all trainings, which go on side by side: each batch is a step at every rate."""

    def run(self) -> Trace:
        for before, objects in pairwise(self.trainings):
            self.share(before, objects)
        loops = [self.loop(objects) for objects in self.trainings]
        epochs = zip(*(self.epoch(loops) for _ in range(loops[0].planned)), strict=True)
        return Trace.of_parts(Trace(of, loop.steady) for of, loop in zip(epochs, loops, strict=True))

    def epoch(self, loops: list[ReferenceLoop]) -> list[Epoch]:
        """One walk over the training set, as an epoch of each training."""
        for loop in loops:
            loop.begin_epoch()
        taken = [[loop.train_batch(batch) for loop in loops] for batch in self.trainings[0].train_loader]
        return [
            Epoch(of, loop.rates_now()) for of, loop in zip(zip(*taken, strict=True), loops, strict=True)
        ]


@flawed(Flaw.MODEL_SHARED_IN_TURNS_OF_EPOCHS)
class ModelSharedInTurnsOfEpochs(ModelSharedInTurns):
    """The same, and each epoch is walked over at one rate after the other."""

    def epoch(self, loops: list[ReferenceLoop]) -> list[Epoch]:
        return [loop.epoch() for loop in loops]
