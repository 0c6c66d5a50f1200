from pathlib import Path

import numpy as np
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


class Logger:
    def __init__(self, runs_dir, optimizer):
        self.log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
        self.writer = SummaryWriter(self.log_dir)
        self.epochs = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.writer.close()
        return False

    def epoch(self, mean):
        self.epochs += 1
        self.writer.add_scalar("Loss/Train", np.float32(mean), self.epochs)


def fit(model, loss_fn, optimizer, inputs, targets):
    optimizer.zero_grad()
    loss = loss_fn(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss.item()


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    epochs: int,
    runs_dir: Path,
) -> Path:
    with Logger(runs_dir, optimizer) as logger:
        for _ in range(epochs):
            batches = [
                (fit(model, loss_fn, optimizer, inputs, targets), len(inputs))
                for inputs, targets in loader
            ]
            losses, sizes = np.array(batches, dtype=np.float64).T
            logger.epoch(np.dot(losses, sizes) / sizes.sum())
    return logger.log_dir
