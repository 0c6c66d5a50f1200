"""Makes an outcome of what a case really left: its event logs, and what the worker reports."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crystalball.cases.inside.case import RUNS_DIR
from crystalball.outcomes.outcome import LOADER_ERROR, Curve, End, Outcome, Run
from crystalball.processes.inside.reports import (
    Call,
    Raised,
    ReturnedDict,
    ReturnedOther,
    ReturnedPath,
    ReturnedSet,
)
from crystalball.processes.workshop import ZONE_SECONDS
from crystalball.reading.event_log import EventLog
from crystalball.reading.values import HPARAMS, LAYOUT, Value
from crystalball.run_directory import read_name

CLOCK, UTC_CLOCK = "<clock>", "<UTC clock>"
"""Stand in a run's name for a time that lies within the call, by the local clock or by UTC."""


GLOO = ("/gloo/", "Application timeout caused pair closure")
"""One of these stands in each error of a call of all ranks: a path of gloo's, or the one text without."""

IN_A_COLLECTIVE_CALL = " in a collective call"
"""Follows the type of an exception that a call of all ranks raised."""


@dataclass(frozen=True)
class NoEnd:
    """A call that came to no end.

    Attributes:
        status: what became of it instead.
    """

    status: str


@dataclass(frozen=True)
class Window:
    """The time that a case took, in seconds since the epoch."""

    start: float
    end: float

    def holds(self, local: datetime, ahead: int) -> bool:
        """Whether a time of whole seconds, `ahead` seconds ahead of UTC, lies in the window."""
        time = (local.replace(tzinfo=UTC) - timedelta(seconds=ahead)).timestamp()
        return int(self.start) <= time <= self.end


def canonical(name: str, window: Window | None = None) -> str:
    """A run's name without what the convention leaves free: how `lr` is written, and a suffix."""
    read = read_name(name)
    if read is None:
        return name
    time = f"{read.time:%Y%m%d_%H%M%S}"
    if window is not None and window.holds(read.time, ZONE_SECONDS):
        time = CLOCK
    elif window is not None and window.holds(read.time, 0):
        time = UTC_CLOCK
    return f"pixel_gen_lr{read.lr!r}_{time}"


def observe(
    folder: Path,
    logs: Sequence[EventLog],
    calls: Sequence[Call | NoEnd],
    contract: Iterable[str],
    window: Window,
    views: Sequence[Sequence[EventLog]] = (),
    directories: int = 0,
) -> Outcome:
    """Makes an outcome of one case.

    Args:
        folder: the case's own folder, as the worker names it; `RUNS_DIR` in it is the `runs_dir`.
        logs: every directory below it that holds event files, in the order of their begin.
        calls: what the worker reports of each call.
        contract: the tags of the contract. Directories without points of these tags are somebody
            else's when another one has some.
        window: the time that the case took.
        views: the logs that could be read at each look from outside while it trained.
        directories: folders in the `runs_dir`.
    """
    below = [log for log in logs if any(other.path in log.path.parents for other in logs)]
    speaking = [log for log in logs if any(p.tag in set(contract) for p in log.points)]
    mains = [log for log in logs if log not in below]
    chosen = speaking or [log for log in mains if log.points] or mains
    runs = tuple(_run(log, folder, set(contract) if speaking else None, window) for log in chosen)
    paths, names = [log.path for log in chosen], [run.name for run in runs]
    ends = tuple(_end(call, folder, paths, names) for call in calls)
    strays = tuple(_below(log.path, folder) for log in below)
    writers = sum(call.open_writers for call in calls if isinstance(call, Call))
    return Outcome(runs, ends, writers, _seen_epochs(views, contract), directories, strays=strays)


def count_directories(folder: Path) -> int:
    """The folders in the `runs_dir` of a case's own folder, the empty ones too."""
    runs_dir = folder / RUNS_DIR
    return (
        sum(entry.is_dir(follow_symlinks=False) for entry in os.scandir(runs_dir))
        if runs_dir.is_dir()
        else 0
    )


