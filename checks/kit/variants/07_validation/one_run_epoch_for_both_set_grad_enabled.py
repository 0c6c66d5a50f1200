from pathlib import Path

import torch
from torch import nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def run_epoch(
    model: nn.Module, loader: DataLoader, loss_fn: nn.Module, optimizer: Optimizer | None = None
) -> dict[str, float]:
    """One pass; learns when there is an optimizer."""
    learning = optimizer is not None
    model.train(learning)
    total, hits, samples = 0.0, 0, 0
    for inputs, targets in loader:
        with torch.set_grad_enabled(learning):
            logits = model(inputs)
            loss = loss_fn(logits, targets)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        size = targets.shape[0]
        total += loss.item() * size
        hits += (logits.max(1).indices == targets).sum().item()
        samples += size
    return {"Loss": total / samples, "Accuracy": hits / samples}


def train(
    model: nn.Module,
    train_loader: DataLoader,
    val_loader: DataLoader,
    loss_fn: nn.Module,
    optimizer: Optimizer,
    epochs: int,
    runs_dir: Path,
) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            for name, loader, learner in (("Train", train_loader, optimizer), ("Validation", val_loader, None)):
                for metric, value in run_epoch(model, loader, loss_fn, learner).items():
                    writer.add_scalar(f"{metric}/{name}", value, epoch)
    model.train()
    return log_dir
