from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


class Outcome(NamedTuple):
    loss_sum: float
    hits: int
    size: int


def outcomes(model: nn.Module, loader: DataLoader, loss_fn: nn.Module, optimizer: Optimizer) -> Iterator[Outcome]:
    for inputs, targets in loader:
        optimizer.zero_grad(set_to_none=True)
        logits = model(inputs)
        hits = torch.eq(logits.detach().max(dim=1).indices, targets).count_nonzero().item()
        loss = loss_fn(logits, targets)
        loss.backward()
        optimizer.step()
        yield Outcome(loss.item() * len(targets), int(hits), len(targets))


def train(
    model: nn.Module,
    loader: DataLoader,
    loss_fn: nn.Module,
    optimizer: Optimizer,
    epochs: int,
    runs_dir: Path,
) -> Path:
    with ExitStack() as stack:
        log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
        writer = SummaryWriter(str(log_dir))
        stack.callback(writer.close)
        for epoch in range(epochs):
            loss_sums, hits, sizes = zip(*outcomes(model, loader, loss_fn, optimizer), strict=True)
            writer.add_scalar("Loss/Train", sum(loss_sums) / sum(sizes), epoch + 1)
            writer.add_scalar("Accuracy/Train", sum(hits) / sum(sizes), epoch + 1)
        return log_dir
