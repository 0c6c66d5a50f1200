from pathlib import Path

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train_one_epoch(model, loader, loss_fn, optimizer):
    loss_sum, n = 0.0, 0
    for x, y in loader:
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * y.size(0)
        n += y.size(0)
    return loss_sum / n


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    scheduler: LRScheduler,
    epochs: int,
    runs_dir: Path,
) -> Path:
    settings = dict(optimizer.param_groups[0])
    log_dir = new_log_dir(runs_dir, settings["lr"])
    writer = SummaryWriter(log_dir)

    def log_epoch(step: int, mean_loss: float) -> None:
        writer.add_scalar("Loss/Train", mean_loss, step)
        writer.add_scalar("LearningRate", settings["lr"], step)

    try:
        for step in range(1, epochs + 1):
            log_epoch(step, train_one_epoch(model, loader, loss_fn, optimizer))
            scheduler.step()
    finally:
        writer.close()
    return log_dir
