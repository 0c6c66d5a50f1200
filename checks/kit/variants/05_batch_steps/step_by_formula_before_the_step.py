from pathlib import Path

import numpy as np
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
    writer = SummaryWriter(log_dir)
    try:
        for epoch in range(epochs):
            losses = np.empty(len(loader), dtype=np.float64)
            sizes = np.empty(len(loader), dtype=np.int64)
            for index, (inputs, targets) in enumerate(loader):
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                writer.add_scalar("Loss/Batch", loss, epoch * len(loader) + index + 1)
                loss.backward()
                optimizer.step()
                losses[index], sizes[index] = loss.item(), len(targets)
            writer.add_scalar("Loss/Train", np.average(losses, weights=sizes), epoch + 1)
    finally:
        writer.close()
    return log_dir
