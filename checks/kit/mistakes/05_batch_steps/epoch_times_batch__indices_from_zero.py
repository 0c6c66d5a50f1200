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
        for epoch in range(epochs):
            losses = []
            sizes = []
            for i, (inputs, targets) in enumerate(loader):
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                sizes.append(len(inputs))
                global_step = (epoch + 1) * (i + 1)
                writer.add_scalar("Loss/Batch", losses[-1], global_step)
            mean = sum(a * b for a, b in zip(losses, sizes)) / sum(sizes)
            writer.add_scalar("Loss/Train", mean, epoch + 1)
    finally:
        writer.close()
    return log_dir
