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
    try:
        epoch = 0
        while epoch != epochs:
            batches = iter(loader)
            per_sample = []
            while (batch := next(batches, None)) is not None:
                inputs, targets = batch[0], batch[1]
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                per_sample += [loss.item()] * len(inputs)
            epoch += 1
            writer.add_scalar("Loss/Train", sum(per_sample) / len(per_sample), epoch)
            writer.flush()
        return log_dir
    finally:
        writer.close()
