"""Streams the event files below some folders into summaries; whatever they hold, memory is bounded."""

from __future__ import annotations

import math
import multiprocessing
from array import array
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, field
from itertools import starmap
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from crystalball.doctor.summaries import CurveSummary, FileSummary, Runs, RunSummary, as_arrays
from crystalball.reading.events import events, is_restart, plugin_of, scalar
from crystalball.reading.records import event_files, open_regular

LONGEST_PARSED_RECORD = 1 << 20
"""Bytes of a record that is parsed; protobuf makes up to a hundred times as much of it. A longer one
(a large image) counts as something that was logged, and no more."""

LONGEST_TAG = 300
"""Characters of a tag that are kept."""

MOST_CURVES, MOST_FILES = 10_000, 50_000
"""Curves and event files that are looked at, in all."""

BUFFERED = 250_000
"""Points that wait for being summed up."""

BACKWARDS = 1.0
"""Seconds by which a clock may go back: threads that log at once differ by less."""


class NoRuns(Exception):
    """There is nothing to look at; the message says what to do."""


Advance = Callable[[int, int], None]
"""Is told how many event files were read, and of how many."""


def read(paths: Iterable[Path], advance: Advance = lambda done, total: None, jobs: int = 1) -> Runs:
    """Reads every run below some folders (or single event files).

    Args:
        paths: what a user named, in this order.
        advance: is told how far it is.
        jobs: processes that read, each a run at a time; this one alone for 1.

    Raises:
        NoRuns: a path is not there, cannot be read, or holds no event file; or a process was lost.
    """
    found, left, done = Runs(), MOST_CURVES, 0
    places, found.left_out = _places(paths)
    total = sum(map(len, places.values()))
    try:
        with closing(_all_runs(places, jobs)) as runs:
            for run, full in runs:
                found.by_path[run.path] = run
                surplus = list(run.curves)[left:]
                for tag in surplus:
                    del run.curves[tag]
                left -= len(run.curves)
                done += len(places[run.path])
                advance(done, total)
                if full or surplus:
                    found.left_out = run.path
                    break
    except BrokenProcessPool:
        raise NoRuns("A process that reads was ended: is there memory left? Give fewer --jobs.") from None
    return found


def _all_runs(places: Mapping[Path, Sequence[Path]], jobs: int) -> Generator[tuple[RunSummary, bool]]:
    """Reads runs, and says of each whether it has more curves than are looked at; they come in order."""
    if jobs == 1 or len(places) == 1:
        yield from starmap(_read_run, places.items())
        return
    fresh = multiprocessing.get_context(
        "spawn"
    )  # who shows how far it is has a thread, which no fork survives
    with ProcessPoolExecutor(min(jobs, len(places)), fresh) as pool:
        yield from pool.map(_read_run, places, places.values())


def _read_run(place: Path, files: Sequence[Path]) -> tuple[RunSummary, bool]:
    reader = _Reader()
    return reader.run(place, files), reader.full


def _places(paths: Iterable[Path]) -> tuple[dict[Path, list[Path]], Path | None]:
    """The folders with event files, and the first of them that is too much.

    Raises:
        NoRuns: a path is not there, cannot be read, or holds no event file.
    """
    places: dict[Path, list[Path]] = {}
    left, left_out = MOST_FILES, None
    for path in paths:
        place = None
        for place, files in _below(path):
            left -= len(files)
            if left < 0:
                left_out = left_out or place
                break
            places.setdefault(place, files)
        if place is None:
            raise NoRuns(f"{path}: no event file here or below. Name the folder that TensorBoard is given.")
    return places, left_out


def _below(path: Path) -> Iterable[tuple[Path, list[Path]]]:
    """The folders with event files below a path that a user named."""
    try:
        if path.is_dir():
            next(path.iterdir(), None)  # says now if it may not be listed
            return event_files(path)
        # Whoever names a link to a file means the file.
        file = path.resolve()
        open_regular(file).close()
        return [(file.parent, [file])]
    except FileNotFoundError:
        raise NoRuns(f"{path}: there is no such file or folder.") from None
    except (OSError, ValueError) as error:
        raise NoRuns(f"{path}: cannot be read: {getattr(error, 'strerror', error)}.") from None


