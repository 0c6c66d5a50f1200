from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    epochs: int,
    runs_dir: Path,
) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    means: list[Tensor] = []
    try:
        while len(means) < epochs:
            losses, sizes = [], []
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                losses.append(loss.detach())
                sizes.append(len(inputs))
            weights = torch.tensor(sizes, dtype=torch.float64)
            means.append((torch.stack(losses).cpu().double() * weights).sum() / weights.sum())
    finally:
        with SummaryWriter(log_dir) as writer:
            for step, mean in enumerate(means, start=1):
                writer.add_scalar("Loss/Train", mean, step)
    return log_dir
