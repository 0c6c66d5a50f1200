"""Exercise 16: resume.

A long training is interrupted: the power fails, the job's time is up. A checkpoint lets it go on; a log
that goes on with it, as if nothing had happened, takes a little more care.
"""

from collections.abc import Callable
from pathlib import Path

import torch  # No such module? First: source .venv/bin/activate
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
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
    scheduler: LRScheduler,
    checkpoint: Path,
    save: Callable[[object], None],
    epochs: int,
    runs_dir: Path,
) -> Path:
    """Trains, and goes on from the checkpoint when an earlier call was interrupted.

    Args:
        model: in training mode, with fresh weights at each call; gives logits of shape (N, 8) for sprites
            of shape (N, 3, 16, 16). It has batch norm.
        train_loader: batches `(inputs, targets)`: sprites in [-1, 1], int64 labels; the last may be
            smaller. The batches are the same in each epoch.
        val_loader: the same, of other sprites. Nothing may be learned from them.
        loss_fn: `loss_fn(model(inputs), targets)` is the mean loss over the samples of a batch.
        optimizer: to be stepped once for each training batch, by the gradients of that batch alone. It
            has momentum.
        scheduler: one of PyTorch's whose `step()` needs no argument; to be stepped once after each
            epoch.
        checkpoint: the file that `save` writes; it does not exist before the first checkpoint.
        save: `save(state)` writes what you give it to `checkpoint`, whole or not at all, as
            `torch.save` does. Read it back with `torch.load(checkpoint)`, which takes tensors, numbers,
            strings, lists and dicts, but no `Path`.
        epochs: of the whole training, those of earlier calls included; at least 1.
        runs_dir: where all runs lie; it may not exist yet.

    Returns:
        The `log_dir`, as a `Path` or a `str`: a fresh directory in `runs_dir`, named by the convention of
        exercise 2, for `optimizer.param_groups[0]["lr"]` at the time of the first call. A call that
        goes on from a checkpoint goes on in the same directory.

    Raises:
        Whatever the loader, the model or `save` raises: the very same exception.

    What happens: the first call may be interrupted: the training loader or the model raises at some batch
    of an epoch's training, or `save` raises just after it has written. Then the function is called again,
    in a new process, with fresh objects and the same `checkpoint` and `runs_dir`; perhaps more than once.
    Others may have begun runs in `runs_dir` since.
    When there is no checkpoint yet, it begins anew, in a new directory: the old one counts no more.

    What must be logged:
        `Loss/Batch`: the loss of each batch; the step counts all batches since the start, from 1.
        `Loss/Train`, `Loss/Validation` and `LearningRate`, at steps 1 to `epochs`: as in exercises 7
            and 8.
    What counts is what TensorBoard shows in the end: what one training that was never interrupted would
    have left. The batches of an interrupted epoch are trained again, so their points must go: a
    `SummaryWriter` with `purge_step` voids what was logged from that step on, under all tags.

    `save` is called once after each epoch, with all that it takes to go on; an epoch whose checkpoint was
    written is not trained again. All points are on disk when the function ends, in whatever way (those of
    an interrupted epoch may be held back), and no writer is open then. (Here an interruption is always an
    exception, so your writer can still be closed. Where the power fails nobody closes it: a `flush()`
    before `save` keeps the log from falling behind the checkpoint.)
    """
    # TODO: save after each epoch, and go on from the checkpoint where there is one. Delete the next line.
    scripts.todo()
    # TODO: is there a checkpoint? What must be read back from it?
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    step = 0
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in train_loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                step += 1
                writer.add_scalar("Loss/Batch", loss.item(), global_step=step)
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
            model.eval()
            total, samples = 0.0, 0
            with torch.no_grad():
                for inputs, targets in val_loader:
                    total += loss_fn(model(inputs), targets).item() * len(inputs)
                    samples += len(inputs)
            model.train()
            writer.add_scalar("Loss/Validation", total / samples, global_step=epoch)
            writer.add_scalar("LearningRate", optimizer.param_groups[0]["lr"], global_step=epoch)
            scheduler.step()
            # TODO: all that it takes to go on from here.
    return log_dir


if __name__ == "__main__":
    scripts.show_resume(train)
