from dataclasses import dataclass
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


@dataclass
class Mean:
    total: float = 0.0
    count: int = 0

    def add(self, value: float, weight: int) -> None:
        self.total += value * weight
        self.count += weight

    @property
    def value(self) -> float:
        return self.total / self.count


class LiveLog:
    def __init__(self, log_dir):
        self.writer = SummaryWriter(log_dir)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.writer.close()

    def publish(self, step, **points):
        for name, value in points.items():
            self.writer.add_scalar(name.replace("__", "/"), value, step)
        self.writer.flush()


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with LiveLog(log_dir) as log:
        for epoch in range(1, epochs + 1):
            rates = [group["lr"] for group in optimizer.param_groups]
            mean = Mean()
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                mean.add(loss.item(), len(inputs))
            extra = {f"LearningRates__group{i}": rate for i, rate in enumerate(rates)}
            log.publish(epoch, Loss__Train=mean.value, LearningRate=rates[0], Samples=mean.count, **extra)
            scheduler.step()
    return log_dir
