from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def run_epoch(model, loader, loss_fn, optimizer=None):
    model.train(optimizer is not None)
    total, samples = 0.0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for inputs, targets in loader:
            loss = loss_fn(model(inputs), targets)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(inputs)
            samples += len(inputs)
    return total / samples


def train(
    model: nn.Module,
    train_loader: DataLoader[tuple[Tensor, ...]],
    val_loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    config: dict[str, Any],
    epochs: int,
    runs_dir: Path,
) -> Path:
    """Trains and validates as in exercise 7, and logs what describes the whole run."""
    lr = optimizer.param_groups[0]["lr"]
    log_dir = new_log_dir(runs_dir, lr)
    writer = SummaryWriter(str(log_dir))
    try:
        writer.add_graph(model, torch.zeros(1, 3, 16, 16))
        lines = [f"{key}: {value}" for key, value in config.items()]
        writer.add_text("Config", "```\n" + "\n".join(lines) + "\n```", 0)
        writer.add_custom_scalars(
            {"Loss": {"Train and validation": ["Multiline", ["Loss/Train", "Loss/Validation"]]}}
        )
        for epoch in range(1, epochs + 1):
            train_loss = run_epoch(model, train_loader, loss_fn, optimizer)
            writer.add_scalar("Loss/Train", train_loss, epoch)
            val_loss = run_epoch(model, val_loader, loss_fn)
            writer.add_scalar("Loss/Validation", val_loss, epoch)
    finally:
        writer.close()
    return log_dir
