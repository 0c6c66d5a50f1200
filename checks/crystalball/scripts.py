"""What an exercise does when it is run as a script: it trains on the sprites for real.

Each function takes the learner's, calls it with a progress bar on the screen, and says how to open
what it wrote under `runs/`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball import pixels
from crystalball.curriculum import NotFound, curriculum, find_root
from crystalball.run_directory import new_log_dir

EPOCHS, SAMPLES, BATCH_SIZE, RATE = 20, 500, 32, 0.05

console = Console(highlight=False)


def show_log_losses(log_losses: Callable[[Sequence[float], Path], object]) -> None:
    """Trains, and lets exercise 1's function log the losses of the epochs."""
    with _ready() as runs_dir:
        losses = _plain_losses()
        log_dir = new_log_dir(runs_dir, RATE)
        log_losses(losses, log_dir)
        _say(log_dir, runs_dir)


def show_new_run(new_run: Callable[[Path, float, datetime], Path]) -> None:
    """Lets exercise 2's function make a run directory, then trains and logs into it."""
    with _ready() as runs_dir:
        log_dir = new_run(runs_dir, RATE, datetime.now())
        with SummaryWriter(log_dir) as writer:
            for epoch, loss in enumerate(_plain_losses(), start=1):
                writer.add_scalar("Loss/Train", loss, epoch)
        _say(log_dir, runs_dir)


def show_train(train: Callable[..., Path]) -> None:
    """Lets a training function train a sprite classifier, with the objects that its exercise names."""
    with _ready() as runs_dir, _progress() as (progress, task):
        parameters = curriculum().find(Path(sys.argv[0]).stem).parameters
        model, optimizer = _model("generator" in parameters)
        loader = _Watched(progress, task)
        objects = {
            "model": model,
            "loader": loader,
            "train_loader": loader,
            "val_loader": pixels.sprite_loader(SAMPLES // 4, BATCH_SIZE, seed=1),
            "loss_fn": nn.MSELoss() if "generator" in parameters else nn.CrossEntropyLoss(),
            "optimizer": optimizer,
            "epochs": EPOCHS,
            "runs_dir": runs_dir,
            "log_every": 10,
            "max_norm": 1.0,
            "generator": model,
            "latents": torch.randn(8, pixels.SpriteGenerator.latents),
            "every": 4,
        }
        if "scheduler" in parameters:
            objects["scheduler"] = pixels.schedule("cosine", optimizer, EPOCHS)
        log_dir = train(*(objects[name] for name in parameters))
        progress.stop()
        _say(log_dir, runs_dir)


def show_sweep(sweep: Callable[..., dict[float, Path]]) -> None:
    """Lets exercise 10's function train with several learning rates."""
    lrs = (0.1, 0.02, 0.005)

    def make_model() -> nn.Module:
        torch.manual_seed(0)
        return pixels.SpriteClassifier()

    def make_optimizer(parameters: Iterable[nn.Parameter], lr: float) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr=lr)

    with _ready() as runs_dir, _progress() as (progress, task):
        loader = _Watched(progress, task, trainings=len(lrs))
        log_dirs = sweep(make_model, make_optimizer, loader, nn.CrossEntropyLoss(), lrs, EPOCHS, runs_dir)
        progress.stop()
        for log_dir in log_dirs.values():
            _say(log_dir, runs_dir)


class _Watched(DataLoader[tuple[Tensor, ...]]):
    """The sprites in batches; a progress bar moves with each."""

    def __init__(self, progress: Progress, task: TaskID, trainings: int = 1) -> None:
        dice = torch.Generator().manual_seed(0)
        super().__init__(pixels.sprite_set(SAMPLES, 0), BATCH_SIZE, shuffle=True, generator=dice)
        self._progress, self._task = progress, task
        progress.update(task, total=trainings * EPOCHS * len(self))

    def __iter__(self) -> Any:
        batches: Iterator[Any] = super().__iter__()
        for batch in batches:
            yield batch
            self._progress.advance(self._task)


def _model(generator: bool = False) -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(0)
    if generator:
        model: nn.Module = pixels.SpriteGenerator()
        return model, torch.optim.Adam(model.parameters(), lr=0.01)
    model = pixels.SpriteClassifier()
    return model, torch.optim.SGD(model.parameters(), lr=RATE)


def _plain_losses() -> list[float]:
    """The mean loss of each epoch of a training that nobody logs."""
    model, optimizer = _model()
    loss_fn, losses = nn.CrossEntropyLoss(), []
    with _progress() as (progress, task):
        loader = _Watched(progress, task)
        for _ in range(EPOCHS):
            total = 0.0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
            losses.append(total / SAMPLES)
    return losses


@contextmanager
def _progress() -> Iterator[tuple[Progress, TaskID]]:
    columns = (TextColumn("Training"), BarColumn(), MofNCompleteColumn(), TextColumn("batches"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        yield progress, progress.add_task("Training", total=None)


@contextmanager
def _ready() -> Iterator[Path]:
    """Gives the folder for the runs; an exercise that was not begun ends in one clear line."""
    script = Path(sys.argv[0]).resolve()
    try:
        runs_dir = find_root(script.parent) / "runs"
    except NotFound:
        runs_dir = Path.cwd() / "runs"
    try:
        yield runs_dir
    except NotImplementedError as error:
        console.print(f"{script.name} is not done yet. {error}", style="yellow")
        raise SystemExit(1) from None
    except OSError as error:
        console.print(f"Cannot write below {runs_dir}: {error}", style="red")
        raise SystemExit(2) from None


def _say(log_dir: object, runs_dir: Path) -> None:
    console.print(f"The run is in {_short(Path(str(log_dir)))}")
    console.print(f"Open it with:  tensorboard --logdir {_short(runs_dir)}")


def _short(path: Path) -> Path:
    """A path from the current folder, where it lies below that."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
