"""The files of a worker: where it finds things, and where we find what it left.

A learner's own worker sees the same files as we do. One in a jail has a file system of its own
(`crystalball.jail.files`); the judge asks both in the same words.
"""

from __future__ import annotations

from pathlib import Path


class Flooded(Exception):
    """The worker wrote more than we read; the message says what."""


class WorkerFiles:
    """The files of a worker that sees the same ones as we do."""

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
