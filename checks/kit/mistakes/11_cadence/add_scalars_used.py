from pathlib import Path

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
    log_every: int,
    epochs: int,
    runs_dir: Path,
) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    step, total, samples = 0, 0.0, 0
    with SummaryWriter(log_dir) as writer:
        for _ in range(epochs):
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                step += 1
                total += loss.item() * len(inputs)
                samples += len(inputs)
                if step % log_every == 0 or step == epochs * len(loader):
                    writer.add_scalars("Loss", {"Batch": total / samples}, global_step=step)
                    total, samples = 0.0, 0
    return log_dir
