"""Exercise 12: histograms."""

from pathlib import Path

import numpy as np
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def raw_histogram(writer: SummaryWriter, tag: str, values: np.ndarray, step: int) -> None:
    """Logs a histogram of seven bins of equal width."""
    counts, edges = np.histogram(values, bins=7)
    writer.add_histogram_raw(
        tag,
        min=values.min(),
        max=values.max(),
        num=values.size,
        sum=values.sum(),
        sum_squares=np.square(values).sum(),
        bucket_limits=edges[1:].tolist(),
        bucket_counts=counts.tolist(),
        global_step=step,
    )


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
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            seen = np.zeros(2)
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                grads = {
                    name: p.grad.numpy().astype(np.float64)
                    for name, p in model.named_parameters()
                    if p.grad is not None
                }
                nn.utils.clip_grad_norm_(model.parameters(), max_norm)
                optimizer.step()
                seen += np.array([loss.item() * len(inputs), len(inputs)])
            writer.add_scalar("Loss/Train", seen[0] / seen[1], global_step=epoch)
            for name, p in model.named_parameters():
                raw_histogram(writer, f"Weights/{name}", p.detach().numpy().astype(np.float64), epoch)
            for name, grad in grads.items():
                raw_histogram(writer, f"Gradients/{name}", grad, epoch)
            everything = np.concatenate([grad.ravel() for grad in grads.values()])
            writer.add_scalar("Gradient/Norm", np.linalg.norm(everything), global_step=epoch)
    return log_dir
