"""Copies event files out of a folder that a stranger wrote, before anything parses them.

Everything is opened relative to a descriptor and never through a link; what is no regular file with
one name is left where it is.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crystalball.jail.inside.limits import Limits
from crystalball.processes.worker_files import Flooded

SECONDS_BETWEEN_LOOKS = 0.1
"""Of a watch."""

SAFELY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


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
        below = _open(name, source, os.O_DIRECTORY)
        if below is not None:
            with _closing(below):
                (target / name).mkdir(parents=True, exist_ok=True)  # empty ones count, too
                self.folder(below, target / name, depth + 1)
        elif "tfevents" in name and (file := _open(name, source)) is not None:
            with _closing(file):
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


def _open(name: str, folder: int, flags: int = 0) -> int | None:
    """Opens what lies in a folder; `None` when it cannot be: then it was not left there."""
    with contextlib.suppress(OSError):
        return os.open(name, SAFELY | flags, dir_fd=folder)
    return None


@contextlib.contextmanager
def _closing(descriptor: int) -> Iterator[None]:
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


class Watch(threading.Thread):
    """Kills a worker that writes more than it may, where no file system of its own bounds it.

    Args:
        root: descriptor of its folder.
        process: descriptor of its process.
        limits: which hold.
    """

    def __init__(self, root: int, process: int, limits: Limits) -> None:
        super().__init__(daemon=True)
        # Descriptors of our own: the others may be closed, and name something else then.
        self._root, self._process, self._limits = os.dup(root), os.dup(process), limits

    def run(self) -> None:
        """Looks every now and then, until the worker has ended."""
        with _closing(self._root), _closing(self._process):
            while not select.select([self._process], [], [], SECONDS_BETWEEN_LOOKS)[0]:
                if self._too_much():
                    signal.pidfd_send_signal(self._process, signal.SIGKILL)
                    return

    def _too_much(self) -> bool:
        size = inodes = 0
        try:
            for _, folders, files, folder in os.fwalk(dir_fd=self._root):
                inodes += len(folders) + len(files)
                size += sum(_size(name, folder) for name in files)
                if size > self._limits.disk or inodes > self._limits.inodes:
                    return True
        except RecursionError:
            return True
        except OSError:  # it changes while it is walked: look again later
            return False
        return False


def _size(name: str, folder: int) -> int:
    with contextlib.suppress(OSError):
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_blocks * 512
    return 0
