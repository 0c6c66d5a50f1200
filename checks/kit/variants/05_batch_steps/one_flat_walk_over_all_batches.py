from itertools import chain, count, repeat
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
    total, samples = 0.0, 0
    with SummaryWriter(log_dir) as writer:
        for step, (inputs, targets) in zip(count(1), chain.from_iterable(repeat(loader, epochs))):
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            writer.add_scalar("Loss/Batch", loss.detach(), step)
            total += loss.item() * len(inputs)
            samples += len(inputs)
            epoch, rest = divmod(step, len(loader))
            if rest == 0:
                writer.add_scalar("Loss/Train", total / samples, epoch)
                total, samples = 0.0, 0
    return log_dir
