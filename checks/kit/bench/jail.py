"""What the jail costs an answer: from the order to fork until its file is imported, and its end.

The floor is the same worker without a jail, measured in the same run.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from crystalball.jail.levels import JailLevel, find_level
from crystalball.jail.slot import Slot
from crystalball.processes.inside.reports import Loaded, LoadRequest

ROOT = Path(__file__).parents[3]
ANSWER = ROOT / "solutions" / "01_first_scalar.py"
ROUNDS = 50


def seconds(slot: Slot, scratch: Path) -> float:
    """Of one answer: forked, brought, imported, ended."""
    began = time.perf_counter()
    worker = slot.worker()
    path = worker.files.bring(ANSWER)
    log = worker.files.there(scratch / "log")
    worker.request(LoadRequest(path, "log_losses", ("losses", "log_dir"), log, limit=60))
    assert worker.loaded(60) == Loaded()
    worker.end()
    return time.perf_counter() - began


def main() -> None:
    """Prints a line for each step of the jail, as a multiple of none."""
    floor = 0.0
    for step in (JailLevel.NONE, JailLevel.CHILD, find_level()):
        slot = Slot(step, [ROOT])
        seconds(slot, Path("/tmp"))
        median = statistics.median(seconds(slot, Path("/tmp")) for _ in range(ROUNDS))
        slot.close()
        floor = floor or median
        print(f"{step:35} {1000 * median:6.1f} ms an answer, {median / floor:.2f} times the floor")


if __name__ == "__main__":
    main()
