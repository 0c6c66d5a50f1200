"""Several trainings that are to be compared, one after the other, rightly and wrongly."""

from __future__ import annotations

import msgspec
import torch

from crystalball.cases.inside.parts import Sweep
from crystalball.cases.inside.training import Training
from crystalball.oracle.flaws import Flaw, flawed
from crystalball.oracle.loop import ReferenceLoop
from crystalball.oracle.trace import Trace
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
        first, *others = self.trainings
        for other in others:
            self.share(first, other)
        return Trace.of_parts([self.loop(objects).run() for objects in self.trainings])

    def share(self, first: TrainingObjects, other: TrainingObjects) -> None:
        """What another training has from the first: nothing."""


@flawed(Flaw.MODEL_CARRIED_OVER)
class ModelCarriedOver(SweptTraining):
    """The model goes on to learn, with a fresh optimizer."""

    def share(self, first: TrainingObjects, other: TrainingObjects) -> None:
        other.model = first.model
        other.optimizer = torch.optim.SGD(other.model.parameters(), other.case.lr)


@flawed(Flaw.OPTIMIZER_SHARED)
class OptimizerShared(SweptTraining):
    """The optimizer is that of the first model: the others never learn."""

    def share(self, first: TrainingObjects, other: TrainingObjects) -> None:
        other.optimizer = first.optimizer


@flawed(Flaw.MODEL_AND_OPTIMIZER_SHARED)
class ModelAndOptimizerShared(SweptTraining):
    """It is one training, at the first rate."""

    def share(self, first: TrainingObjects, other: TrainingObjects) -> None:
        other.model, other.optimizer = first.model, first.optimizer


@flawed(Flaw.FIRST_RATE_FOR_ALL)
class FirstRateForAll(SweptTraining):
    """Each optimizer is made with the first rate."""

    def share(self, first: TrainingObjects, other: TrainingObjects) -> None:
        other.optimizer.param_groups[0]["lr"] = first.case.lr
