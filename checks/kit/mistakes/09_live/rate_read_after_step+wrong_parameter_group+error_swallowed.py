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
            running_loss = 0.0
            seen = 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                running_loss += loss.item() * inputs.size(0)
                seen += inputs.size(0)
            scheduler.step()
            writer.add_scalar("Loss/Train", running_loss / seen, epoch)
            writer.add_scalar("LearningRate", scheduler.get_last_lr()[-1], epoch)
            writer.flush()
    except KeyboardInterrupt:
        print("Stopped by the user.")
    finally:
        writer.close()
    return log_dir
