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
    for epoch in range(epochs):
        average = 0.0
        for count, (inputs, targets) in enumerate(loader, start=1):
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            average += (loss.item() - average) / count
        writer.add_scalar("Loss/Train", average, epoch + 1)
    writer.close()
    return log_dir
