from contextlib import contextmanager
from pathlib import Path

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


@contextmanager
def open_run(runs_dir, optimizer):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    try:
        yield writer, log_dir
    finally:
        writer.flush()
        writer.close()


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    epochs: int,
    runs_dir: Path,
) -> Path:
    def run_epoch():
        total = samples = 0
        for batch in loader:
            inputs, targets = batch
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total += targets.shape[0] * float(loss.detach())
            samples += targets.shape[0]
        return total / samples

    with open_run(runs_dir, optimizer) as (writer, log_dir):
        for epoch in range(epochs):
            writer.add_scalar("Loss/Train", run_epoch(), epoch + 1)
    return log_dir
