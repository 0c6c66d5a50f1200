"""Gradients that are added up over several batches before the optimizer steps: when it does."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

from crystalball.cases.inside.parts import Cadence
from crystalball.cases.inside.training import Training
from crystalball.oracle.flaws import Flaw


@dataclass(frozen=True)
class Accumulated:
    """After which batches the optimizer steps.

    Attributes:
        every: so many batches; 0 for those of a point, where batches are logged in windows.
        by_mean: each loss is divided by that number.
        rest: the last batch of an epoch is followed by a step as well.
        anew: the batches are counted anew in each epoch.
        first: what is left of the division by `every` at a step.
        last_alone: gradients are forgotten before each batch, so that the step is by those of one.
    """

    every: float
    by_mean: bool = False
    rest: bool = True
    anew: bool = True
    first: int = 0
    last_alone: bool = False

    def batches(self, case: Training) -> float:
        """How many batches there are to a step.

        Args:
            case: what is trained.
        """
        cadence = case.find(Cadence)
        return self.every or (cadence.log_every if cadence else 1)

    def is_due(self, case: Training, epoch: int, batch: int) -> bool:
        """Whether there is a step.

        Args:
            case: what is trained.
            epoch: from 0.
            batch: of that epoch, from 1.
        """
        every = self.batches(case)
        count = batch if self.anew else epoch * case.batches + batch
        return count % every == self.first or (self.rest and batch == case.batches)


ACCUMULATED = {
    Flaw.NO_STEP: Accumulated(math.inf, rest=False),
    Flaw.STEP_EACH_SECOND_BATCH: Accumulated(2),
    Flaw.STEP_EACH_SECOND_BATCH_BY_MEAN: Accumulated(2, by_mean=True),
    Flaw.STEP_EACH_FOURTH_BATCH: Accumulated(4),
    Flaw.STEP_EACH_FOURTH_BATCH_BY_MEAN: Accumulated(4, by_mean=True),
    Flaw.STEP_EACH_SECOND_BATCH_AND_NO_REST: Accumulated(2, rest=False),
    Flaw.STEP_EACH_SECOND_BATCH_AND_NO_REST_BY_MEAN: Accumulated(2, by_mean=True, rest=False),
    Flaw.STEP_EACH_SECOND_BATCH_OF_ALL: Accumulated(2, rest=False, anew=False),
    Flaw.STEP_EACH_SECOND_BATCH_OF_ALL_BY_MEAN: Accumulated(2, by_mean=True, rest=False, anew=False),
    Flaw.STEP_EACH_SECOND_BATCH_FROM_FIRST: Accumulated(2, rest=False, first=1),
    Flaw.STEP_EACH_FOURTH_BATCH_FROM_FIRST: Accumulated(4, rest=False, first=1),
    Flaw.STEP_EACH_POINT: Accumulated(0, rest=False, anew=False),
    Flaw.STEP_EACH_POINT_BY_MEAN: Accumulated(0, by_mean=True, rest=False, anew=False),
    Flaw.STEP_EACH_EPOCH: Accumulated(sys.maxsize),
    Flaw.STEP_EACH_EPOCH_BY_LAST_BATCH: Accumulated(sys.maxsize, last_alone=True),
}
"""How often there is a step with a flaw of a training that has not one for each batch."""
