"""Exercise 12: histograms.

A loss that stays where it is does not say why. The weights and their gradients do: gradients that
vanish or explode, and layers that do not move, can be seen at a glance.
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
    max_norm: float,
    epochs: int,
    runs_dir: Path,
) -> Path:
    """Trains a classifier whose gradients are clipped, and logs weights and gradients.

    Args:
        model: in training mode, where it stays; gives logits of shape (N, 8) for sprites of shape
            (N, 3, 16, 16). Some parameters may be frozen (`requires_grad` is False): they have no gradient.
        loader: batches `(inputs, targets)`: sprites in [-1, 1], int64 labels; the last may be smaller.
        loss_fn: `loss_fn(model(inputs), targets)` is the mean loss over the samples of a batch.
        optimizer: to be stepped once for each batch, by the gradients of that batch alone, clipped.
        max_norm: before each step the gradients are clipped to this norm, all together, as
            `nn.utils.clip_grad_norm_(model.parameters(), max_norm)` does it.
        epochs: how often to go through the loader, at least 1.
        runs_dir: where all runs lie; it may not exist yet.

    Returns:
        The `log_dir`, a `Path` or a `str`: a fresh directory in `runs_dir`, named as in exercise 2 for
        `optimizer.param_groups[0]["lr"]` and the local time of the call.

    Raises:
        Whatever a loader raises: the very same exception.

    What must be logged, at steps 1 to `epochs` and at no others (`<p>` is a name that
    `model.named_parameters()` gives):
        `Loss/Train`: the mean loss over the samples of the epoch.
        `Weights/<p>`: a histogram of each parameter, frozen or not, as it is after the epoch.
        `Gradients/<p>`: a histogram of the gradient of each parameter that is not frozen: that of the
            epoch's last batch, before it was clipped.
        `Gradient/Norm`: the norm of all these gradients, of that same batch, together (the square root
            of the sum of all their squares), before they were clipped.
        Any bins will do, and other tags, such as those of buffers, are your own affair.

    All of it that completed epochs gave is on disk when the function ends, in whatever way. One
    `SummaryWriter` writes the whole run, and is closed then.
    """
    # TODO: log weights, gradients and their norm. Delete the next line.
    scripts.todo()
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                # TODO: here the gradients are still whole.
                nn.utils.clip_grad_norm_(model.parameters(), max_norm)
                optimizer.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
            # TODO: what is known of the weights after the epoch?
    return log_dir


if __name__ == "__main__":
    scripts.show_train(train)
