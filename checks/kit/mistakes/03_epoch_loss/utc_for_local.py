from datetime import datetime, timezone
from pathlib import Path

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def make_run_dir(runs_dir: Path, lr: float) -> Path:
    stamp = datetime.now(timezone.utc).strftime("%Y%m%d_%H%M%S")
    name = f"pixel_gen_lr{lr}_{stamp}"
    path = runs_dir / name
    i = 1
    while path.exists():
        i += 1
        path = runs_dir / f"{name}_{i}"
    path.mkdir(parents=True)
    return path


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    epochs: int,
    runs_dir: Path,
) -> Path:
    lr = optimizer.param_groups[0]["lr"]
    log_dir = make_run_dir(runs_dir, lr)
    writer = SummaryWriter(log_dir)
    for epoch in range(epochs):
        total, samples = 0.0, 0
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(inputs)
            samples += len(inputs)
        writer.add_scalar("Loss/Train", total / samples, epoch + 1)
    writer.close()
    return log_dir
