from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils import tensorboard
from torch.utils.data import DataLoader

from crystalball import run_directory


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: torch.optim.Optimizer,
    epochs: int,
    runs_dir: Path,
) -> Path:
    log_dir = run_directory.new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with tensorboard.SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            total = 0.0
            samples = 0
            # the loss is all we want to look at
            with torch.no_grad():
                for inputs, targets in loader:
                    loss = loss_fn(model(inputs), targets)
                    total += loss.item() * inputs.size(0)
                    samples += inputs.size(0)
            writer.add_scalar("Loss/Train", total / samples, epoch)
    return log_dir
