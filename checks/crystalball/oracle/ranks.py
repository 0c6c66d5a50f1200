"""A training on several ranks, in one process."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from crystalball.cases.inside.training import Training
from crystalball.oracle.loop import ReferenceLoop
from crystalball.oracle.trace import Batch, Epoch, Trace
from crystalball.processes.inside.training_objects import TrainingObjects


def train_together(case: Training, dtype: torch.dtype) -> Trace:
    """Trains each rank on its own samples; their gradients are averaged before each step.

    Args:
        case: of more than one rank.
        dtype: of the models and the sprites.

    Returns:
        A trace whose parts are the ranks.
    """
    loops = [ReferenceLoop(TrainingObjects(case, dtype, rank=rank)) for rank in range(case.ranks)]
    epochs: list[list[Epoch]] = [[] for _ in loops]
    for _ in range(case.epochs):
        walks: list[list[Batch]] = [[] for _ in loops]
        for batches in zip(*(loop.objects.loader for loop in loops), strict=True):
            for loop, walk, batch in zip(loops, walks, batches, strict=True):
                loop.zero_grad()
                walk.append(loop.forward_and_backward(batch))
            _average([loop.objects.model for loop in loops])
            for loop in loops:
                loop.step()
        for done, walk in zip(epochs, walks, strict=True):
            done.append(Epoch(tuple(walk)))
    return Trace.of_parts(
        [Trace(tuple(done), loop.steady) for done, loop in zip(epochs, loops, strict=True)]
    )


def _average(models: list[nn.Module]) -> None:
    """Gives each parameter the mean of the gradients that it has in all models."""
    for same in zip(*(model.parameters() for model in models), strict=True):
        mean = torch.stack([_gradient(parameter) for parameter in same]).mean(0)
        for parameter in same:
            parameter.grad = mean.clone()


def _gradient(parameter: nn.Parameter) -> Tensor:
    assert parameter.grad is not None
    return parameter.grad