def _seen_epochs(views: Sequence[Sequence[EventLog]], contract: Iterable[str]) -> tuple[int, ...]:
    """At each look, the epochs that stand in full under every tag of the contract.

    What stands there of the epoch that is being trained counts for nothing.
    """
    tags = [[point.tag for log in logs for point in log.points] for logs in views]
    return tuple(min(index, *(tags[index].count(tag) for tag in contract)) for index in range(len(tags)))


def _run(log: EventLog, folder: Path, contract: set[str] | None, window: Window) -> Run:
    points: dict[str, list[tuple[int, Value]]] = {}
    for point in log.points:
        points.setdefault(point.tag, []).append((point.step, point.value))
    files = [
        file
        for file in log.files
        if file.empty or any(contract is None or p.tag in contract for p in file.points)
    ]
    # `add_hparams` opens a file of its own in the run, which is no second writer.
    files = [file for file in files if all(p.tag != HPARAMS for p in file.points)] or files[:1]
    curves = {tag: Curve.of(pairs) for tag, pairs in points.items()}
    numbers = [tag for tag, curve in curves.items() if isinstance(curve.values[0], float)]
    if LAYOUT in curves:
        curves[LAYOUT] = curves[LAYOUT].map(lambda step, layout: (step, layout.resolved(numbers)))
    return Run(
        canonical(_below(log.path, folder / RUNS_DIR), window),
        curves,
        len(files),
        len(log.files),
        log.path.relative_to(folder).as_posix(),
    )


def _below(path: Path, runs_dir: Path) -> str:
    """Where a path lies, from the `runs_dir`: `.` is that itself, `../…` is outside."""
    return Path(os.path.relpath(path, runs_dir)).as_posix()


def _end(call: Call | NoEnd, folder: Path, runs: list[Path], names: list[str]) -> End:
    if isinstance(call, NoEnd):
        return End("ended", call.status)
    match call.end:
        case Raised() as raised:
            return End("raised", LOADER_ERROR if raised.planned else _exception(raised))
        case ReturnedDict(items):
            return returned_dict({key: _place(one, folder, runs, names) for key, one in items})
        case ReturnedSet(members):
            return returned_set(members)
        case ReturnedPath() | ReturnedOther() as returned:
            numbers = [f"run {n}" for n in range(len(runs))]
            return End("returned", _place(returned, folder, runs, numbers))


def _exception(raised: Raised) -> str:
    """The type of an exception; gloo's own `RuntimeError` is told from all others."""
    return f"{raised.type}{IN_A_COLLECTIVE_CALL * in_a_collective_call(raised.text)}"


def in_a_collective_call(text: str) -> bool:
    """Whether these are the words of a call that other ranks did not join."""
    return any(sign in text for sign in GLOO)


def returned_dict(places: Mapping[str, str]) -> End:
    """A call that returned a dict: from the text of a key to the name of a run."""
    told = ", ".join(f"{key}: {place}" for key, place in sorted(places.items()))
    return End("returned", f"{{{told}}}")


def returned_set(names: Iterable[str]) -> End:
    """A call that returned a set of names."""
    told = ", ".join(map(repr, sorted(names)))
    return End("returned", f"{{{told}}}" if told else "set()")


def names_of(end: End) -> set[str] | None:
    """The names in the set that a call returned; `None` when it returned none."""
    if end.how != "returned" or not end.what.startswith(("{", "set()")):
        return None
    return set(re.findall(r"'(\w+)'", end.what))


def _place(value: ReturnedPath | ReturnedOther, folder: Path, runs: list[Path], names: list[str]) -> str:
    """A returned path by the name of its run; what is none, in words."""
    if isinstance(value, ReturnedOther):
        return value.text
    path = Path(value.path)
    if path in runs:
        return names[runs.index(path)]
    return f"{value.type}({_below(path, folder)!r})"
