from contextlib import nullcontext
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
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"]) if rank == 0 else None
    with SummaryWriter(log_dir) if log_dir else nullcontext() as writer:
        for epoch in range(1, epochs + 1):
            sums = torch.zeros(2, dtype=torch.float64)
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                sums += torch.tensor([loss.item() * len(inputs), len(inputs)])
            dist.all_reduce(sums)
            total, samples = sums.tolist()
            if writer:
                writer.add_scalars("Loss", {"Train": total / samples}, global_step=epoch)
    return log_dir
