"""Exercise 4: closed, whatever happens.

Trainings break off: a file is damaged, memory runs out, somebody presses Ctrl-C. What was reached
until then must be on disk, and whoever called must hear of it.
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
    """Trains a model, logs the mean loss of each epoch, and leaves an orderly log on any error.

    Args:
        model: in training mode; gives logits of shape (N, 8) for sprites of shape (N, 3, 16, 16).
        loader: batches `(inputs, targets)`: sprites in [-1, 1], int64 labels; the last may be smaller.
            To look into it first changes nothing. It may raise any exception instead of giving a
            batch, `KeyboardInterrupt` too.
        loss_fn: `loss_fn(model(inputs), targets)` is the mean loss over the samples of a batch.
        optimizer: to be stepped once for each batch, by the gradients of that batch alone.
        epochs: how often to go through the loader, at least 1.
        runs_dir: where all runs lie; it may not exist yet.

    Returns:
        The `log_dir`, a `Path` or a `str`: a fresh directory in `runs_dir`, named as in exercise 2 for
        `optimizer.param_groups[0]["lr"]` and the local time of the call.

    Raises:
        Whatever the loader raises: the very same exception reaches the caller.

    What must be logged: `Loss/Train` at steps 1, 2, 3, …, the mean loss over the samples of each
    *completed* epoch. All of them are on disk when the function ends, in whatever way. An epoch
    that was interrupted is not logged. (When none was completed, an empty run is right, and so is
    none.)

    One `SummaryWriter` writes the whole run. When the function ends, in whatever way, it is closed.
    """
    # TODO: below is exercise 3. What happens to its writer when the loader raises? Mend that.
    # Delete the next line.
    scripts.todo()
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
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
    writer.close()
    return log_dir


if __name__ == "__main__":
    scripts.show_train(train)
