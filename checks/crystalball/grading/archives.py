"""Reads what somebody handed in, a folder, an archive or a file, without ever unpacking it to disk.

Only names and bytes come out of here, within bounds, so nothing can be written outside of a folder,
no link can be followed, and no archive can fill the disk. Archives are opened in another process.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from crystalball.grading.layouts import Source
from crystalball.jail.unpacker import Unpacker
from crystalball.processes.inside.unpack_bounds import (
    LARGEST_FILE,
    MOST_TOLD,
    NOT_OPENED,
    SKIPPED,
    Budget,
    Refused,
    is_archive,
    is_source,
    is_unknown_archive,
)
from crystalball.reading.records import open_regular


@dataclass
class Holdings:
    """What a submission holds.

    Attributes:
        files: the first bytes of each source file or notebook by its path; one byte more than
            `LARGEST_FILE` when it is larger.
        times: when each of these was changed, in seconds since the epoch; 0 where nothing says so.
        links: paths that are links or no regular files; they are not followed.
        names: the first of all names.
        notes: what an instructor should know.
        budget: what may still be read.
        late: which of the files the learning platform calls late.
    """

    files: dict[PurePosixPath, bytes] = field(default_factory=dict)
    times: dict[PurePosixPath, float] = field(default_factory=dict)
    links: list[PurePosixPath] = field(default_factory=list)
    names: list[PurePosixPath] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    budget: Budget = field(default_factory=Budget)
    late: set[PurePosixPath] = field(default_factory=set)

    def count(self, path: PurePosixPath) -> None:
        """Counts one more name.

        Args:
            path: where it lies.

        Raises:
            Refused: they are too many, or this one leads too deep.
        """
        self.budget.name(path)
        if len(self.names) < MOST_TOLD:
            self.names.append(path)

    def add(self, path: PurePosixPath, content: bytes, changed: float, *, late: bool) -> None:
        """Takes a file in; one of the same name is replaced.

        Args:
            path: where it lies.
            content: its first bytes.
            changed: when it was changed.
            late: the learning platform says that it came late.
        """
        self.files[path], self.times[path] = content, changed
        (self.late.add if late else self.late.discard)(path)


def read_holdings(source: Source, holdings: Holdings, unpacker: Unpacker) -> None:
    """Reads a folder, an archive or a file into holdings.

    Args:
        source: what lies on disk; its name is its own among them when it is a file.
        holdings: takes what is found.
        unpacker: opens archives.

    Raises:
        Refused: it breaks a bound, or leads outside of itself.
        OSError: it cannot be read.
        StartError: there is no process for archives.
    """
    kind = source.path.lstat().st_mode
    if stat.S_ISDIR(kind):
        for file, place in _files_below(source.path, holdings):
            _read_file(file, place, holdings, unpacker, late=source.late)
    elif not stat.S_ISREG(kind):
        raise Refused("is a link or no regular file: hand in the file itself")
    else:
        _read_file(source.path, PurePosixPath(source.name), holdings, unpacker, late=source.late)


def _files_below(folder: Path, holdings: Holdings) -> Iterator[tuple[Path, PurePosixPath]]:
    """The regular files at and below a folder, by name, each counted before it is looked at."""
    waiting = [(folder, PurePosixPath())]
    while waiting:
        place, inner = waiting.pop()
        entries = []
        with os.scandir(place) as found:
            for entry in found:
                holdings.count(inner / entry.name)
                entries.append(entry)
        folders = []
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in SKIPPED:
                    folders.append((Path(entry.path), inner / entry.name))
            elif entry.is_file(follow_symlinks=False):
                yield Path(entry.path), inner / entry.name
            else:
                holdings.links.append(inner / entry.name)
        waiting += reversed(folders)


def _read_file(
    path: Path, place: PurePosixPath, holdings: Holdings, unpacker: Unpacker, *, late: bool
) -> None:
    """Reads a source file, or lets an archive be looked into, which becomes a folder."""
    if is_unknown_archive(place.name):
        holdings.notes.append(f"{place} {NOT_OPENED}")
    if not (is_source(place.name) or is_archive(place.name)):
        return
    with open_regular(path) as file:
        if is_source(place.name):
            content = file.read(LARGEST_FILE + 1)
            holdings.budget.source(content)
            holdings.add(place, content, os.fstat(file.fileno()).st_mtime, late=late)
            return
        found = unpacker.unpack(file, str(place), holdings.budget)
    left, said = holdings.budget, found.budget
    holdings.budget = Budget(
        *(min(left.names, said.names), min(left.sources, said.sources), min(left.unpacked, said.unpacked))
    )
    for held in found.files:
        inner = _below(place, held.path)
        if held.content is None:
            holdings.links.append(inner)
        else:
            holdings.add(inner, held.content, held.changed, late=late)
    holdings.names += [_below(place, name) for name in found.names][: MOST_TOLD - len(holdings.names)]
    holdings.notes += found.notes
    if found.refused:
        raise Refused(found.refused)


def _below(place: PurePosixPath, name: bytes) -> PurePosixPath:
    """The path of what an archive holds, as its reader says: it must lie below the archive's own."""
    path = PurePosixPath(os.fsdecode(name))
    if not path.is_relative_to(place) or ".." in path.parts or b"\0" in name:
        raise Refused("an archive leads outside of itself")
    return path
