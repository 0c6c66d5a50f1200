"""Copies event files out of a folder that a stranger wrote, before anything parses them.

Everything is opened relative to a descriptor and never through a link; what is no regular file with
one name is left where it is.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crystalball.processes.worker_files import Flooded

SAFELY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

OURS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO)
"""What is wrong with this machine, and not with what a worker left."""


@dataclass
class Bounds:
    """What is copied of one case, at most. A case of the checks leaves some dozen kilobytes.

    Attributes:
        size: bytes of all event files.
        entries: files and folders that are looked at.
        depth: folders inside each other.
    """

    size: int = 8 * 1024 * 1024
    entries: int = 500
    depth: int = 8


@dataclass
class Copy:
    """One copying, which counts down what its bounds leave.

    Attributes:
        bounds: at the start.
    """

    bounds: Bounds = field(default_factory=Bounds)

    def __post_init__(self) -> None:
        self._size, self._entries = self.bounds.size, self.bounds.entries

    def folder(self, source: int, target: Path, depth: int = 0) -> None:
        """Copies the event files at and below a folder.

        Args:
            source: descriptor of the folder.
            target: our folder; those below it are made.
            depth: how many folders lie above.

        Raises:
            Flooded: a bound is passed.
        """
        if depth > self.bounds.depth:
            raise Flooded(f"folders more than {self.bounds.depth} deep")
        with os.scandir(source) as entries:
            for entry in entries:
                self._entries -= 1
                if self._entries < 0:
                    raise Flooded(f"more than {self.bounds.entries} files and folders")
                if entry.name.isprintable():  # else it is no name that could be shown
                    self._entry(entry.name, source, target, depth)

    def _entry(self, name: str, source: int, target: Path, depth: int) -> None:
        below = open_there(name, source, os.O_DIRECTORY)
        if below is not None:
            with closing_descriptor(below):
                (target / name).mkdir(parents=True, exist_ok=True)  # empty ones count, too
                self.folder(below, target / name, depth + 1)
        elif "tfevents" in name and (file := open_there(name, source)) is not None:
            with closing_descriptor(file):
                self._file(file, target / name)

    def _file(self, source: int, target: Path) -> None:
        facts = os.fstat(source)
        if not stat.S_ISREG(facts.st_mode) or facts.st_nlink != 1:
            return
        content = read_at_most(source, self._size + 1)
        self._size -= len(content)
        if self._size < 0:
            raise Flooded(f"more than {self.bounds.size} bytes of event files")
        target.write_bytes(content)


def open_there(name: str | Path, folder: int, flags: int = 0) -> int | None:
    """Opens what lies in a folder; `None` when it cannot be: then it was not left there.

    Args:
        name: from there.
        folder: descriptor of it.
        flags: more than those that are safe.

    Raises:
        OSError: this machine cannot, whatever was left.
    """
    try:
        return os.open(name, SAFELY | flags, dir_fd=folder)
    except OSError as error:
        if error.errno in OURS:
            raise
        return None


@contextlib.contextmanager
def closing_descriptor(descriptor: int) -> Iterator[None]:
    """Closes a descriptor after the block."""
    try:
        yield
    finally:
        os.close(descriptor)


def read_at_most(descriptor: int, size: int) -> bytes:
    """Reads a file from where it stands, up to a number of bytes."""
    pieces = []
    while size > 0 and (piece := os.read(descriptor, min(size, 1 << 20))):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
