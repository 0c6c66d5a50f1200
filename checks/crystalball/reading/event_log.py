"""The event log: all that one run directory says, read on the trusted side.

The records are read here one by one, with their checksums. tbparse is the second witness in the
kit's tests, not the reader: it loses the order in which points were logged, says nothing of a
truncated file or a bad checksum, and takes 4 to 13 ms for a run that takes 0.3 ms here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import msgspec
from google.protobuf.message import DecodeError

from crystalball.reading.budget import Budget, TooMuch
from crystalball.reading.events import events, is_restart
from crystalball.reading.outside import outside_name
from crystalball.reading.records import directories
from crystalball.reading.summary_values import graph_of, values_of
from crystalball.reading.values import GRAPH, LAYOUT, Layout, Value

LONGEST_PARSED = 4 * 1024 * 1024
"""Bytes of a record that is parsed: protobuf makes up to a hundred times as much of it."""

MOST_TRIED = 20_000
"""Patterns of a layout times the curves that they are tried on, at most."""


class Point(msgspec.Struct, frozen=True, tag=True):
    """What was logged at one step.

    Attributes:
        tag: as it was logged, through the door for names; of what describes the whole run, a name of
            `values`.
        step: its `global_step`.
        value: a float32, widened; or what else it is.
        wall_time: seconds since the epoch.
    """

    tag: str
    step: int
    value: Value
    wall_time: float


class Restart(msgspec.Struct, frozen=True, tag=True):
    """A writer with `purge_step` began here: what had been logged from this step on is void."""

    step: int


@dataclass(frozen=True)
class EventFile:
    """One event file.

    Attributes:
        path: of the file.
        began: the `wall_time` of its first record; 0 when it has none.
        entries: its points and restarts, in the order in which they were logged.
        empty: it holds nothing at all: a writer was made and not used.
        damage: what is wrong with the file, `None` when it is whole.
    """

    path: Path
    began: float
    entries: tuple[Point | Restart, ...]
    empty: bool
    damage: str | None

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """Its points, purged or not, in the order in which they were logged."""
        return tuple(entry for entry in self.entries if isinstance(entry, Point))


@dataclass(frozen=True)
class EventLog:
    """One run directory: its event files, in the order in which they were begun."""

    path: Path
    files: tuple[EventFile, ...]

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """The points of all files as TensorBoard shows them: without those that a restart purged."""
        kept: list[Point] = []
        purged_from = math.inf  # by a restart that was logged later
        for entry in reversed([entry for file in self.files for entry in file.entries]):
            if isinstance(entry, Restart):
                purged_from = min(purged_from, entry.step)
            elif entry.step < purged_from:
                kept.append(entry)
        return tuple(reversed(kept))

    def with_layouts(self) -> EventLog:
        """The log in which the layouts name the curves that they draw.

        Raises:
            TooMuch: there are more patterns and curves than are tried.
        """
        if not any(point.tag == LAYOUT for point in self.points):
            return self
        curves = {point.tag: point.value for point in reversed(self.points)}  # the first value of each
        numbers = [tag for tag, value in curves.items() if isinstance(value, float)][::-1]

        def resolved(entry: Point | Restart) -> Point | Restart:
            if isinstance(entry, Restart) or not isinstance(entry.value, Layout):
                return entry
            if sum(map(len, entry.value.charts)) * len(numbers) > MOST_TRIED:
                raise TooMuch("a layout with more patterns than can be tried on all curves")
            return msgspec.structs.replace(entry, value=entry.value.resolved(numbers))

        files = (replace(file, entries=tuple(map(resolved, file.entries))) for file in self.files)
        return EventLog(self.path, tuple(files))


@dataclass(frozen=True)
class RunsLeft:
    """What a program left in a folder.

    Attributes:
        logs: every directory below it (and itself) that holds event files, in the order of their begin.
        folders: every folder below it, the empty ones too.
    """

    logs: tuple[EventLog, ...] = ()
    folders: tuple[Path, ...] = ()

    def moved(self, old: Path, new: Path) -> RunsLeft:
        """The same with other paths.

        Args:
            old: the folder.
            new: what it is called instead.
        """
        logs = (replace(log, path=new / log.path.relative_to(old)) for log in self.logs)
        return RunsLeft(tuple(logs), tuple(new / one.relative_to(old) for one in self.folders))


def read_folder(folder: Path, most: Budget | None = None) -> RunsLeft:
    """Reads all that a program left in a folder. Links are not followed.

    Args:
        folder: where to look.
        most: what is read of all of it together; all without it.

    Raises:
        TooMuch: there is more.
    """
    budget = replace(most) if most else Budget()
    logs, folders = [], []
    for place, paths in directories(folder):
        folders.append(place)
        budget.spend(entries=len(paths), parts=1)  # an empty file and an empty folder are not for nothing
        files = [read_file(path, budget) for path in paths]
        files.sort(key=lambda file: (file.began, file.path.name))
        logs += [EventLog(place, tuple(files)).with_layouts()] if files else []
    logs.sort(key=lambda log: (log.files[0].began, log.path))
    return RunsLeft(tuple(logs), tuple(folders[1:]))


def read_runs(folder: Path, most: Budget | None = None) -> tuple[EventLog, ...]:
    """The event logs of `read_folder`.

    Args:
        folder: see there.
        most: see there.

    Raises:
        TooMuch: see there.
    """
    return read_folder(folder, most).logs


def read_file(path: Path, budget: Budget | None = None) -> EventFile:
    """Reads one event file, up to the first damage.

    Args:
        path: of the file.
        budget: pays for what is read; without it, all is.

    Raises:
        TooMuch: there is more in it than the budget allows.
    """
    budget = budget or Budget()
    began, empty, damage = 0.0, True, None
    entries: list[Point | Restart] = []
    metrics: list[str] = []
    tags: set[str] = set()
    try:
        size = path.lstat().st_size
        budget.spend(size=size)
        for event in events(path, LONGEST_PARSED, most=size):
            if event is None:
                raise TooMuch(f"a record of more than {LONGEST_PARSED} bytes")
            budget.spend(entries=1 + len(event.summary.value))
            began = began or event.wall_time
            empty = empty and event.WhichOneof("what") in ("file_version", None)
            if is_restart(event):
                entries.append(Restart(event.step))
            if event.HasField("graph_def"):
                entries.append(Point(GRAPH, event.step, graph_of(event.graph_def, budget), event.wall_time))
            for value in event.summary.value:
                for tag, read in values_of(value, metrics, budget):
                    budget.spend(tags=tag not in tags)
                    tags.add(tag)
                    entries.append(Point(outside_name(tag), event.step, read, event.wall_time))
    except (ValueError, LookupError, DecodeError, OSError) as error:
        damage = str(error)
    return EventFile(path, began, tuple(entries), empty, damage)
