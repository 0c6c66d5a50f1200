from pathlib import Path

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    scheduler: LRScheduler,
    epochs: int,
    runs_dir: Path,
) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalars("Loss", {"Train": total / samples}, global_step=epoch)
            rate = optimizer.param_groups[0]["lr"]
            writer.add_scalar("LearningRate", rate, global_step=epoch)
            writer.flush()
            scheduler.step()
    return log_dir
