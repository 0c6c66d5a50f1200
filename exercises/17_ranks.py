"""Exercise 17: ranks.

Several processes train one model together, each on a part of the data. They compute as one; they should
log as one, too: one run, written by one of them, that speaks for all.
"""

from pathlib import Path

import torch  # No such module? First: source .venv/bin/activate
import torch.distributed
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts
from crystalball.run_directory import new_log_dir


def train(
    rank: int,
    world_size: int,
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    epochs: int,
    runs_dir: Path,
) -> Path | None:
    """Trains on one of several ranks: each process calls this function with its own part of the data.

    The process group stands already (`torch.distributed`, backend gloo).

    Args:
        rank: of this process, from 0.
        world_size: how many ranks there are.
        model: in training mode; gives logits of shape (N, 8) for sprites of shape (N, 3, 16, 16). All ranks
            start with the same weights; `loss.backward()` averages the gradients over the ranks.
        loader: batches `(inputs, targets)` of this rank: sprites in [-1, 1], int64 labels. All ranks have
            equally many batches, but not equally many samples in them.
        loss_fn: `loss_fn(model(inputs), targets)` is the mean loss over the samples of a batch.
        optimizer: to be stepped once for each batch, by the gradients of that batch alone.
        epochs: how often to go through the loader, at least 1.
        runs_dir: where all runs lie, for all ranks; it may not exist yet.

    Returns:
        On rank 0 the `log_dir`, as a `Path` or a `str`: a fresh directory in `runs_dir`, named by the
        convention of exercise 2, for `optimizer.param_groups[0]["lr"]` at the time of the call. On all
        other ranks `None`.

    What must be logged, at steps 1 to `epochs`: `Loss/Train`, the mean loss over the samples of *all* ranks
    in the epoch: each sample counts the same, whichever rank it was on. (`torch.distributed.all_reduce`
    adds up a tensor over all ranks, in place. Every rank must call it: those that do wait for the others,
    in the checks for 6 seconds, after which it raises.)

    Only rank 0 makes a directory and writes: one event file. It is on disk, and the writer closed, when the
    function ends. Nothing is asked of a rank whose loader raises: here none does.
    """
    # TODO: this is a training on a single rank. Let all ranks log as one. Delete the next line.
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
                samples += len(inputs)
            # TODO: these are the sums of one rank.
            writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
    return log_dir


if __name__ == "__main__":
    scripts.show_ranks(train)
