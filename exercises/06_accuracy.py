"""Exercise 6: the accuracy.

The loss tells the optimizer what to do; the accuracy tells people how good the model is: which share
of the sprites was recognised?
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
    """Trains a classifier, and logs the mean loss and the accuracy of each epoch.

    Args:
        model: in training mode; gives logits of shape (N, 8) for sprites of shape (N, 3, 16, 16).
            It predicts the class with the largest logit.
        loader: batches `(inputs, targets)`: sprites in [-1, 1], int64 labels; the last may be smaller.
        loss_fn: `loss_fn(model(inputs), targets)` is the mean loss over the samples of a batch.
        optimizer: to be stepped once for each batch, by the gradients of that batch alone.
        epochs: how often to go through the loader, at least 1.
        runs_dir: where all runs lie; it may not exist yet.

    Returns:
        The `log_dir`, a `Path` or a `str`: a fresh directory in `runs_dir`, named as in exercise 2 for
        `optimizer.param_groups[0]["lr"]` and the local time of the call.

    Raises:
        Whatever a loader raises: the very same exception.

    What must be logged, at steps 1 to `epochs`:
        `Loss/Train`: the mean loss over the samples of the epoch.
        `Accuracy/Train`: the share of the epoch's samples that were predicted right, from 0 to 1.
        What counts is the prediction that the loss of the sample was computed from, before the
        optimizer step of its batch: nothing is predicted a second time.

    Curves of completed epochs are on disk when the function ends, in whatever way. One
    `SummaryWriter` writes the whole run, and is closed then.
    """
    # TODO: count the right predictions as well, and log the accuracy. Delete the next line.
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
                total += loss.item() * len(inputs)
                # TODO: how many of this batch were predicted right?
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
            # TODO: log the accuracy.
    return log_dir


if __name__ == "__main__":
    scripts.show_train(train)
