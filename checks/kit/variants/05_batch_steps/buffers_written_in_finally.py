from pathlib import Path
from statistics import fmean

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
    epochs: int,
    runs_dir: Path,
) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    batch_losses, epoch_losses = [], []
    try:
        for _ in range(epochs):
            sizes = []
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                batch_losses.append(loss.item())
                sizes.append(len(inputs))
            epoch_losses.append(fmean(batch_losses[-len(sizes) :], sizes))
    finally:
        with SummaryWriter(log_dir) as writer:
            for tag, curve in {"Loss/Train": epoch_losses, "Loss/Batch": batch_losses}.items():
                for step, value in enumerate(curve, 1):
                    writer.add_scalar(tag, value, step)
    return log_dir
