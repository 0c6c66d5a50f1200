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
from tempfile import TemporaryDirectory
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
from torch.multiprocessing.spawn import ProcessRaisedException, spawn
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball import pixels
from crystalball.capstone import Config
from crystalball.reading.records import event_files
from crystalball.run_directory import new_log_dir

EPOCHS, SAMPLES, BATCH_SIZE, RATE = 20, 496, 32, 0.05

DRAWING_EPOCHS = 60
"""After so many a generator draws sprites that one can name; 20 leave blobs."""

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
        with SummaryWriter(log_dir, purge_step=1) as writer:  # a second file that says why it is there
            for epoch, loss in enumerate(_plain_losses(), start=1):
                writer.add_scalar("Loss/Train", loss, epoch)
        _say(log_dir, runs_dir)


def show_train(train: Callable[..., Path]) -> None:
    """Lets a training function train on the sprites, with the objects that its exercise names."""
    with _ready() as runs_dir, _progress() as (progress, task):
        epochs = DRAWING_EPOCHS if "generator" in _parameters() else EPOCHS
        log_dir = _call(train, _Watched(progress, task, epochs), runs_dir, epochs=epochs, every=epochs // 5)
        progress.stop()
        _say(log_dir, runs_dir)


def _parameters() -> tuple[str, ...]:
    """What the function of this script's exercise is given."""
    from crystalball.curriculum.manifest import curriculum  # here: it does not stand in the jail

    return curriculum().find(Path(sys.argv[0]).stem).parameters


def _call(train: Callable[..., Path], loader: DataLoader[Any], runs_dir: Path, **more: object) -> Path:
    """Calls a training function with fresh objects, by the parameters that the manifest names."""
    parameters = _parameters()
    draws = "generator" in parameters
    model, optimizer = _model(draws)
    objects = {
        "model": model,
        "generator": model,
        "loader": loader,
        "train_loader": loader,
        "val_loader": pixels.sprite_loader(SAMPLES // 4, BATCH_SIZE, seed=1),
        "loss_fn": nn.MSELoss() if draws else nn.CrossEntropyLoss(),
        "optimizer": optimizer,
        "scheduler": pixels.schedule("cosine", optimizer, EPOCHS) if "scheduler" in parameters else None,
        "epochs": EPOCHS,
        "runs_dir": runs_dir,
        "log_every": 10,
        "max_norm": 1.0,
        "latents": _latents(model) if isinstance(model, pixels.SpriteGenerator) else None,
        "config": {"model": type(model).__name__, "lr": RATE, "epochs": EPOCHS, "shuffle": True},
        "hparams": {"lr": RATE, "batch_size": BATCH_SIZE, "optimizer": "sgd", "shuffle": True},
        **more,
    }
    return train(*(objects[name] for name in parameters))


def _latents(generator: pixels.SpriteGenerator) -> Tensor:
    """What stands for one sprite of each kind, so that one sees how their drawings grow.

    The encoder, as it was made at random, learns nothing from here on: what it makes of a sprite stays.
    """
    generator.encoder.requires_grad_(False)
    images, labels = pixels.sprites(SAMPLES, seed=0)
    kinds = labels.tolist()
    with torch.no_grad():
        latents: Tensor = generator.encoder(images)
    return latents[[kinds.index(kind) for kind in range(len(pixels.NAMES))]]


def show_resume(train: Callable[..., Path]) -> None:
    """Interrupts exercise 16's function half-way, and lets it go on."""
    with _ready() as runs_dir, _progress() as (progress, task), TemporaryDirectory() as folder:
        checkpoint = Path(folder) / "checkpoint.pt"

        def save(state: object) -> None:
            torch.save(state, checkpoint)

        loader = _Watched(progress, task)
        loader.breaks_after = len(loader) * EPOCHS // 2 + 5
        try:
            log_dir = _call(train, loader, runs_dir, checkpoint=checkpoint, save=save)
        except _PowerCut:
            progress.console.print("Interrupted in the middle of an epoch. It is called again.")
            loader.breaks_after = 0
            log_dir = _call(train, loader, runs_dir, checkpoint=checkpoint, save=save)
        progress.stop()
        _say(log_dir, runs_dir)


def show_capstone(train: Callable[[Config], Path]) -> None:
    """Lets exercise 19's function train a generator, with all parts in one object."""
    rate = 1.0
    with _ready() as runs_dir, _progress() as (progress, task):
        loader = _Watched(progress, task)
        torch.manual_seed(0)
        config = Config(
            make_model=lambda: _model(generator=True)[0],
            make_loaders=lambda: (loader, pixels.sprite_loader(SAMPLES // 4, BATCH_SIZE, seed=1)),
            make_optimizer=lambda parameters: torch.optim.SGD(parameters, rate, momentum=0.9),
            make_scheduler=lambda optimizer: pixels.schedule("cosine", optimizer, EPOCHS),
            loss_fn=nn.MSELoss(),
            epochs=EPOCHS,
            patience=3,
            max_norm=0.5,
            latents=torch.randn(8, pixels.SpriteGenerator.latents),
            every=4,
            hparams={"lr": rate, "batch_size": BATCH_SIZE, "optimizer": "sgd", "layers": [8, 16]},
            runs_dir=runs_dir,
        )
        log_dir = train(config)
        progress.stop()
        _say(log_dir, runs_dir)


def show_ranks(train: Callable[..., Path | None], world_size: int = 2) -> None:
    """Lets two processes call exercise 17's function, each with its part of the sprites."""
    with _ready() as runs_dir, TemporaryDirectory() as folder:
        found = Path(folder) / "log_dir"
        given = (train, world_size, runs_dir, Path(folder) / "rendezvous", found)
        try:
            spawn(_rank, given, world_size)  # type: ignore[no-untyped-call]  # torch's has no types
        except ProcessRaisedException as error:
            *_, last = str(error).strip().splitlines()
            if last.startswith("NotImplementedError: "):
                raise NotImplementedError(last.partition(": ")[2]) from None
            raise SystemExit(str(error)) from None
        _say(found.read_text(encoding="utf-8"), runs_dir)


def _rank(
    rank: int, train: Callable[..., object], world_size: int, runs_dir: Path, store: Path, found: Path
) -> None:
    """One of the processes; rank 0 shows the progress, and leaves the `log_dir` in a file."""
    torch.set_num_threads(1)
    init_method = store.as_uri()
    torch.distributed.init_process_group("gloo", init_method=init_method, rank=rank, world_size=world_size)
    model, optimizer = _model()
    model = nn.parallel.DistributedDataParallel(model)
    with _progress(shown=rank == 0) as (progress, task):
        loader = _Watched(progress, task, size=BATCH_SIZE - 8 * rank, seed=rank)
        loss_fn = nn.CrossEntropyLoss()
        log_dir = train(rank, world_size, model, loader, loss_fn, optimizer, EPOCHS, runs_dir)
    if rank == 0:
        found.write_text(str(log_dir), encoding="utf-8")
    torch.distributed.destroy_process_group()


def show_sweep(sweep: Callable[..., dict[float, Path]]) -> None:
    """Lets exercise 10's function train with several learning rates."""
    lrs = (0.1, 0.02, 0.005)

    def make_model() -> nn.Module:
        torch.manual_seed(0)
        return pixels.SpriteClassifier()

    def make_optimizer(parameters: Iterable[nn.Parameter], lr: float) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr=lr)

    with _ready() as runs_dir, _progress() as (progress, task):
        loader = _Watched(progress, task, EPOCHS * len(lrs))
        log_dirs = sweep(make_model, make_optimizer, loader, nn.CrossEntropyLoss(), lrs, EPOCHS, runs_dir)
        progress.stop()
        for log_dir in log_dirs.values():
            _say(log_dir, runs_dir)


def show_diagnose(diagnose: Callable[[Path], set[str]]) -> None:
    """Lets exercise 18's function look at every run below `runs/`, and at three that are broken."""
    # Imported here: a graded answer to 18 must not find what makes its runs.
    from crystalball.cases.broken_runs import make
    from crystalball.cases.event_files import write

    with _ready() as runs_dir, TemporaryDirectory() as folder:
        seeds = {
            "healthy": (),
            "twisted": ("out_of_order", "nan"),
            "torn": ("unpurged_restart", "truncated"),
        }
        for seed, (name, faults) in enumerate(seeds.items()):
            write(Path(folder) / name, make(seed, 9, faults))
        for base in (Path(folder), runs_dir):
            for log_dir, _ in event_files(base):
                names = ", ".join(sorted(diagnose(log_dir))) or "nothing"
                console.print(f"{_short(log_dir) if base is runs_dir else log_dir.name}: {names}")
        console.print(f"The first three were made for this; the others are below {_short(runs_dir)}")


class _PowerCut(Exception):
    """Interrupts a training."""


class _Watched(DataLoader[tuple[Tensor, ...]]):
    """The sprites in batches; a progress bar moves with each.

    Attributes:
        breaks_after: batches after which it raises; 0 when it never does.
    """

    breaks_after = 0

    def __init__(
        self, progress: Progress, task: TaskID, epochs: int = EPOCHS, size: int = BATCH_SIZE, seed: int = 0
    ) -> None:
        dice = torch.Generator().manual_seed(seed)
        # Equally many batches, whatever their size: ranks must have that.
        data = pixels.sprite_set(SAMPLES * size // BATCH_SIZE, seed)
        super().__init__(data, size, shuffle=True, generator=dice)
        self._progress, self._task, self._given = progress, task, 0
        progress.update(task, total=epochs * len(self))

    def __iter__(self) -> Any:
        batches: Iterator[Any] = super().__iter__()
        for batch in batches:
            if self._given == self.breaks_after > 0:
                raise _PowerCut
            self._given += 1
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
def _progress(*, shown: bool = True) -> Iterator[tuple[Progress, TaskID]]:
    columns = (TextColumn("Training"), BarColumn(), MofNCompleteColumn(), TextColumn("batches"))
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not shown) as progress:
        yield progress, progress.add_task("Training", total=None)


@contextmanager
def _ready() -> Iterator[Path]:
    """Gives the folder for the runs; an exercise that was not begun ends in one clear line."""
    from crystalball.curriculum.manifest import NotFound, find_root

    torch.set_num_threads(1)  # the models are so small that threads cost more than they bring
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
