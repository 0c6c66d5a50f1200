"""Exercise 12: histograms."""

from pathlib import Path

import numpy as np
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
    writer = SummaryWriter(str(log_dir), max_queue=1, flush_secs=1, filename_suffix=".clip")
    try:
        for epoch in range(epochs):
            model.train()
            losses, sizes = [], []
            for x, y in loader:
                optimizer.zero_grad(set_to_none=False)
                loss = loss_fn(model(x), y)
                loss.backward()
                last = [None if p.grad is None else p.grad.detach().clone() for p in model.parameters()]
                norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)
                optimizer.step()
                losses.append(loss.item())
                sizes.append(x.shape[0])
            mean = np.average(losses, weights=sizes)
            writer.add_scalar("Loss/Train", mean, epoch + 1)
            writer.add_scalar("Gradient/Norm", norm, epoch + 1)
            for (name, p), grad in zip(model.named_parameters(), last, strict=True):
                writer.add_histogram("Weights/" + name, p.data.cpu().numpy(), epoch + 1)
                if p.requires_grad:
                    writer.add_histogram("Gradients/" + name, grad, epoch + 1)
            print(f"epoch {epoch + 1}: loss {mean:.3f}, gradient norm {norm:.3f}")
    finally:
        writer.close()
    return str(log_dir)
