"""Exercise 7: the validation.

A model may learn its training data by heart. Whether it learned anything else shows on data that it
never trained on: two curves side by side, on one step axis.
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
    train_loader: DataLoader[tuple[Tensor, ...]],
    val_loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    epochs: int,
    runs_dir: Path,
) -> Path:
    """Trains a classifier, and validates it after each epoch.

    Args:
        model: in training mode; gives logits of shape (N, 8) for sprites of shape (N, 3, 16, 16).
            It has batch norm.
        train_loader: batches `(inputs, targets)`: sprites in [-1, 1], int64 labels; the last may be
            smaller.
        val_loader: the same, of other sprites. Nothing may be learned from them.
        loss_fn: `loss_fn(model(inputs), targets)` is the mean loss over the samples of a batch.
        optimizer: to be stepped once for each training batch, by the gradients of that batch alone.
        epochs: how often to go through the training loader, at least 1.
        runs_dir: where all runs lie; it may not exist yet.

    Returns:
        The `log_dir`, a `Path` or a `str`: a fresh directory in `runs_dir`, named as in exercise 2 for
        `optimizer.param_groups[0]["lr"]` and the local time of the call.

    Raises:
        Whatever a loader raises: the very same exception.

    What must be logged, at steps 1 to `epochs`, all in this one run:
        `Loss/Train` and `Accuracy/Train`: as in exercise 6, with the model in training mode.
        `Loss/Validation` and `Accuracy/Validation`: the mean loss over the validation samples, and
        the share that was predicted right, measured after the epoch's training with the model in
        evaluation mode.

    Curves of completed epochs are on disk when the function ends, in whatever way. One
    `SummaryWriter` writes the whole run, and is closed then.
    """
    # TODO: validate after each epoch. Which mode must the model be in, when? Delete the next line.
    scripts.todo()
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            total, correct, samples = 0.0, 0, 0
            for inputs, targets in train_loader:
                optimizer.zero_grad()
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                correct += int((logits.argmax(dim=1) == targets).sum())
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
            writer.add_scalar("Accuracy/Train", correct / samples, global_step=epoch)
            # TODO: loss and accuracy over `val_loader`.
    return log_dir


if __name__ == "__main__":
    scripts.show_train(train)
