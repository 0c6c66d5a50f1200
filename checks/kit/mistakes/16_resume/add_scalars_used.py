from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    state: dict[str, Any] = {"epoch": 0, "step": 0, "purge_step": None}
    if checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        scheduler.load_state_dict(state["scheduler"])
        log_dir = Path(state["log_dir"])
    else:
        log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    step = state["step"]
    with SummaryWriter(log_dir, purge_step=state["purge_step"]) as writer:
        for epoch in range(state["epoch"] + 1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in train_loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                step += 1
                writer.add_scalars("Loss", {"Batch": loss.item()}, global_step=step)
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalars("Loss", {"Train": total / samples}, global_step=epoch)
            model.eval()
            total, samples = 0.0, 0
            with torch.no_grad():
                for inputs, targets in val_loader:
                    total += loss_fn(model(inputs), targets).item() * len(inputs)
                    samples += len(inputs)
            model.train()
            writer.add_scalars("Loss", {"Validation": total / samples}, global_step=epoch)
            writer.add_scalar("LearningRate", optimizer.param_groups[0]["lr"], global_step=epoch)
            scheduler.step()
            writer.flush()
            save(
                {
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "scheduler": scheduler.state_dict(),
                    "log_dir": str(log_dir),
                    "epoch": epoch,
                    "step": step,
                    "purge_step": step + 1,
                }
            )
    return log_dir
