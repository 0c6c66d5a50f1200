"""Makes an outcome of what a case really left: its event logs, and what the worker reports."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from crystalball.cases.inside.case import RUNS_DIR
from crystalball.outcomes.end import (
    LOADER_ERROR,
    End,
    Names,
    OtherPath,
    Paths,
    Raised,
    Returned,
    RunPath,
    Unfinished,
)
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.outcomes.run_name import ConventionalName, RunName, Window, canonical
from crystalball.processes.inside import reports
from crystalball.reading.event_log import EventLog
from crystalball.reading.values import HPARAMS, LAYOUT, Layout, Value

MOST_LAYOUTS, MOST_PATTERNS = 10, 100
"""Layouts of a run, and patterns of each, that are looked for among the tags of a contract."""

GLOO = ("/gloo/", "Application timeout caused pair closure")
"""One of these stands in each error of a call of all ranks: a path of gloo's, or the one text without."""


def observe(
    folder: Path,
    logs: Sequence[EventLog],
    calls: Sequence[reports.Call | Unfinished],
    contract: Iterable[str],
    window: Window,
    views: Sequence[Sequence[EventLog]] = (),
    folders: Iterable[Path] = (),
) -> Outcome:
    """Makes an outcome of one case.

    Args:
        folder: the case's own folder, as the worker names it; `RUNS_DIR` in it is the `runs_dir`.
        logs: every directory below it that holds event files, in the order of their begin; those that
            lie below another come after all that do not.
        calls: what the worker reports of each call.
        contract: the tags of the contract. Directories without points of these tags are somebody
            else's when another one has some.
        window: the time that the case took.
        views: the logs that could be read at each look from outside while it trained.
        folders: every folder below it, the empty ones too.
    """
    everywhere, tags = {log.path for log in logs}, set(contract)
    below = [log for log in logs if not everywhere.isdisjoint(log.path.parents)]
    mains = [log for log in logs if everywhere.isdisjoint(log.path.parents)]
    speaking = [log for log in (*mains, *below) if any(p.tag in tags for p in log.points)]
    chosen = speaking or [log for log in mains if log.points] or mains
    above = {log.path: _above(log.path, everywhere, folder) for log in logs}
    asked, taken = tags if speaking else None, {log.path for log in chosen}
    runs = tuple(_run(log, folder, asked, window, above[log.path]) for log in chosen)
    paths, names = [log.path for log in chosen], [run.name for run in runs]
    ends = tuple(_end(call, folder, paths, names) for call in calls)
    others = tuple(
        _run(log, folder, None, window, above[log.path]) for log in below if log.path not in taken
    )
    writers = sum(call.open_writers for call in calls if isinstance(call, reports.Call))
    outside = sum(folder / RUNS_DIR not in log.path.parents for log in logs)
    directories = outside + sum(_is_theirs(one, everywhere, folder / RUNS_DIR, window) for one in folders)
    seen = _seen_epochs(views, logs, tags)
    return Outcome(runs, ends, writers, seen, directories, below=others)


def _is_theirs(place: Path, logs: Collection[Path], runs_dir: Path, window: Window) -> bool:
    """Whether a folder lies in the `runs_dir`, and not because its name should be taken."""
    if place.parent != runs_dir or not window.taken:
        return place.parent == runs_dir
    name = canonical(place.name)
    ours = isinstance(name, ConventionalName) and name.lr in window.taken and not name.suffixed
    return not ours or any(place in (log, *log.parents) for log in logs)


def in_the_order_of_ranks(
    logs: Sequence[EventLog], calls: Sequence[reports.Call | Unfinished]
) -> list[EventLog]:
    """The logs of runs that ranks began at the same time: which was quicker may not matter.

    Args:
        logs: in the order of their begin.
        calls: of the ranks, in their order; the run that a rank returned is its own.
    """
    ends = [call.end for call in calls if isinstance(call, reports.Call)]
    returned = [Path(end.path) for end in ends if isinstance(end, reports.ReturnedPath)]
    return sorted(logs, key=lambda log: returned.index(log.path) if log.path in returned else len(returned))


