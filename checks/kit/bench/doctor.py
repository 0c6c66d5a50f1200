"""How fast the doctor reads, and how much memory it takes.

    python checks/kit/bench/doctor.py [scalars] [turns]

Floor: a bare walk over the records of the same file, with their checksums. Both run in turns. The peak
is that of the whole process, Python and its imports included. (Linux and macOS.)
"""

import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from crystalball.cases.event_files import TAGS, Draft, Scalar, healthy_scalars
from crystalball.doctor import examine, read
from crystalball.reading.records import records


def main() -> None:
    """Measures in turns, and prints both and their ratio."""
    scalars = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    turns = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.out.tfevents.1700000000.host.1.0"
        _write(path, scalars)
        floor, judged = [], []
        for _ in range(turns):
            floor.append(_seconds(lambda: sum(1 for _ in records(path))))
            judged.append(_seconds(lambda: examine(read([Path(folder)]))))
    ratio = statistics.median(j / f for j, f in zip(judged, floor, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024**2 if sys.platform == "darwin" else 1024
    )
    print(f"{scalars} scalars: floor {min(floor):.2f} s, doctor {min(judged):.2f} s (best of {turns})")
    print(f"ratio {ratio:.1f} (median), {scalars / min(judged):,.0f} scalars/s, peak {peak:.0f} MiB")


def _write(path: Path, scalars: int) -> None:
    """Writes a file piece by piece, so that its making does not count as memory of the doctor."""
    tags, began, rng = len(TAGS), 1.7e9, random.Random(0)
    with path.open("wb") as file:
        for start in range(0, scalars // tags, 1000):
            points = healthy_scalars(rng, began + 2 * start, min(1000, scalars // tags - start))
            draft = Draft([_moved(point, start) for point in points])
            pieces = draft.records()
            header = next(pieces)
            file.writelines(pieces if start else [header, *pieces])


def _moved(point: Scalar, start: int) -> Scalar:
    return Scalar(point.tag, point.step + start, point.value, point.time)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
