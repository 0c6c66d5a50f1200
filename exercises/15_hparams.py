"""Exercise 15: hyperparameters.

A hundred runs, and which settings were the good ones? TensorBoard's HParams page lists all runs with what
was chosen for each and what came out of it, if every run says both.
"""

from pathlib import Path
from typing import Any

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
    hparams: dict[str, Any],
    epochs: int,
    runs_dir: Path,
) -> Path:
    """Trains as in exercise 6, and logs what was chosen for the run and what came out of it.

    Args:
        model: in training mode; gives logits of shape (N, 8) for sprites of shape (N, 3, 16, 16).
            It predicts the class with the largest logit.
        loader: batches `(inputs, targets)`: sprites in [-1, 1], int64 labels; the last may be smaller.
        loss_fn: `loss_fn(model(inputs), targets)` is the mean loss over the samples of a batch.
        optimizer: to be stepped once for each batch, by the gradients of that batch alone.
        hparams: what was chosen for this run, by name: numbers, strings, booleans, and lists.
        epochs: how often to go through the loader, at least 1.
        runs_dir: where all runs lie; it may not exist yet, and may be a relative path.

    Returns:
        The `log_dir`, a `Path` or a `str`: a fresh directory in `runs_dir`, named as in exercise 2 for
        `optimizer.param_groups[0]["lr"]` and the local time of the call.

    Raises:
        Whatever a loader raises: the very same exception.

    What must be logged:
        `Loss/Train` and `Accuracy/Train`, at steps 1 to `epochs`: as in exercise 6.
        The hyperparameters, once: all of `hparams`, and nothing else, by the same names; numbers,
            strings and booleans as they are, a list as its `str`. (`add_hparams` itself keeps a boolean as
            1 or 0.) They lie in the run itself, not in a run of their own below it, which `add_hparams`
            makes where no `run_name` says otherwise.
        `Final/Loss` and `Final/Accuracy`, once, at whatever step: the loss and the accuracy of the last
            epoch. They are the metrics that belong to the hyperparameters: `add_hparams` logs their
            points itself, with a writer of its own, which it closes.

    The curves of completed epochs are on disk when the function ends, in whatever way; hyperparameters and
    metrics when it returns. No writer is open then.
    """
    # TODO: log the hyperparameters, and what came out. Delete the next line.
    scripts.todo()
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            total, correct, samples = 0.0, 0, 0
            for inputs, targets in loader:
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
        # TODO: the settings, and the two numbers that they led to.
    return log_dir


if __name__ == "__main__":
    scripts.show_train(train)
