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
    epochs: int,
    runs_dir: Path,
) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    for epoch in range(epochs):
        running_loss = 0.0
        n = 0
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            running_loss += loss.item() * len(inputs)
            n += len(inputs)
        writer.add_scalars("Loss/Train", {"run": running_loss / n}, epoch + 1)
    writer.close()
    return log_dir
