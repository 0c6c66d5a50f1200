import math
from itertools import islice
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def epochs_forever(model, loader, loss_fn, optimizer, scheduler):
    """Gives the rate and the mean loss of one epoch after the other."""
    while True:
        rate = float(optimizer.param_groups[0]["lr"])
        terms, sizes = [], []
        for inputs, targets in loader:
            model.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            sizes.append(targets.numel())
            terms.append(loss.item() * targets.numel())
        scheduler.step()
        yield rate, math.fsum(terms) / sum(sizes)


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    points = []
    try:
        for point in islice(epochs_forever(model, loader, loss_fn, optimizer, scheduler), epochs):
            points.append(point)
    finally:
        writer = SummaryWriter(log_dir)
        for tag, column in (("LearningRate", 0), ("Loss/Train", 1)):
            for step, point in enumerate(points, start=1):
                writer.add_scalar(tag, point[column], step)
        writer.close()
    return log_dir
