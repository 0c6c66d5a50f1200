"""Exercise 12: histograms."""

import contextlib
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


class Recorder:
    """Keeps what happens in an epoch, and logs it."""

    def __init__(self, writer: SummaryWriter, model: nn.Module) -> None:
        self.writer, self.model = writer, model
        self.epoch, self.batches = 1, 0
        self.loss, self.samples = 0.0, 0
        self.grads: dict[str, Tensor] = {}

    def keep(self) -> None:
        """Keeps the gradients as they are now."""
        for name, p in self.model.named_parameters():
            if p.grad is not None:
                self.grads[name] = p.grad.clone()

    def batch(self, loss: float, size: int) -> None:
        """Counts a batch."""
        self.batches += 1
        self.writer.add_scalar("Loss/Batch", loss, self.batches)
        self.loss += loss * size
        self.samples += size

    def epoch_end(self) -> None:
        """Logs the epoch, also how large the clipped gradients and the weights are."""
        norms = {name: grad.norm() for name, grad in self.grads.items()}
        norm = torch.stack(list(norms.values())).norm()
        self.writer.add_scalar("Gradient/Norm", norm, self.epoch)
        self.writer.add_scalar("Loss/Train", self.loss / self.samples, self.epoch)
        for name, p in self.model.named_parameters():
            self.writer.add_histogram(f"Weights/{name}", p, self.epoch)
            self.writer.add_scalar(f"WeightNorm/{name}", p.norm(), self.epoch)
        for name, grad in self.grads.items():
            self.writer.add_histogram(f"Gradients/{name}", grad, self.epoch)
            self.writer.add_scalar(f"GradientNorm/{name}", norms[name], self.epoch)
            clipped = self.model.get_parameter(name).grad
            self.writer.add_histogram(f"Clipped/{name}", clipped, self.epoch)
        self.epoch += 1
        self.loss, self.samples = 0.0, 0


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
    with contextlib.closing(SummaryWriter(log_dir)) as writer:
        recorder = Recorder(writer, model)
        writer.add_text("About", f"clipped to {max_norm}", 0)
        for _ in range(epochs):
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                recorder.keep()
                nn.utils.clip_grad_norm_(model.parameters(), max_norm)
                recorder.batch(loss.item(), len(inputs))
                optimizer.step()
            recorder.epoch_end()
    return log_dir
