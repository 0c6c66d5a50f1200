"""Exercise 3: one point an epoch.

The loss of a single batch jumps up and down. The mean over all samples of an epoch is the curve
that people look at.
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
    epochs: int,
    runs_dir: Path,
) -> Path:
    """Trains a model, and logs the mean loss of each epoch.

    Args:
        model: in training mode; gives logits of shape (N, 8) for sprites of shape (N, 3, 16, 16).
        loader: batches `(inputs, targets)`: sprites in [-1, 1], int64 labels; the last may be smaller,
            or left out (`drop_last=True`), and each epoch may come in another order. To look into it
            first changes nothing.
        loss_fn: `loss_fn(model(inputs), targets)` is the mean loss over the samples of a batch.
        optimizer: to be stepped once for each batch, by the gradients of that batch alone.
        epochs: how often to go through the loader, at least 1.
        runs_dir: where all runs lie; it may not exist yet.

    Returns:
        The `log_dir`, a `Path` or a `str`: a fresh directory in `runs_dir`, named as in exercise 2 for
        `optimizer.param_groups[0]["lr"]` and the local time of the call. (`new_log_dir` makes it.)

    What must be logged: `Loss/Train` at steps 1 to `epochs`, the mean loss over the samples of each
    epoch. Each batch counts by its size, with the loss that was computed before its step.

    One `SummaryWriter` writes the whole run, and it is closed when the function returns (what
    happens to it when something is raised is the matter of exercise 4).
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
    return log_dir


if __name__ == "__main__":
    scripts.show_train(train)
