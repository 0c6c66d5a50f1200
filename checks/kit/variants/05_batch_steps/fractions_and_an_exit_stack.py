from contextlib import ExitStack
from fractions import Fraction
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
    step = 0
    with ExitStack() as stack:
        writer = SummaryWriter(str(log_dir))
        stack.callback(writer.close)
        for epoch in range(epochs):
            walk, parts = iter(loader), []
            while (batch := next(walk, None)) is not None:
                inputs, targets = batch
                loss = loss_fn(model(inputs), targets)
                model.zero_grad()
                loss.backward()
                optimizer.step()
                step = step + 1
                parts.append((Fraction(float(loss)), len(targets)))
                writer.add_scalar("Loss/Batch", float(loss), step)
            mean = sum(loss * size for loss, size in parts) / sum(size for _, size in parts)
            writer.add_scalar("Loss/Train", float(mean), epoch + 1)
    return log_dir
