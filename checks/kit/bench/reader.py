"""What the reader process costs a case, beside the same reading in the grader's own process.

    python checks/kit/bench/reader.py [turns]

The runs are those that the solutions of some exercises leave in their first cases; both ways take turns.
Time is that on a processor, of both processes together, so that a busy machine changes little. A reader
serves one answer: its start, which an answer's cases share, is shown by itself.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from crystalball.curriculum.manifest import curriculum
from crystalball.jail.collect import Copy
from crystalball.jail.forker import Forker
from crystalball.jail.levels import find_level
from crystalball.jail.reader import Reader
from crystalball.judging.session import JudgingSession
from crystalball.reading.budget import A_CASE
from crystalball.reading.event_log import RunsLeft, read_folder

ROOT = Path(__file__).parents[3]
EXERCISES = ("03", "12", "13", "14", "19")


def main() -> None:
    """Prints a line for each exercise."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    judging_session = JudgingSession(ROOT, ROOT / "solutions")
    with tempfile.TemporaryDirectory() as scratch, find_level().setup([ROOT]) as setup:
        forker = Forker(setup, setup.reader_plan)
        reader = Reader(forker, setup)
        reader.calls_in("", 60)  # the imports of its warm parent are done then
        starts = [started(reader) for _ in range(turns)]
        print(f"a reader starts in {statistics.median(starts):.2f} ms, once an answer")
        for number in EXERCISES:
            runs = Path(scratch) / number
            assert judging_session.judge(curriculum().find(number), runs=runs).passed
            source = os.open(runs / "case-1", os.O_RDONLY)
            ours, theirs = [], []
            for turn in range(turns):
                ours.append(milliseconds(lambda: here(source, runs / f"copy-{turn}")))  # noqa: B023  # called at once
                theirs.append(milliseconds(lambda: reader.read(source, 60), reader))  # noqa: B023  # called at once
            floor, median = statistics.median(ours), statistics.median(theirs)
            print(
                f"exercise {number}: {median:.2f} ms a case, {median / floor:.2f} times the floor, "
                f"{median - floor:+.2f} ms"
            )
        reader.end()
        forker.close()
    judging_session.close()


def here(source: int, copy: Path) -> RunsLeft:
    """The same in this process: a copy, and what it says."""
    copy.mkdir()
    Copy().folder(source, copy)
    return read_folder(copy, A_CASE)


def started(reader: Reader) -> float:
    """Milliseconds until a new reader has answered its first question."""
    reader.end()
    return milliseconds(lambda: reader.calls_in("", 60), reader)


def milliseconds(work: Callable[[], object], reader: Reader | None = None) -> float:
    """Time on a processor of some work, of a reader's part in it too."""
    began = time.process_time() + seconds_of(reader)
    work()
    return 1000 * (time.process_time() + seconds_of(reader) - began)


def seconds_of(reader: Reader | None) -> float:
    """The time that a reader has been on a processor."""
    if reader is None or reader._started is None:
        return 0.0
    facts = Path(f"/proc/self/fdinfo/{reader._started.pidfd}").read_text()
    (pid,) = (line.split()[1] for line in facts.splitlines() if line.startswith("Pid:"))
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


if __name__ == "__main__":
    main()
