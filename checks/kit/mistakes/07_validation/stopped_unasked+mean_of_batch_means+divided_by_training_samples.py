from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(
    model: nn.Module,
    train_loader: DataLoader[tuple[Tensor, ...]],
    val_loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    epochs: int,
    runs_dir: Path,
) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    best_loss, bad_epochs, patience = float("inf"), 0, 3
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            model.train()
            total, correct, samples = 0.0, 0, 0
            for inputs, targets in train_loader:
                optimizer.zero_grad()
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                correct += int((logits.argmax(dim=1) == targets).sum())
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
            writer.add_scalar("Accuracy/Train", correct / samples, global_step=epoch)

            model.eval()
            val_loss, val_correct = 0.0, 0
            with torch.no_grad():
                for inputs, targets in val_loader:
                    logits = model(inputs)
                    val_loss += loss_fn(logits, targets).item()
                    val_correct += int((logits.argmax(dim=1) == targets).sum())
            val_loss /= len(val_loader)
            writer.add_scalar("Loss/Validation", val_loss, global_step=epoch)
            writer.add_scalar("Accuracy/Validation", val_correct / samples, global_step=epoch)

            if val_loss < best_loss:
                best_loss, bad_epochs = val_loss, 0
            else:
                bad_epochs += 1
                if bad_epochs >= patience:
                    print(f"Early stopping at epoch {epoch}")
                    break
    return log_dir
