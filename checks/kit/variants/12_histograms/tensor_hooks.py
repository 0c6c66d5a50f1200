"""Exercise 12: histograms."""

import contextlib
import itertools
import math
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def keep(latest: dict[str, Tensor], name: str) -> Callable[[Tensor], None]:
    """A hook that keeps a copy of the gradient that comes by."""

    def hook(grad: Tensor) -> None:
        latest[name] = grad.clone()

    return hook


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
    latest: dict[str, Tensor] = {}
    hooks = []
    for name, p in model.named_parameters():
        if p.requires_grad:
            hooks.append(p.register_hook(keep(latest, name)))
    with contextlib.ExitStack() as stack:
        writer = stack.enter_context(SummaryWriter(log_dir))
        for hook in hooks:
            stack.callback(hook.remove)
        for epoch in itertools.count(1):
            if epoch > epochs:
                break
            total = torch.zeros((), dtype=torch.float64)
            samples = 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), max_norm)
                optimizer.step()
                total += loss.detach().double() * targets.numel()
                samples += targets.numel()
            for name, grad in latest.items():
                writer.add_histogram(f"Gradients/{name}", grad, epoch)
            for name, weight in model.state_dict().items():
                if name in dict(model.named_parameters()):
                    writer.add_histogram(f"Weights/{name}", weight, epoch)
            squares = sum(float(g.double().pow(2).sum()) for g in latest.values())
            writer.add_scalar("Gradient/Norm", math.sqrt(squares), epoch)
            writer.add_scalar("Loss/Train", total / samples, epoch)
    return log_dir
