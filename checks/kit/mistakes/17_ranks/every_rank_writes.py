"""Trains on one of several ranks; rank 0 logs for all."""

from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(
    rank: int,
    world_size: int,
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    epochs: int,
    runs_dir: Path,
) -> Path | None:
    """Trains on this rank, and logs on rank 0."""
    names = [None]
    if rank == 0:
        names = [str(new_log_dir(runs_dir, optimizer.param_groups[0]["lr"]))]
    dist.broadcast_object_list(names, src=0)
    log_dir = Path(names[0])
    writer = SummaryWriter(log_dir)
    for epoch in range(1, epochs + 1):
        total, samples = 0.0, 0
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(inputs)
            samples += len(inputs)
        sums = torch.tensor([total, samples], dtype=torch.float64)
        dist.all_reduce(sums)
        writer.add_scalar("Loss/Train", (sums[0] / sums[1]).item(), global_step=epoch)
    writer.close()
    return log_dir if rank == 0 else None
