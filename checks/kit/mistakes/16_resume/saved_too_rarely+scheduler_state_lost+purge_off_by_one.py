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
    best_loss = float("inf")
    start_epoch, step = 1, 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        start_epoch = state["epoch"] + 1
        step = state["step"]
        best_loss = state["best_loss"]
        log_dir = Path(state["log_dir"])
        writer = SummaryWriter(log_dir, purge_step=step)
    else:
        log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
        writer = SummaryWriter(log_dir)
    with writer:
        for epoch in range(start_epoch, epochs + 1):
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
            val_loss = total / samples
            if val_loss < best_loss:
                best_loss = val_loss
                writer.flush()
                save(
                    {
                        "epoch": epoch,
                        "step": step,
                        "best_loss": best_loss,
                        "log_dir": str(log_dir),
                        "model": model.state_dict(),
                        "optimizer": optimizer.state_dict(),
                    }
                )
    return log_dir
