"""What a learner's function is called with in a case, and what it finds in its folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import product
from pathlib import Path

from crystalball.cases.inside import parts
from crystalball.cases.inside.case import RUNS_DIR, SECONDS_TAKEN, Case, GivenRun, Losses, NewRuns
from crystalball.cases.inside.training import Training
from crystalball.processes.inside.training_objects import TrainingObjects
from crystalball.run_directory import TIME_FORMAT

NEIGHBOUR = "pixel_gen_lr0.5_29991231_235959"
"""A run that somebody else has begun since an interruption: the newest, and none of the learner's."""


def _log_dir(path: Path, case: Losses) -> Path:
    """A `log_dir`, which is there already where the case says so."""
    if case.made:
        path.mkdir(parents=True)
    return path


def _take_names(case: Training, runs_dir: Path) -> None:
    """Makes the directories of the names that are taken, from a second before now on."""
    now = int(time.time())
    for lr, second in product(case.taken, range(now - 1, now + SECONDS_TAKEN + 1)):
        name = f"pixel_gen_lr{lr}_{datetime.fromtimestamp(second):{TIME_FORMAT}}"
        (runs_dir / name).mkdir(parents=True, exist_ok=True)


def arguments(
    case: Case,
    folder: Path,
    hold: Callable[[], int] | None = None,
    call_index: int = 0,
    rank: int = 0,
) -> Iterator[dict[str, object]]:
    """What the learner's function is called with, by parameter name, once for each call.

    Args:
        case: the case.
        folder: the case's own folder, in which `RUNS_DIR` is the `runs_dir`.
        hold: see `TrainingObjects`.
        call_index: see `TrainingObjects`.
        rank: see `TrainingObjects`.
    """
    runs_dir = folder / RUNS_DIR
    if isinstance(case, Losses):
        yield {"losses": list(case.losses), "log_dir": _log_dir(runs_dir / case.folder, case)}
    elif isinstance(case, NewRuns):
        yield from case.arguments(runs_dir)
    elif isinstance(case, Training):
        checkpoint = folder / "checkpoint.pt"
        if case.find(parts.RelativeRunsDir):  # the worker stands in that folder
            runs_dir = Path(RUNS_DIR)
        if call_index and not checkpoint.exists():
            # Nothing was completed: whether it is begun anew in the same directory is nobody's affair.
            for left in folder.iterdir():
                shutil.rmtree(left, ignore_errors=True)
        elif call_index:
            (runs_dir / NEIGHBOUR).mkdir(parents=True, exist_ok=True)
        _take_names(case, folder / RUNS_DIR)
        objects = TrainingObjects(case, hold=hold, call_index=call_index, rank=rank)
        objects.disturb()
        given = vars(objects) | {"checkpoint": checkpoint, "save": objects.saver(checkpoint)}
        if case.find(parts.EarlyStop):
            given["config"] = objects.capstone(runs_dir)
        yield {**given, "runs_dir": runs_dir}
    elif isinstance(case, GivenRun):
        yield {"log_dir": case.write(runs_dir / "run")}
