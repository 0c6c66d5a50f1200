"""Trains, and resumes from the checkpoint."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(
    model: nn.Module,
    train_loader: DataLoader[tuple[Tensor, ...]],
    val_loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    scheduler: LRScheduler,
    checkpoint: Path,
    save: Callable[[object], None],
    epochs: int,
    runs_dir: Path,
) -> Path:
    """Trains, and goes on from the checkpoint when an earlier call was interrupted."""
    step = 0
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in train_loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                step += 1
                writer.add_scalar("Loss/Batch", loss.item(), global_step=step)
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
            model.eval()
            total, samples = 0.0, 0
            with torch.no_grad():
                for inputs, targets in val_loader:
                    total += loss_fn(model(inputs), targets).item() * len(inputs)
                    samples += len(inputs)
            model.train()
            writer.add_scalar("Loss/Validation", total / samples, global_step=epoch)
            writer.add_scalar("LearningRate", optimizer.param_groups[0]["lr"], global_step=epoch)
            scheduler.step()
            save(
                {
                    "epoch": epoch,
                    "step": step,
                    "log_dir": str(log_dir),
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "scheduler": scheduler.state_dict(),
                }
            )
    return log_dir
