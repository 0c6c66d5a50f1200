"""A training on several ranks, in one process."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from crystalball.cases.inside.training import Training
from crystalball.oracle.loop import ReferenceLoop
from crystalball.oracle.trace import Batch, Epoch, Trace
from crystalball.processes.inside.training_objects import TrainingObjects


def train_together(case: Training, dtype: torch.dtype, loop: type[ReferenceLoop]) -> Trace:
    """Trains each rank on its own samples; their gradients are averaged before each step.

    Args:
        case: of more than one rank.
        dtype: of the models and the sprites.
        loop: how each rank clears its gradients, measures a batch, and takes a step.

    Returns:
        A trace whose parts are the ranks; its own epochs hold the batches of all, one rank after the other.
    """
    loops = [loop(TrainingObjects(case, dtype, rank=rank)) for rank in range(case.ranks)]
    epochs: list[list[Epoch]] = [[] for _ in loops]
    for _ in range(case.epochs):
        walks: list[list[Batch]] = [[] for _ in loops]
        for rank in loops:
            rank.begin_epoch()
        for batches in zip(*(rank.objects.loader for rank in loops), strict=True):
            for rank, walk, batch in zip(loops, walks, batches, strict=True):
                rank.zero_grad()
                walk.append(rank.forward_and_backward(batch))
            _average([rank.objects.model for rank in loops])
            for rank in loops:
                rank.step()
        for done, walk in zip(epochs, walks, strict=True):
            done.append(Epoch(tuple(walk)))
    trace = Trace.of_parts(
        [Trace(tuple(done), rank.steady) for done, rank in zip(epochs, loops, strict=True)]
    )
    together = (sum((walk.batches for walk in same), ()) for same in zip(*epochs, strict=True))
    return replace(trace, epochs=tuple(map(Epoch, together)))


def _average(models: list[nn.Module]) -> None:
    """Gives each parameter the mean of the gradients that it has in all models."""
    for same in zip(*(model.parameters() for model in models), strict=True):
        mean = torch.stack([_gradient(parameter) for parameter in same]).mean(0)
        for parameter in same:
            parameter.grad = mean.clone()


def _gradient(parameter: nn.Parameter) -> Tensor:
    assert parameter.grad is not None
    return parameter.grad
