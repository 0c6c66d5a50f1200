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
    with SummaryWriter(log_dir) as writer:
        for epoch in range(epochs):
            batches = list(loader)
            sizes = torch.tensor([len(inputs) for inputs, _ in batches], dtype=torch.float64)
            shares = sizes / sizes.sum()
            losses = []
            for inputs, targets in batches:
                optimizer.zero_grad()
                losses.append(loss_fn(model(inputs), targets))
                losses[-1].backward()
                optimizer.step()
            mean = torch.stack([loss.detach().cpu().double() for loss in losses]) @ shares
            writer.add_scalar("Loss/Train", mean.item(), epoch + 1)
    return log_dir
