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
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            mean, samples = 0.0, 0
            for inputs, targets in loader:
                loss = loss_fn(model(inputs), targets)
                grads = torch.autograd.grad(loss, list(trained.values()))
                for p, grad in zip(trained.values(), grads, strict=True):
                    p.grad = grad.clone()
                norm = torch.linalg.vector_norm(torch.cat([grad.reshape(-1) for grad in grads]))
                nn.utils.clip_grads_with_norm_(model.parameters(), max_norm, norm)
                optimizer.step()
                samples += len(inputs)
                mean += (loss.item() - mean) * len(inputs) / samples
            writer.add_scalar("Loss/Train", mean, epoch)
            writer.add_scalar("Gradient/Norm", norm.item(), epoch)
            for name, grad in zip(trained, grads, strict=True):
                writer.add_histogram(f"Gradients/{name}", grad.double(), epoch)
            for name, p in model.named_parameters():
                writer.add_histogram(f"Weights/{name}", p.double(), epoch)
    return log_dir
