from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


class Meter:
    """A mean, weighted by the number of samples."""

    def __init__(self):
        self.total = 0.0
        self.count = 0

    def add(self, value, n):
        self.total += value * n
        self.count += n

    @property
    def mean(self):
        return self.total / self.count


def train(model, loader, loss_fn, optimizer, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for step in range(1, epochs + 1):
            meters = {"Loss/Train": Meter(), "Accuracy/Train": Meter()}
            for inputs, targets in loader:
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                n = targets.size(0)
                share = (logits.argmax(1) == targets).double().mean().item()
                meters["Loss/Train"].add(loss.item(), n)
                meters["Accuracy/Train"].add(share, n)
            for tag, meter in meters.items():
                writer.add_scalar(tag, meter.mean, step)
    return log_dir
