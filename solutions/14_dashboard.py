"""Exercise 14: the dashboard.

A curve says how a training went, but not what was trained. The model's graph, the configuration and a
chart that lays the right curves over one another make a run that others can read.
"""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
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
    config: dict[str, Any],
    epochs: int,
    runs_dir: Path,
) -> Path:
    """Trains and validates as in exercise 7, and logs what describes the whole run.

    Args:
        model: in training mode; gives logits of shape (N, 8) for sprites of shape (N, 3, 16, 16).
            It has batch norm.
        train_loader: batches `(inputs, targets)`: sprites in [-1, 1], int64 labels; the last may be
            smaller.
        val_loader: the same, of other sprites. Nothing may be learned from them.
        loss_fn: `loss_fn(model(inputs), targets)` is the mean loss over the samples of a batch.
        optimizer: to be stepped once for each training batch, by the gradients of that batch alone.
        config: how the run was configured, of strings, numbers, booleans, `None`, and lists and dicts
            of these.
        epochs: how often to go through the training loader, at least 1.
        runs_dir: where all runs lie; it may not exist yet.

    Returns:
        The `log_dir`, a `Path` or a `str`: a fresh directory in `runs_dir`, named as in exercise 2 for
        `optimizer.param_groups[0]["lr"]` and the local time of the call.

    Raises:
        Whatever a loader raises: the very same exception.

    What must be logged:
        `Loss/Train` and `Loss/Validation`, at steps 1 to `epochs`: as in exercise 7.
        The model's graph, once. To make it changes nothing in the training. (A batch that is taken by
            `next(iter(train_loader))` is not missing afterwards: each epoch begins anew, here in the same
            order. A loader that shuffles would go on in another order than without it.)
        `Config`, a text, once, at step 0: JSON that `json.loads` reads back as `config`, and no other
            words. It may stand in a Markdown code fence (```), which keeps its lines apart in TensorBoard.
        A custom layout, once, with a `Multiline` chart that shows `Loss/Train` and `Loss/Validation`,
            and nothing else, together. It may have other charts (a `Margin` chart is another one). A chart
            names its curves by regular expressions: it shows each tag that begins with a match.

    All of it is on disk when the function returns; when a loader raises, at least the points of the
    completed epochs. One `SummaryWriter` writes the whole run, and is closed when the function ends, in
    whatever way.
    """
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        writer.add_graph(model, next(iter(train_loader))[0])
        writer.add_text("Config", f"```\n{json.dumps(config, indent=2)}\n```", global_step=0)
        writer.add_custom_scalars({"Loss": {"Both": ["Multiline", ["Loss/Train", "Loss/Validation"]]}})
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in train_loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
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
    return log_dir


if __name__ == "__main__":
    scripts.show_train(train)
