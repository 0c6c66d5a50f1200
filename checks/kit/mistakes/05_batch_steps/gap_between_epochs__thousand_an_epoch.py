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
        for epoch in range(epochs):
            total, samples = 0.0, 0
            step = epoch * 1000
            for inputs, targets in loader:
                step += 1
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                writer.add_scalar("Loss/Batch", loss.item(), step)
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, epoch + 1)
    return log_dir
