"""Instead of purging, deletes the run's event files and writes all that was logged before once more."""

from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir

BATCH, TRAIN, VAL, LR = "Loss/Batch", "Loss/Train", "Loss/Validation", "LearningRate"


class Curves:
    def __init__(self, writer, curves):
        self.writer = writer
        self.curves = curves
        for tag, values in curves.items():
            for step, value in enumerate(values, start=1):
                writer.add_scalar(tag, value, step)

    def append(self, tag, value):
        self.curves[tag].append(value)
        self.writer.add_scalar(tag, value, len(self.curves[tag]))


def average(values, weights):
    return torch.dot(torch.tensor(values), torch.tensor(weights)).item() / sum(weights)


def train(net, batches, val_batches, criterion, opt, sched, checkpoint, save, epochs, runs_dir):
    """Trains, and resumes."""
    curves = {BATCH: [], TRAIN: [], VAL: [], LR: []}
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        for part, state in zip([net, opt, sched], saved["states"], strict=True):
            part.load_state_dict(state)
        curves = saved["curves"]
        log_dir = Path(saved["log_dir"])
        for file in log_dir.glob("events.out.tfevents.*"):
            file.unlink()
    else:
        log_dir = new_log_dir(runs_dir, opt.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        log = Curves(writer, curves)
        for _ in range(len(curves[LR]), epochs):
            losses, sizes = [], []
            for inputs, targets in batches:
                net.zero_grad()
                loss = criterion(net(inputs), targets)
                loss.backward()
                opt.step()
                log.append(BATCH, loss.item())
                losses.append(loss.item())
                sizes.append(float(len(inputs)))
            train_loss = average(losses, sizes)
            losses, sizes = [], []
            net.eval()
            for inputs, targets in val_batches:
                with torch.no_grad():
                    losses.append(criterion(net(inputs), targets).item())
                sizes.append(float(len(inputs)))
            net.train()
            log.append(TRAIN, train_loss)
            log.append(VAL, average(losses, sizes))
            log.append(LR, opt.param_groups[0]["lr"])
            sched.step()
            states = [net.state_dict(), opt.state_dict(), sched.state_dict()]
            save({"states": states, "curves": curves, "log_dir": str(log_dir)})
    return str(log_dir)
