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
    means = []
    try:
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            means.append(total / samples)
            writer.add_scalar("Loss/Train", means[-1], global_step=epoch)
    finally:
        writer.close()
        # say how it ended
        print(f"mean loss in the last epoch: {means[epochs - 1]:.4f}")
    return log_dir
