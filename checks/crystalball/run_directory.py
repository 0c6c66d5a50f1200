"""The name of a run directory: the convention of the course, written and read.

`pixel_gen_lr<lr>_<YYYYmmdd_HHMMSS>`, in local time, with a suffix `_<anything>` where the name is
taken. No colons, so that it works on every file system.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

TIME_FORMAT = "%Y%m%d_%H%M%S"


def new_log_dir(runs_dir: Path, lr: float) -> Path:
    """Makes a fresh run directory, named for the learning rate and the local time.

    This is what exercise 2 teaches; later exercises hand it to the learner.

    Args:
        runs_dir: where the run directories lie; made when it does not exist.
        lr: the learning rate.

    Returns:
        The new, empty directory.
    """
    name = f"pixel_gen_lr{lr}_{datetime.now():{TIME_FORMAT}}"
    for number in count(1):
        log_dir = Path(runs_dir) / (name if number == 1 else f"{name}_{number}")
        try:
            log_dir.mkdir(parents=True)
        except FileExistsError:
            continue
        return log_dir
    raise AssertionError("unreachable")


@dataclass(frozen=True)
class ParsedName:
    """What a name says when it follows the convention.

    Attributes:
        lr: the learning rate.
        time: the local time, in whole seconds.
        suffix: what follows the time, `""` or `_<anything>`.
    """

    lr: float
    time: datetime
    suffix: str


def read_name(name: str) -> ParsedName | None:
    """Reads the name of a run directory.

    Args:
        name: without the folders above it.

    Returns:
        What it says; `None` when it does not follow the convention.
    """
    match = re.fullmatch(r"pixel_gen_lr([^_]+)_(\d{8}_\d{6})(_[^/]+)?", name)
    if match is None or ":" in name:
        return None
    lr, time, suffix = match.groups(default="")
    try:
        return ParsedName(float(lr), datetime.strptime(time, TIME_FORMAT), suffix)
    except ValueError:
        return None
