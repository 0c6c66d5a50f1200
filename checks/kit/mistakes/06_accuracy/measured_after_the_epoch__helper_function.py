from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


@torch.no_grad()
def accuracy(model: nn.Module, loader: DataLoader[tuple[Tensor, ...]]) -> float:
    was_training = model.training
    model.eval()
    try:
        hits = torch.cat([model(x).max(1).indices.eq(y) for x, y in loader])
    finally:
        model.train(was_training)
    return hits.double().mean().item()


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
        for step in range(1, epochs + 1):
            loss_sum = 0.0
            n = 0
            for x, y in loader:
                loss = loss_fn(model(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                loss_sum += loss.item() * y.size(0)
                n += y.size(0)
            writer.add_scalar("Loss/Train", loss_sum / n, step)
            writer.add_scalar("Accuracy/Train", accuracy(model, loader), step)
    finally:
        writer.close()
    return log_dir
