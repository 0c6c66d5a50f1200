from collections import Counter
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


class ClockWriter(SummaryWriter):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.clocks = Counter()

    def tick(self, tag, value):
        self.clocks[tag] += 1
        self.add_scalar(tag, value, self.clocks[tag])


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    epochs: int,
    runs_dir: Path,
) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with ClockWriter(log_dir=log_dir) as writer:
        for _ in range(epochs):
            sums = torch.zeros(2, dtype=torch.float64)
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                value = loss.detach().cpu()
                writer.tick("Loss/Batch", value)
                sums += torch.stack([value.double() * len(inputs), torch.tensor(float(len(inputs)))])
            writer.tick("Loss/Train", sums[0] / sums[1])
    return log_dir
