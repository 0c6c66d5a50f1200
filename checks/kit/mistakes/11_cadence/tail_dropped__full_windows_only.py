from itertools import islice
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def losses_of(model, loader, loss_fn, optimizer, epochs):
    for _ in range(epochs):
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            yield loss.item(), len(inputs)


def train(model, loader, loss_fn, optimizer, log_every, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    stream = losses_of(model, loader, loss_fn, optimizer, epochs)
    writer = SummaryWriter(str(log_dir))
    try:
        step = 0
        while True:
            window = list(islice(stream, log_every))
            if len(window) < log_every:
                break
            step += log_every
            mean = sum(loss * n for loss, n in window) / sum(n for _, n in window)
            writer.add_scalar("Loss/Batch", mean, step)
    finally:
        writer.close()
    return log_dir
