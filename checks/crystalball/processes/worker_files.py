"""The files of a worker: where it finds things, and where we find what it left.

A learner's own worker sees the same files as we do. One in a jail has a file system of its own
(`crystalball.jail.files`); the judge asks both in the same words.
"""

from __future__ import annotations

from pathlib import Path

from crystalball.reading.budget import A_CASE
from crystalball.reading.event_log import RunsLeft, read_folder
from crystalball.reading.syntax import what_it_does


class Flooded(Exception):
    """The worker wrote more than we read; the message says what."""


class Unread(Exception):
    """What the worker wrote cannot be read in time."""


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

    def read(self, folder: Path, limit: float) -> RunsLeft:
        """What the worker's folder holds now, under the worker's own paths, as it reports them.

        Args:
            folder: ours, which `enter` made.
            limit: seconds; of no concern where it is read in this process, with bounds on all.

        Raises:
            Flooded: there is too much.
            TooMuch: likewise.
            Unread: it takes longer.
        """
        return read_folder(folder, A_CASE)

    def calls_in(self, text: str, limit: float) -> frozenset[str]:
        """What a text calls, by its syntax tree; see `crystalball.reading.syntax`.

        Args:
            text: of the answer.
            limit: see `read`; nothing is known of a text that takes longer.
        """
        return what_it_does(text)

    def tail(self, file: Path, size: int) -> bytes:
        """The end of a file that the worker wrote; empty when there is none."""
        if not file.exists():
            return b""
        with file.open("rb") as stream:
            stream.seek(max(0, file.stat().st_size - size))
            return stream.read(size)