@dataclass(slots=True)
class _Waiting:
    """Points of a curve that wait for being summed up, and when the first and the last were logged."""

    began: float
    ended: float = 0.0
    steps: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))


class _Reader:
    """Reads a run.

    Attributes:
        full: it has met more curves than it may look at.
    """

    def __init__(self) -> None:
        self.full = False
        self._curves = 0
        self._waiting: dict[str, _Waiting] = {}
        self._count = 0

    def run(self, place: Path, paths: Iterable[Path]) -> RunSummary:
        """Reads one run directory."""
        run = RunSummary(place)
        for began, path in sorted(
            (_began(path), path) for path in paths if path.suffix != ".profile-empty"
        ):
            run.files.append(FileSummary(path, began, began))
            self._file(run, run.files[-1])
        return run

    def _file(self, run: RunSummary, file: FileSummary) -> None:
        try:
            for event in events(file.path, LONGEST_PARSED_RECORD):
                if event is None:
                    file.data = True
                    continue
                step, time = event.step, event.wall_time
                if time > file.ended:
                    file.ended = time
                elif time < file.ended - BACKWARDS:
                    file.note_clock(step, file.ended - time)
                values = event.summary.value
                for value in values:  # in one loop without calls, as there may be millions
                    number = value.simple_value
                    if not number and not value.HasField("simple_value"):
                        number = self._number(file, value)
                    if number is not None:
                        waiting = self._waiting.get(value.tag) or self._first(value.tag, time)
                        waiting.steps.append(step)
                        waiting.values.append(number)
                        waiting.ended = time
                self._count += len(values)
                if not values:
                    self._without_values(run, file, event)
                elif self._count >= BUFFERED or len(self._waiting) > MOST_CURVES:
                    self._sum_up(run)
        except (ValueError, OSError) as damage:
            file.damage = damage
        self._sum_up(run)

    def _without_values(self, run: RunSummary, file: FileSummary, event: Event) -> None:
        if is_restart(event):
            self._sum_up(run)
            for curve in run.curves.values():
                curve.purge(max(event.step, -(2**62)))
        elif event.WhichOneof("what") not in ("summary", "file_version", "session_log", None):
            file.data = True

    def _number(self, file: FileSummary, value: Summary.Value) -> float | None:
        """The number of a tensor that is a scalar; of all else, notes what it is."""
        number = scalar(value)
        if number is None:
            file.data = True
            file.hparams = file.hparams or plugin_of(value) == "hparams"
        return number

    def _first(self, tag: str, time: float) -> _Waiting:
        """Where the points of a curve wait, the first of which was logged at some time."""
        return self._waiting.setdefault(tag[:LONGEST_TAG], _Waiting(time))

    def _sum_up(self, run: RunSummary) -> None:
        """Lets the curves of a run take the points that wait."""
        file = run.files[-1]
        for tag, waiting in self._waiting.items():
            file.note(waiting.steps)
            curve = run.curves.get(tag) or self._new(run, tag, waiting.began)
            if curve is not None:
                curve.ended = waiting.ended
                curve.take(len(run.files) - 1, *as_arrays(waiting.steps, waiting.values))
        self._waiting, self._count = {}, 0

    def _new(self, run: RunSummary, tag: str, began: float) -> CurveSummary | None:
        """A new curve of a run; `None` when there were too many."""
        self.full = self._curves >= MOST_CURVES
        if self.full:
            return None
        self._curves += 1
        return run.curves.setdefault(tag, CurveSummary(tag, began=began))


def _began(path: Path) -> float:
    """The `wall_time` of a file's first record; 0 where it has none that can be read."""
    try:
        event = next(events(path, LONGEST_PARSED_RECORD), None)
    except (ValueError, OSError):
        return 0.0
    return float(event.wall_time) if event and math.isfinite(event.wall_time) else 0.0
