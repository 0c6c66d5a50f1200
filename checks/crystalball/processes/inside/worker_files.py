"""The site: where a worker finds things, and where we find what it left.

A learner's own worker sees the same files as we do. One in a jail has a file system of its own
(`crystalball.jail.slot`); the judge asks both in the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


class Flooded(Exception):
    """The worker wrote more than we read; the message says what."""


class WorkerFiles:
    """The site of a worker that sees the same files as we do."""

    def bring(self, file: Path) -> str:
        """Lets the worker read the answer; returns its path there."""
        return str(file)

    def there(self, path: Path) -> str:
        """The worker's path of a file or folder of ours in the scratch folder of its cases."""
        return str(path)

    def enter(self, folder: Path) -> str:
        """Makes a new folder, ours and the worker's; returns its path there."""
        folder.mkdir()
        return self.there(folder)

    def fetch(self, folder: Path) -> None:
        """Makes our folder hold the event files that the worker's holds now.

        Raises:
            Flooded: there is too much.
        """

    def tail(self, file: Path, size: int) -> bytes:
        """The end of a file that the worker wrote; empty when there is none."""
        if not file.exists():
            return b""
        with file.open("rb") as stream:
            stream.seek(max(0, file.stat().st_size - size))
            return stream.read(size)

    def more_threads(self) -> int:
        """By how many the worker's threads have grown, seen from outside; 0 where that cannot be had."""
        return 0

    def close(self) -> None:
        """Lets go what is held open."""


@dataclass(frozen=True)
class WorkerOrder:
    """What a worker is started for.

    Attributes:
        rank: which of the ranks of a training it is.
        network: whether there are several, which talk to each other.
        mate: a worker of the same answer, ended or not, whose files it shares.
    """

    rank: int = 0
    network: bool = False
    mate: Any = None
