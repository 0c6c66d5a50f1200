"""Exercise 8: the learning rate.

A schedule changes the learning rate while the model trains. Beside the loss, its curve explains many
a bend. The rate that counts is the one that the optimizer really used.
"""

from pathlib import Path

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts
from crystalball.run_directory import new_log_dir


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    scheduler: LRScheduler,
    epochs: int,
    runs_dir: Path,
) -> Path:
    """Trains a classifier with a learning-rate schedule, and logs the rate that each epoch used.

    Args:
        model: in training mode; gives logits of shape (N, 8) for sprites of shape (N, 3, 16, 16).
        loader: batches `(inputs, targets)`: sprites in [-1, 1], int64 labels; the last may be smaller.
        loss_fn: `loss_fn(model(inputs), targets)` is the mean loss over the samples of a batch.
        optimizer: to be stepped once for each batch, by the gradients of that batch alone. It may have
            several parameter groups, each with a learning rate of its own.
        scheduler: one of PyTorch's whose `step()` needs no argument; to be stepped once after each
            epoch (after the last one or not: no log shows that).
        epochs: how often to go through the loader, at least 1.
        runs_dir: where all runs lie; it may not exist yet.

    Returns:
        The `log_dir`, a `Path` or a `str`: a fresh directory in `runs_dir`, named as in exercise 2 for
        `optimizer.param_groups[0]["lr"]` and the local time of the call.

    Raises:
        Whatever a loader raises: the very same exception.

    What must be logged, at steps 1 to `epochs`:
        `Loss/Train`: the mean loss over the samples of the epoch.
        `LearningRate`: `optimizer.param_groups[0]["lr"]` as the optimizer used it in that epoch. (Of an
        epoch that an error ends, it may stand there or not.)

    Curves of completed epochs are on disk when the function ends, in whatever way. One
    `SummaryWriter` writes the whole run, and is closed then.
    """
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
            rate = optimizer.param_groups[0]["lr"]
            writer.add_scalar("LearningRate", rate, global_step=epoch)
            scheduler.step()
    return log_dir


if __name__ == "__main__":
    scripts.show_train(train)
