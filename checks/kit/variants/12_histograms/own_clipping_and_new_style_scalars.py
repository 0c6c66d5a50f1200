"""Exercise 12: histograms."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


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
    writer = SummaryWriter(log_dir)
    try:
        optimizer.zero_grad()
        for epoch in range(1, epochs + 1):
            weighted = []
            for inputs, targets in loader:
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                params = [p for p in model.parameters() if p.grad is not None]
                grads = [p.grad for p in params]
                norm = torch.stack(torch._foreach_norm(grads)).norm()
                for p in params:
                    p.grad = p.grad * torch.clamp(max_norm / (norm + 1e-6), max=1.0)
                optimizer.step()
                optimizer.zero_grad()
                weighted.append((loss.item(), len(inputs)))
            mean = sum(value * size for value, size in weighted) / sum(size for _, size in weighted)
            writer.add_scalar("Loss/Train", mean, epoch, new_style=True)
            writer.add_scalar("Gradient/Norm", norm, epoch, double_precision=True)
            names = [name for name, p in model.named_parameters() if p.requires_grad]
            for name, grad in zip(names, grads, strict=True):
                writer.add_histogram(f"Gradients/{name}", grad, epoch, walltime=float(epoch))
            for name, p in model.named_parameters():
                writer.add_histogram(f"Weights/{name}", p, epoch)
    finally:
        writer.flush()
        writer.close()
    return log_dir
