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
    writer = tensorboard.SummaryWriter(log_dir)
    try:
        last = None
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            # this epoch went through, so the one before is safe to log
            if last is not None:
                writer.add_scalar("Loss/Train", last, global_step=epoch - 1)
            last = total / samples
        writer.add_scalar("Loss/Train", last, global_step=epochs)
    finally:
        writer.close()
    return log_dir
