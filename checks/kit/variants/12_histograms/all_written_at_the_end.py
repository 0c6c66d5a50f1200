"""Exercise 12: histograms."""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


@dataclass
class Epoch:
    """What is to be logged of an epoch."""

    scalars: dict[str, float]
    histograms: dict[str, Tensor]


def one_epoch(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    max_norm: float,
) -> Epoch:
    """Trains one epoch, and returns what is to be logged of it."""
    losses: list[float] = []
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        gradients = {
            f"Gradients/{name}": p.grad.clone()
            for name, p in model.named_parameters()
            if p.grad is not None
        }
        norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm).item()
        optimizer.step()
        losses += [loss.item()] * len(inputs)
    weights = {f"Weights/{name}": p.detach().clone() for name, p in model.named_parameters()}
    return Epoch({"Loss/Train": sum(losses) / len(losses), "Gradient/Norm": norm}, weights | gradients)


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    max_norm: float,
    epochs: int,
    runs_dir: Path,
) -> Path:
    """Trains a classifier whose gradients are clipped, and logs weights and gradients."""
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    history: list[Epoch] = []
    try:
        while len(history) < epochs:
            history.append(one_epoch(model, loader, loss_fn, optimizer, max_norm))
    finally:
        with SummaryWriter(log_dir) as writer:
            for step, epoch in enumerate(history, start=1):
                for tag, value in epoch.scalars.items():
                    writer.add_scalar(tag, value, step)
                for tag, values in epoch.histograms.items():
                    writer.add_histogram(tag, values, step)
    return log_dir
