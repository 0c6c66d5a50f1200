"""What the scripts of the exercises share: where runs go, a progress bar, and what is said of a run."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from torch import Tensor
from torch.utils.data import DataLoader

from crystalball import pixels

EPOCHS, SAMPLES, BATCH_SIZE = 20, 496, 32

console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


class Interruption(Exception):
    """Breaks a training off, as a power cut would."""


class LoaderWithProgress(DataLoader[tuple[Tensor, ...]]):
    """The sprites in batches; a progress bar moves with each.

    Attributes:
        breaks_after: batches after which it raises; 0 when it never does.
    """

    breaks_after = 0

    def __init__(
        self, bar: tuple[Progress, TaskID], epochs: int = EPOCHS, size: int = BATCH_SIZE, seed: int = 0
    ) -> None:
        generator = torch.Generator().manual_seed(seed)
        # Equally many batches, whatever their size: ranks must have that.
        data = pixels.sprite_set(SAMPLES * size // BATCH_SIZE, seed)
        super().__init__(data, size, shuffle=True, generator=generator)
        (self._progress, self._task), self._given = bar, 0
        self._progress.update(self._task, total=epochs * len(self))

    def __iter__(self) -> Any:
        batches: Iterator[Any] = super().__iter__()
        for batch in batches:
            if self._given == self.breaks_after > 0:
                raise Interruption
            self._given += 1
            yield batch
            self._progress.advance(self._task)


@contextmanager
def progress_bar(*, shown: bool = True) -> Iterator[tuple[Progress, TaskID]]:
    """A bar that counts the batches of a training.

    Args:
        shown: whether it is drawn; of several processes one draws it.
    """
    columns = (TextColumn("Training"), BarColumn(), MofNCompleteColumn(), TextColumn("batches"))
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not shown) as bar:
        yield bar, bar.add_task("Training", total=None)


@contextmanager
def script() -> Iterator[Path]:
    """Gives the folder for the runs; what a learner can mend ends in one clear line."""
    from crystalball.curriculum.manifest import NotFound, find_root  # here: it does not stand in the jail

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
    except NotFound as error:
        console.print(str(error), style="red")
        raise SystemExit(2) from None
    except OSError as error:
        console.print(f"Cannot write below {runs_dir}: {error}", style="red")
        raise SystemExit(2) from None


def scalars(path: Path, columns: Sequence[str] = ()) -> Any:
    """The scalars of all runs below a folder, as tbparse reads them: a row for each point.

    Args:
        path: the folder.
        columns: to have beside `step`, `tag` and `value`, by the names that tbparse has for them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas tells tbparse's authors what it will change
        from tbparse import SummaryReader  # here: nobody waits half a second for it before the training

        found = SummaryReader(str(path), extra_columns={*columns}, event_types={"scalars"}).scalars
    return found.reindex(columns=["step", "tag", "value", *columns])  # without a row, it has none of them


def show_run(log_dir: object, runs_dir: Path) -> None:
    """Says where a run is, how its curves end, and how to open it.

    Args:
        log_dir: what the learner's function returned.
        runs_dir: where all runs lie.
    """
    path = Path(str(log_dir))
    if not path.is_dir():
        console.print(f"Your function returned {log_dir!r}, which is no directory.", style="yellow")
        return
    console.print(f"The run is in {short(path)}")
    show_table(
        "Its curves end so, in the table `SummaryReader(log_dir).scalars` of tbparse:",
        scalars(path).groupby("tag").tail(2),
    )
    console.print(f"Open it with:  tensorboard --logdir {short(runs_dir)}")


def show_table(title: str, table: Any) -> None:
    """Prints the rows of a table, or that there are none.

    Args:
        title: a line above it.
        table: a pandas DataFrame.
    """
    if table.empty:
        console.print("tbparse finds no scalar there.", style="yellow")
    else:
        console.print(f"{title}\n{table.to_string(index=False)}")


def short(path: Path) -> Path:
    """A path from the current folder, where it lies below that.

    Args:
        path: the path.
    """
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
