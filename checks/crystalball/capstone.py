"""What the capstone is given: all parts of a training, in one object."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader

Loader = DataLoader[tuple[Tensor, ...]]


@dataclass(frozen=True)
class Config:
    """All parts of one training of a sprite generator. What makes a part may be called more than once.

    Attributes:
        make_model: gives a new generator in training mode, always with the same first weights:
            `model(inputs)` redraws sprites of shape (N, 3, 16, 16) in [-1, 1], `model.decoder(latents)`
            draws sprites of the same shape and range. It has batch norm.
        make_loaders: gives the training loader and the validation loader. Their batches are
            `(inputs, labels)`, the same in each epoch; the labels are not needed. The last batch may be
            smaller.
        make_optimizer: `make_optimizer(model.parameters())` gives an optimizer.
        make_scheduler: `make_scheduler(optimizer)` gives a learning-rate scheduler, whose `step()` is to
            be called once after each epoch. It leaves the first rate as it is.
        loss_fn: `loss_fn(model(inputs), inputs)` is the mean loss over the samples of a batch.
        epochs: how often to go through the training loader at most, at least 1.
        patience: epochs in a row without a new lowest validation loss after which the training ends,
            at least 1.
        max_norm: to which all gradients together are clipped before each step.
        latents: what is to be drawn, of shape (L, 16).
        every: epochs from one drawing to the next, at least 1.
        hparams: what was chosen for this run: numbers, strings, booleans, and lists.
        runs_dir: where all runs lie; it may not exist yet.
    """

    make_model: Callable[[], nn.Module]
    make_loaders: Callable[[], tuple[Loader, Loader]]
    make_optimizer: Callable[[Iterable[nn.Parameter]], Optimizer]
    make_scheduler: Callable[[Optimizer], LRScheduler]
    loss_fn: nn.Module
    epochs: int
    patience: int
    max_norm: float
    latents: Tensor
    every: int
    hparams: dict[str, Any]
    runs_dir: Path
