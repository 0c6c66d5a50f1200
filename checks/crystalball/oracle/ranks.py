"""A training on several ranks, in one process: each is a thread, and they meet at every batch."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, BrokenBarrierError

import torch
from torch import Tensor, nn

from crystalball.cases.inside.training import Training
from crystalball.oracle.loop import ReferenceLoop
from crystalball.oracle.trace import Batch, Epoch, Trace
from crystalball.processes.inside.training_objects import TrainingObjects


class Meeting:
    """Where the ranks wait for each other; with the gradients of a batch they leave with their mean.

    Args:
        ranks: what each trains.
    """

    def __init__(self, ranks: Sequence[TrainingObjects]) -> None:
        self._models = [rank.model for rank in ranks]
        self._learning: list[bool] = []
        self._barrier = Barrier(len(ranks), action=self._all_are_here)

    def wait(self, *, learning: bool) -> None:
        """Waits for all ranks.

        Args:
            learning: the rank has gradients; else its training is over.

        Raises:
            ValueError: another one's training is over, or failed.
        """
        self._learning.append(learning)
        try:
            self._barrier.wait()
        except BrokenBarrierError:
            raise ValueError("the ranks do not train on as many batches") from None

    def give_up(self) -> None:
        """Lets no rank wait for one that failed."""
        self._barrier.abort()

    def _all_are_here(self) -> None:
        kinds, self._learning = {*self._learning}, []
        if len(kinds) > 1:
            raise ValueError("one rank's training is over before another's")
        if kinds == {True}:
            _average(self._models)


def train_together(case: Training, dtype: torch.dtype, loop: type[ReferenceLoop]) -> Trace:
    """Trains each rank on its own samples; their gradients are averaged before each step.

    Args:
        case: of more than one rank.
        dtype: of the models and the sprites.
        loop: how each rank trains.

    Returns:
        A trace whose parts are the ranks; its own epochs hold the batches of all, one rank after the other.

    Raises:
        ValueError: the ranks cannot train like this, together.
    """
    ranks = [TrainingObjects(case, dtype, rank=rank) for rank in range(case.ranks)]
    meeting = Meeting(ranks)

    class RankLoop(loop):  # type: ignore[misc, valid-type]  # the class is known at run time only
        def forward_and_backward(self, batch: Sequence[Tensor]) -> Batch:
            measured: Batch = super().forward_and_backward(batch)
            meeting.wait(learning=True)
            return measured

    def train(objects: TrainingObjects) -> Trace:
        torch.set_num_threads(1)  # each thread has a number of its own
        try:
            trace: Trace = RankLoop(objects).run()
            meeting.wait(learning=False)
            return trace
        except BaseException:
            meeting.give_up()
            raise

    with ThreadPoolExecutor(len(ranks)) as pool:
        parts = list(pool.map(train, ranks))
    epochs = zip(*(part.epochs for part in parts), strict=True)
    together = (sum((epoch.batches for epoch in same), ()) for same in epochs)
    return replace(Trace.of_parts(parts), epochs=tuple(map(Epoch, together)))


def _average(models: list[nn.Module]) -> None:
    """Gives each parameter the mean of the gradients that it has in all models."""
    for same in zip(*(model.parameters() for model in models), strict=True):
        gradients = [parameter.grad for parameter in same if parameter.grad is not None]
        if len(gradients) != len(models):
            raise ValueError("a parameter has no gradient")
        mean = torch.stack(gradients).mean(0)
        for parameter in same:
            parameter.grad = mean.clone()
