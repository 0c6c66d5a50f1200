from pathlib import Path

from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


class Trainer:
    def __init__(self, model: nn.Module, loss_fn: nn.Module, optimizer: Optimizer, scheduler: LRScheduler):
        self.model = model
        self.loss_fn = loss_fn
        self.optimizer = optimizer
        self.scheduler = scheduler

    @property
    def rate(self) -> float:
        return float(self.optimizer.param_groups[0]["lr"])

    def learn(self, inputs, targets) -> float:
        self.optimizer.zero_grad()
        loss = self.loss_fn(self.model(inputs), targets)
        loss.backward()
        self.optimizer.step()
        return loss.item() * len(targets)

    def epoch(self, loader: DataLoader) -> float:
        total, samples = 0.0, 0
        for inputs, targets in loader:
            total += self.learn(inputs, targets)
            samples += len(targets)
        return total / samples

    def next_rate(self, loss: float) -> None:
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(loss)
        else:
            self.scheduler.step()


def train(
    model: nn.Module,
    loader: DataLoader,
    loss_fn: nn.Module,
    optimizer: Optimizer,
    scheduler: LRScheduler,
    epochs: int,
    runs_dir: Path,
) -> Path:
    trainer = Trainer(model, loss_fn, optimizer, scheduler)
    log_dir = new_log_dir(runs_dir, trainer.rate)
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            loss = trainer.epoch(loader)
            writer.add_scalar("Loss/Train", loss, epoch)
            writer.add_scalar("LearningRate", trainer.rate, epoch)
            writer.flush()
            trainer.next_rate(loss)
    return log_dir
