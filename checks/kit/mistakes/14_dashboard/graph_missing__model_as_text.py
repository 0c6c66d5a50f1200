import json
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
        writer.add_text("Model", str(model), 0)
        writer.add_text("Config", json.dumps(config, indent=2), global_step=0)
        writer.add_custom_scalars_multilinechart(["Loss/Train", "Loss/Validation"], "Losses", "Both")
        for epoch in range(1, epochs + 1):
            train_loss = run_epoch(model, train_loader, loss_fn, optimizer)
            writer.add_scalar("Loss/Train", train_loss, epoch)
            val_loss = run_epoch(model, val_loader, loss_fn)
            writer.add_scalar("Loss/Validation", val_loss, epoch)
    finally:
        writer.close()
    return log_dir