def _seen_epochs(
    views: Sequence[Sequence[EventLog]], logs: Sequence[EventLog], contract: Collection[str]
) -> tuple[int, ...]:
    """At each look, the epochs that stand in full under every tag of the contract.

    What stands there of the epoch that is being trained counts for nothing, nor does what is another
    point at the end: to show anything at all would be no art.
    """
    last = set(_points(logs, contract)) if views else set()
    seen = [[point for point in _points(view, contract) if point in last] for view in views]
    counts = [Counter(tag for tag, *_ in points) for points in seen]
    return tuple(min(index, *(count[tag] for tag in contract)) for index, count in enumerate(counts))


def _points(logs: Sequence[EventLog], contract: Collection[str]) -> Iterator[tuple[str, int, str]]:
    points = (point for log in logs for point in log.points if point.tag in contract)
    return ((point.tag, point.step, repr(point.value)) for point in points)


def _run(log: EventLog, folder: Path, contract: set[str] | None, window: Window, above: Path | None) -> Run:
    points: dict[str, list[tuple[int, Value]]] = {}
    for point in log.points:
        points.setdefault(point.tag, []).append((point.step, point.value))
    if contract and 0 < len(points.get(LAYOUT, ())) <= MOST_LAYOUTS:
        layouts = points[LAYOUT]  # they may name curves that should be there, and are not
        points[LAYOUT] = [(step, _resolved(value, contract, points)) for step, value in layouts]
    files = [
        file
        for file in log.files
        if file.empty or any(contract is None or p.tag in contract for p in file.points)
    ]
    # `add_hparams` opens a file of its own in the run, which is no second writer.
    files = [file for file in files if all(p.tag != HPARAMS for p in file.points)] or files[:1]
    curves = {tag: Curve.of(pairs) for tag, pairs in points.items()}
    name, path = _place_of(log.path, folder, window)
    place = _place_of(above, folder, window) if above else None
    return Run(name, curves, len(files), len(log.files), path, place)


def _resolved(value: Value, contract: Collection[str], there: Collection[str]) -> Value:
    if isinstance(value, Layout) and sum(map(len, value.charts)) <= MOST_PATTERNS:
        return value.resolved(sorted(contract), there)
    return value


def _place_of(path: Path, folder: Path, window: Window) -> tuple[RunName, str]:
    """A folder's name, and where it lies below the case's folder."""
    return canonical(_below(path, folder / RUNS_DIR), window), path.relative_to(folder).as_posix()


def _above(path: Path, runs: Collection[Path], folder: Path) -> Path | None:
    """The run, or else the folder, below which a folder lies in the `runs_dir`."""
    parents = [one for one in path.parents if folder / RUNS_DIR in one.parents]
    return next((one for one in parents if one in runs), next(iter(parents), None))


def _below(path: Path, runs_dir: Path) -> str:
    """Where a path lies, from the `runs_dir`: `.` is that itself, `../…` is outside."""
    return Path(os.path.relpath(path, runs_dir)).as_posix()


def _end(call: reports.Call | Unfinished, folder: Path, runs: list[Path], names: list[RunName]) -> End:
    if isinstance(call, Unfinished):
        return call
    match call.end:
        case reports.RaisedReport() as raised:
            return Raised(LOADER_ERROR) if raised.planned else _raised(raised)
        case reports.ReturnedNone():
            return Returned(None)
        case reports.ReturnedDict(items):
            places = {key: _place(value, folder, runs) for key, value in items}
            return Returned(
                Paths.of({k: names[v.index] if isinstance(v, RunPath) else v for k, v in places.items()})
            )
        case reports.ReturnedSet(members):
            return Returned(Names(frozenset(members)))
        case reports.ReturnedPath() | reports.ReturnedOther() as returned:
            return Returned(_place(returned, folder, runs))


def _raised(raised: reports.RaisedReport) -> Raised:
    """The exception; gloo's own `RuntimeError` is told from all others."""
    return Raised(raised.type, in_a_collective_call(raised.text))


def in_a_collective_call(text: str) -> bool:
    """Whether these are the words of a call that other ranks did not join."""
    return any(sign in text for sign in GLOO)


def _place(
    value: reports.ReturnedPath | reports.ReturnedOther, folder: Path, runs: list[Path]
) -> RunPath | OtherPath | str:
    """A returned path by its run; what is none, in words."""
    if isinstance(value, reports.ReturnedOther):
        return value.text
    path = Path(value.path)
    if path in runs:
        return RunPath(runs.index(path))
    return OtherPath(value.type, _below(path, folder))
