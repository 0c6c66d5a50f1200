from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def evaluate(model, loader, loss_fn):
    model.eval()
    loss_sum = 0.0
    right = 0
    n = 0
    with torch.inference_mode():
        for x, y in loader:
            out = model(x)
            loss_sum += loss_fn(out, y).item() * y.shape[0]
            right += out.argmax(dim=1).eq(y).sum().item()
            n += y.shape[0]
    return loss_sum / n, right / n


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
    writer = SummaryWriter(log_dir)
    model.train()
    try:
        for epoch in range(1, epochs + 1):
            loss_sum, right, n = 0.0, 0, 0
            for x, y in train_loader:
                out = model(x)
                loss = loss_fn(out, y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                loss_sum += loss.item() * y.shape[0]
                right += out.argmax(dim=1).eq(y).sum().item()
                n += y.shape[0]
            val_loss, val_accuracy = evaluate(model, val_loader, loss_fn)
            scalars = {
                "Loss/Train": loss_sum / n,
                "Accuracy/Train": right / n,
                "Loss/Validation": val_loss,
                "Accuracy/Validation": val_accuracy,
            }
            for tag, value in scalars.items():
                writer.add_scalar(tag, value, epoch)
    finally:
        writer.close()
    return log_dir
