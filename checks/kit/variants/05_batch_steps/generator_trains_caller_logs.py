import math
import os
from contextlib import ExitStack

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir

BATCH, EPOCH = "Loss/Batch", "Loss/Train"


def _points(model, loader, loss_fn, optimizer, epochs):
    step = 1
    for epoch in range(1, epochs + 1):
        weighted, samples = [], 0
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            value, size = loss.item(), inputs.shape[0]
            yield BATCH, value, step
            loss.backward()
            optimizer.step()
            weighted.append(value * size)
            samples += size
            step += 1
        yield EPOCH, math.fsum(weighted) / samples, epoch


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with ExitStack() as stack:
        writer = stack.enter_context(SummaryWriter(os.fspath(log_dir), filename_suffix=".both"))
        for point in _points(model, loader, loss_fn, optimizer, epochs):
            writer.add_scalar(*point)
    return log_dir
