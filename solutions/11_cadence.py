"""Exercise 11: the cadence.

A point for every batch makes a noisy curve and large files; a point for every epoch comes late. In
between: a point every so many batches, each the mean of all that happened since the last one.
"""

from pathlib import Path

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts
from crystalball.run_directory import new_log_dir


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    log_every: int,
    epochs: int,
    runs_dir: Path,
) -> Path:
    """Trains a classifier, and logs the mean loss of every `log_every` batches.

    Args:
        model: in training mode; gives logits of shape (N, 8) for sprites of shape (N, 3, 16, 16).
        loader: batches `(inputs, targets)`: sprites in [-1, 1], int64 labels; the last may be smaller.
        loss_fn: `loss_fn(model(inputs), targets)` is the mean loss over the samples of a batch.
        optimizer: to be stepped once for each batch, by the gradients of that batch alone.
        log_every: batches from one point to the next, at least 1; there may be fewer in the whole
            training.
        epochs: how often to go through the loader, at least 1.
        runs_dir: where all runs lie; it may not exist yet.

    Returns:
        The `log_dir`, a `Path` or a `str`: a fresh directory in `runs_dir`, named as in exercise 2 for
        `optimizer.param_groups[0]["lr"]` and the local time of the call.

    Raises:
        Whatever a loader raises: the very same exception.

    What must be logged: `Loss/Batch`, where the step counts all batches since the start, from 1. There
    is a point at every multiple of `log_every`, and one at the very last batch if that is no multiple.
    Its value is the mean loss over the samples since the point before (or the start): each batch
    counts by its size, and the windows run on from one epoch into the next.

    All points are on disk when the function returns. (Which of them are there when a loader raises is
    free.) One `SummaryWriter` writes the whole run, and is closed when the function ends, in whatever way.
    """
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    step, total, samples = 0, 0.0, 0
    with SummaryWriter(log_dir) as writer:
        for _ in range(epochs):
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                step += 1
                total += loss.item() * len(inputs)
                samples += len(inputs)
                if step % log_every == 0 or step == epochs * len(loader):
                    writer.add_scalar("Loss/Batch", total / samples, global_step=step)
                    total, samples = 0.0, 0
    return log_dir


if __name__ == "__main__":
    scripts.show_train(train)
