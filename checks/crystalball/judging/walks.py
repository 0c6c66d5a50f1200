"""How long a flawed training is, and in which walk over a loader it raises."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product

import msgspec

from crystalball.cases.inside.parts import LoaderFailure
from crystalball.cases.inside.training import Training
from crystalball.oracle.accumulated import ACCUMULATED, Accumulated
from crystalball.oracle.flaws import STOPPED, Flaw

CHANGE_THE_LENGTH = (
    STOPPED
    | ACCUMULATED.keys()
    | {
        Flaw.BEGUN_ANEW,
        Flaw.EPOCHS_FROM_ONE,
        Flaw.EPOCH_AGAIN,
        Flaw.FIRST_BATCH_AGAIN,
        Flaw.FIRST_BATCH_NOT_TRAINED,
        Flaw.LOADER_READ_ONCE,
        Flaw.NO_STEP,
        Flaw.ONE_EPOCH_MORE,
        Flaw.ONLY_FULL_BATCHES_TRAINED,
        Flaw.SCHEDULER_BY_LOSS,
        Flaw.SCHEDULER_EACH_BATCH,
        Flaw.SCHEDULER_EACH_BATCH_READ_IN_THE_LAST,
        Flaw.SCHEDULER_EACH_BATCH_READ_LATE,
        Flaw.SCHEDULER_TWICE,
        Flaw.SCHEDULER_TWICE_READ_BETWEEN,
        Flaw.SMALL_BATCH_NOT_TRAINED,
    }
)
"""Flaws after which there may be points more or fewer, or an error: of batches that are not trained, of a
loader that counts steps and raises later, of a schedule that is at its end. (Where a loss may stop the
training any flaw may; and mistakes that predict more than a training say so themselves.)"""


def as_met(case: Training, flaws: Collection[Flaw]) -> Training:
    """A case as it is met: its loader counts epochs by optimizer steps, may raise in another walk.

    Args:
        case: the training.
        flaws: of a program that trains it.
    """
    failure = case.find(LoaderFailure)
    if failure is None or failure.of_validation:
        return case
    walk = _walk_that_fails(case, failure, flaws)
    met = [msgspec.structs.replace(failure, epoch=walk)] if walk < case.epochs else []
    others = (part for part in case.parts if part != failure)
    return msgspec.structs.replace(case, parts=(*others, *met))


def _walk_that_fails(case: Training, failure: LoaderFailure, flaws: Collection[Flaw]) -> int:
    """The number of that walk, from 0."""
    if Flaw.FIRST_BATCH_AGAIN in flaws and failure.batch:  # which no walk comes to
        return case.epochs
    if Flaw.LOADER_READ_ONCE in flaws:
        return 0 if failure.epoch == 0 else case.epochs
    for walk in range(case.epochs):
        if _steps(case, flaws, walk, failure.batch) // case.batches >= failure.epoch:
            return walk
    return case.epochs


def _steps(case: Training, flaws: Collection[Flaw], walks: int, batches: int) -> int:
    """Optimizer steps after so many walks over the loader, and so many batches of the next one."""
    if {Flaw.SMALL_BATCH_NOT_TRAINED, Flaw.ONLY_FULL_BATCHES_TRAINED} & {*flaws}:
        full = max(1, case.samples // case.batch_size)
        return walks * full + min(batches, full)
    how = next((ACCUMULATED[flaw] for flaw in flaws if flaw in ACCUMULATED), Accumulated(1))
    lost = Flaw.FIRST_BATCH_NOT_TRAINED in flaws and walks + batches > 0
    trained = [
        *product(range(walks), range(1, case.batches + 1)),
        *((walks, n + 1) for n in range(batches)),
    ]
    return sum(how.is_due(case, epoch, batch) for epoch, batch in trained) - lost
