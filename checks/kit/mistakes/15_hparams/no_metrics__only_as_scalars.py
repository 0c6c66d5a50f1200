from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train_epoch(model, loader, loss_fn, optimizer):
    losses, hits, sizes = [], [], []
    for inputs, targets in loader:
        logits = model(inputs)
        loss = loss_fn(logits, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item() * len(targets))
        hits.append((logits.argmax(1) == targets).sum().item())
        sizes.append(len(targets))
    return sum(losses) / sum(sizes), sum(hits) / sum(sizes)


def simple(value):
    return value if isinstance(value, (int, float, str, bool)) else str(value)


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    hparams: dict[str, Any],
    epochs: int,
    runs_dir: Path,
) -> Path:
    """Trains as in exercise 6, and logs what was chosen for the run and what came out of it."""
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(str(log_dir))
    try:
        history = []
        for epoch in range(epochs):
            loss, accuracy = train_epoch(model, loader, loss_fn, optimizer)
            history.append((loss, accuracy))
            writer.add_scalar("Loss/Train", loss, epoch + 1)
            writer.add_scalar("Accuracy/Train", accuracy, epoch + 1)
        writer.add_hparams({name: simple(value) for name, value in hparams.items()}, {}, run_name=".")
        writer.add_scalar("Final/Loss", history[-1][0], epochs)
        writer.add_scalar("Final/Accuracy", history[-1][1], epochs)
    finally:
        writer.close()
    return log_dir
