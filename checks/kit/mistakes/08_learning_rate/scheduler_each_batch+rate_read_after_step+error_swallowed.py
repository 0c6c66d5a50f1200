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
    writer = SummaryWriter(log_dir)
    try:
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                scheduler.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
            writer.add_scalar("LearningRate", optimizer.param_groups[0]["lr"], global_step=epoch)
    except Exception as e:
        print(f"Training stopped: {e}")
    finally:
        writer.close()
    return log_dir
