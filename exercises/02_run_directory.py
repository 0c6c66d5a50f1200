"""Exercise 2: a directory for each run.

TensorBoard takes each directory with event files for one run, and shows its path as the run's
name. So every training needs a directory of its own, with a name that tells what it was. Two
trainings that share one are drawn as one tangled curve.
"""

from datetime import datetime
from pathlib import Path

from crystalball import scripts  # No such module? First: source .venv/bin/activate


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    """Makes a fresh run directory, and marks in it that a run was started.

    Args:
        runs_dir: where all runs lie; it may not exist yet.
        lr: the learning rate, such as 0.001.
        now: the local time, naive (without a time zone): take it as it is.

    Returns:
        The path of the new directory, a `Path` or a `str`:
        `runs_dir / "pixel_gen_lr<lr>_<YYYYmmdd_HHMMSS>"`, for example
        `runs/pixel_gen_lr0.001_20231027_103000`. `<lr>` is the number that was given, with all its
        digits, in any way of writing that `float()` reads back (`0.00001` and `1e-05` are the same).
        The date is year, month, day; the time is hours from 00 to 23, minutes, seconds, each with all
        its digits, and no part of a second: all of `now`, not of the clock. No colons anywhere, so that it
        works on Windows too.

        Every call makes another directory, also two calls with the same `lr` and `now`, in one program
        or in two. A suffix `_<anything>` may follow the name, and must where the name is taken.

    What must be logged, in that directory: 1.0 under the tag `Started`, at step 0. One
    `SummaryWriter` writes it, and it is closed when the function ends.
    """
    # TODO: build the name, make it unique, log `Started`, return the path. Delete the next line.
    scripts.todo()


if __name__ == "__main__":
    scripts.show_new_run(new_run)
