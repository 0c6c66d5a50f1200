from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from torch.utils import tensorboard

from crystalball.run_directory import new_log_dir


@dataclass
class Trainer:
    model: object
    loss_fn: object
    optimizer: object
    writer: tensorboard.SummaryWriter
    batch: int = 0
    epoch: int = 0
    history: list = field(default_factory=list)

    def run_batch(self, inputs, targets):
        self.optimizer.zero_grad(set_to_none=False)
        loss = self.loss_fn(self.model(inputs), targets)
        loss.backward()
        self.optimizer.step()
        self.batch += 1
        value = loss.detach().cpu().numpy()
        self.writer.add_scalar("Loss/Batch", value, self.batch, new_style=True)
        self.writer.add_scalar("Batch/Size", len(inputs), self.batch)
        self.history.append((float(value), len(inputs)))

    def run_epoch(self, loader):
        self.history.clear()
        for inputs, targets in loader:
            self.run_batch(inputs, targets)
        self.epoch += 1
        mean = sum(v * n for v, n in self.history) / sum(n for _, n in self.history)
        self.writer.add_scalar("Loss/Train", mean, self.epoch, new_style=True)
        self.writer.add_scalar("LearningRate", self.optimizer.param_groups[0]["lr"], self.epoch)
        self.writer.add_histogram("Losses", np.array([v for v, _ in self.history]), self.epoch)


def train(model, loader, loss_fn, optimizer, epochs, runs_dir=Path("runs")):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with tensorboard.SummaryWriter(log_dir) as writer:
        trainer = Trainer(model, loss_fn, optimizer, writer)
        for _ in range(epochs):
            trainer.run_epoch(loader)
    return log_dir
