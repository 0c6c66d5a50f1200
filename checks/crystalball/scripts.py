"""What an exercise does when it is run as a script: it trains on the sprites for real.

Each `show_` function calls what the learner wrote, with a progress bar on the screen, prints the ends of
the curves that tbparse finds in the run, and says how to open it. `todo` stands in what is not begun.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException, spawn
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball import pixels
from crystalball.capstone import Config
from crystalball.reading.records import event_files
from crystalball.run_directory import new_log_dir
from crystalball.script_parts import (
    BATCH_SIZE,
    EPOCHS,
    SAMPLES,
    Interruption,
    LoaderWithProgress,
    console,
    progress_bar,
    scalars,
    script,
    short,
    show_run,
    show_table,
)

RATE = 0.05
"""The learning rate, where an exercise does not choose it."""

DRAWING_EPOCHS = 60
"""After so many a generator draws sprites that one can name; 20 leave blobs."""

RANKS = 2
"""Processes that train together in exercise 17."""

NOT_BEGUN = 3
"""The exit code of a rank whose exercise was not begun."""


def todo() -> None:
    """Stands at the top of what a learner is to write, and is deleted to begin.

    It is declared to return, which it never does: below a `raise`, editors take the code for
    unreachable, grey it out and complete nothing.

    Raises:
        NotImplementedError: always.
    """
    __tracebackhide__ = True  # so that pytest's debugger stops at the line that calls it
    raise NotImplementedError("Do what each TODO in it says, and delete the line `scripts.todo()`.")


def show_log_losses(log_losses: Callable[[Sequence[float], Path], object]) -> None:
    """Trains, and lets exercise 1's function log the losses of the epochs.

    Args:
        log_losses: the learner's.
    """
    with script() as runs_dir:
        losses = _plain_losses()
        log_dir = new_log_dir(runs_dir, RATE)
        log_losses(losses, log_dir)
        show_run(log_dir, runs_dir)


def show_new_run(new_run: Callable[[Path, float, datetime], Path]) -> None:
    """Lets exercise 2's function make a run directory, then trains and logs into it.

    Args:
        new_run: the learner's.
    """
    with script() as runs_dir:
        log_dir = new_run(runs_dir, RATE, datetime.now())
        with SummaryWriter(log_dir, purge_step=1) as writer:  # a second file that says why it is there
            for epoch, loss in enumerate(_plain_losses(), start=1):
                writer.add_scalar("Loss/Train", loss, epoch)
        show_run(log_dir, runs_dir)


def show_train(train: Callable[..., Path]) -> None:
    """Lets a training function train on the sprites, with the objects that its exercise names.

    Args:
        train: the learner's.
    """
    with script() as runs_dir:
        epochs = DRAWING_EPOCHS if "generator" in _parameters() else EPOCHS
        with progress_bar() as bar:
            loader = LoaderWithProgress(bar, epochs)
            log_dir = _call(train, loader, runs_dir, epochs=epochs, every=epochs // 5)
        show_run(log_dir, runs_dir)


def _parameters() -> tuple[str, ...]:
    """What the function of this script's exercise is given, by the manifest.

    Raises:
        NotFound: the script has not the name of an exercise.
    """
    from crystalball.curriculum.manifest import NotFound, curriculum  # here: it does not stand in the jail

    script = Path(sys.argv[0])
    try:
        return curriculum().find(script.stem).parameters
    except NotFound:
        exercise = curriculum().exercises[-1].id
        raise NotFound(
            f"{script.name}: what to train with depends on the exercise, and this name is none. "
            f"Give the file the name that it has in exercises/, such as {exercise}.py."
        ) from None


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


def show_sweep(sweep: Callable[..., dict[float, Path]]) -> None:
    """Lets exercise 10's function train with several learning rates, and says which was best.

    Args:
        sweep: the learner's.
    """
    lrs = (0.1, 0.02, 0.005)

    def make_model() -> nn.Module:
        torch.manual_seed(0)
        return pixels.SpriteClassifier()

    def make_optimizer(parameters: Iterable[nn.Parameter], lr: float) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr=lr)

    with script() as runs_dir:
        with progress_bar() as bar:
            loader = LoaderWithProgress(bar, EPOCHS * len(lrs))
            loss_fn = nn.CrossEntropyLoss()
            log_dirs = sweep(make_model, make_optimizer, loader, loss_fn, lrs, EPOCHS, runs_dir)
        if isinstance(log_dirs, dict):
            _show_best(log_dirs, runs_dir)
        else:
            console.print(f"Your function returned {log_dirs!r}, which is no dict.", style="yellow")


def _show_best(log_dirs: dict[float, Path], runs_dir: Path) -> None:
    """Picks the best learning rate of a sweep from one table of all runs."""
    rates = {Path(log_dir).name: lr for lr, log_dir in log_dirs.items()}
    table = scalars(runs_dir, ["dir_name"])
    table.insert(0, "lr", table.pop("dir_name").map(rates))  # none for the runs of earlier days
    ends = table[table["tag"] == "Loss/Train"].groupby("lr").tail(1).sort_values("value")
    show_table("The ends of this sweep, out of one table that tbparse makes of all runs:", ends)
    if not ends.empty:
        console.print(f"The best learning rate is {ends['lr'].iloc[0]}: its curve ends lowest.")
    console.print(f"Open them with:  tensorboard --logdir {short(runs_dir)}")


def show_resume(train: Callable[..., Path]) -> None:
    """Interrupts exercise 16's function half-way, and lets it go on.

    Args:
        train: the learner's.
    """
    with script() as runs_dir, TemporaryDirectory() as folder:
        checkpoint = Path(folder) / "checkpoint.pt"

        def save(state: object) -> None:
            torch.save(state, checkpoint)

        with progress_bar() as bar:
            loader = LoaderWithProgress(bar)
            loader.breaks_after = len(loader) * EPOCHS // 2 + 5
            try:
                log_dir = _call(train, loader, runs_dir, checkpoint=checkpoint, save=save)
            except Interruption:
                console.print("Interrupted in the middle of an epoch. It is called again.")
                loader.breaks_after = 0
                log_dir = _call(train, loader, runs_dir, checkpoint=checkpoint, save=save)
        show_run(log_dir, runs_dir)


def show_ranks(train: Callable[..., Path | None]) -> None:
    """Lets two processes call exercise 17's function, each with its part of the sprites.

    Args:
        train: the learner's.
    """
    with script() as runs_dir, TemporaryDirectory() as folder:
        found = Path(folder) / "log_dir"
        try:
            spawn(_rank, (train, runs_dir, Path(folder) / "rendezvous", found), RANKS)  # type: ignore[no-untyped-call]  # torch's has no types
        except ProcessExitedException as error:
            if error.exit_code == NOT_BEGUN:
                todo()
            raise SystemExit(str(error)) from None
        except ProcessRaisedException as error:
            raise SystemExit(str(error)) from None
        show_run(found.read_text(encoding="utf-8"), runs_dir)


def _rank(rank: int, train: Callable[..., object], runs_dir: Path, rendezvous: Path, found: Path) -> None:
    """One of the processes; rank 0 shows the progress, and leaves the `log_dir` in a file."""
    torch.set_num_threads(1)
    init_method = rendezvous.as_uri()
    torch.distributed.init_process_group("gloo", init_method=init_method, rank=rank, world_size=RANKS)
    model, optimizer = _model()
    model = nn.parallel.DistributedDataParallel(model)
    with progress_bar(shown=rank == 0) as bar:
        loader = LoaderWithProgress(bar, size=BATCH_SIZE - 8 * rank, seed=rank)
        try:
            log_dir = train(rank, RANKS, model, loader, nn.CrossEntropyLoss(), optimizer, EPOCHS, runs_dir)
        except NotImplementedError:
            raise SystemExit(NOT_BEGUN) from None
    if rank == 0:
        found.write_text(str(log_dir), encoding="utf-8")
    torch.distributed.destroy_process_group()


def show_diagnose(diagnose: Callable[[Path], set[str]]) -> None:
    """Lets exercise 18's function look at every run below `runs/`, and at three that are broken.

    Args:
        diagnose: the learner's.
    """
    # Imported here: a graded answer to 18 must not find what makes its runs.
    from crystalball.cases.broken_runs import make
    from crystalball.cases.event_files import write

    with script() as runs_dir, TemporaryDirectory() as folder:
        made = {
            "healthy": (),
            "twisted": ("out_of_order", "nan"),
            "torn": ("unpurged_restart", "truncated"),
        }
        for seed, (name, faults) in enumerate(made.items()):
            write(Path(folder) / name, make(seed, 9, faults))
        for base in (Path(folder), runs_dir):
            for log_dir, _ in event_files(base):
                names = ", ".join(sorted(diagnose(log_dir))) or "nothing"
                console.print(f"{short(log_dir) if base is runs_dir else log_dir.name}: {names}")
        console.print(f"The first three were made for this; the others are below {short(runs_dir)}")


def show_capstone(train: Callable[[Config], Path]) -> None:
    """Lets exercise 19's function train a generator, with all parts in one object.

    Args:
        train: the learner's.
    """
    rate = 1.0
    with script() as runs_dir:
        with progress_bar() as bar:
            loader = LoaderWithProgress(bar)
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
        show_run(log_dir, runs_dir)


def _model(generator: bool = False) -> tuple[nn.Module, torch.optim.Optimizer]:
    """A model with the same first weights each time, and what optimizes it."""
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
    with progress_bar() as bar:
        loader = LoaderWithProgress(bar)
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
