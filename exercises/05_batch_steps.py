"""Exercise 5: two curves, two clocks.

A curve by batches shows what happens inside an epoch. Its step counts batches, over the whole
training; that of the epoch curve counts epochs. Each tag has a clock of its own.
"""

from pathlib import Path

from torch import Tensor, nn  # No such module? First: source .venv/bin/activate
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
    """Trains a model, and logs the loss of each batch beside the mean loss of each epoch.

    Args:
        model: in training mode; gives logits of shape (N, 8) for sprites of shape (N, 3, 16, 16).
        loader: batches `(inputs, targets)`: sprites in [-1, 1], int64 labels; the last may be smaller.
            To look into it first changes nothing. It may raise any exception.
        loss_fn: `loss_fn(model(inputs), targets)` is the mean loss over the samples of a batch.
        optimizer: to be stepped once for each batch, by the gradients of that batch alone.
        epochs: how often to go through the loader, at least 1.
        runs_dir: where all runs lie; it may not exist yet.

    Returns:
        The `log_dir`, a `Path` or a `str`: a fresh directory in `runs_dir`, named as in exercise 2 for
        `optimizer.param_groups[0]["lr"]` and the local time of the call.

    Raises:
        Whatever the loader raises, `KeyboardInterrupt` too: the very same exception.

    What must be logged:
        `Loss/Batch` at steps 1 to `epochs * len(loader)`: the loss of each batch, computed before
        its optimizer step. The first batch of the second epoch stands at `len(loader) + 1`.
        `Loss/Train` at steps 1 to `epochs`: the mean loss over the samples of each completed epoch.
        All of this is on disk when the function ends, in whatever way. Whether the batches of an
        epoch that was interrupted are logged is left to you.

    One `SummaryWriter` writes the whole run. When the function ends, in whatever way, it is closed.
    """
    # TODO: log the loss of each batch as well. Delete the next line.
    scripts.todo()
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                # TODO: log this batch under `Loss/Batch`. At which step?
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
    return log_dir


if __name__ == "__main__":
    scripts.show_train(train)
