"""The files of a worker in a jail."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from crystalball.jail.collect import closing_descriptor, open_there, read_at_most
from crystalball.jail.reader import RUN, Reader
from crystalball.processes.worker_files import Flooded, WorkerFiles
from crystalball.reading.event_log import RunsLeft

ANSWER = Path("answer")
"""Name of the folder with the answer in a worker's file system."""


class JailedFiles(WorkerFiles):
    """The files of a worker in a jail, through a descriptor that its warm parent handed out.

    Args:
        place: where the worker's file system is, in its own view.
        root: descriptor of that.
        beside: a folder above the answer; its other modules may be imported.
        shared: it is another worker's too, who has been brought the answer.
        reader: reads for us.
    """

    def __init__(
        self, place: Path, root: int, beside: Path | None, *, shared: bool, reader: Reader
    ) -> None:
        self._place, self._root = place, root
        self._beside, self._shared, self._reader = beside, shared, reader

    def bring(self, file: Path) -> str:
        """Writes the answer, and the modules beside it, into the worker's file system.

        Nobody's code has run there: nothing in the way can be a link that leads out.
        """
        above = self._beside or file.parent
        modules = sorted(above.rglob("*.py")) if self._beside else []
        wanted = dict.fromkeys([file, *(m for m in modules if m.is_file() and not m.is_symlink())])
        with _ours("the files of the submission do not fit in"):
            for path in () if self._shared else wanted:
                self._write(ANSWER / path.relative_to(above), path.read_bytes())
        return str(self._place / ANSWER / file.relative_to(above))

    def _write(self, name: Path, content: bytes) -> None:
        for folder in reversed(name.parents[:-1]):
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder, dir_fd=self._root)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with open(os.open(name, flags, 0o600, dir_fd=self._root), "wb") as stream:
            stream.write(content)

    def there(self, path: Path) -> str:
        """The worker's path of a file or folder of ours in the scratch folder of its cases."""
        return str(self._place / path.name)

    def enter(self, folder: Path) -> str:
        """Makes a new folder of the worker's, which has ours as its name; returns its path there."""
        with _ours("no folder for the next case can be made"):
            os.mkdir(folder.name, dir_fd=self._root)
        return self.there(folder)

    def read(self, folder: Path, limit: float) -> RunsLeft:
        """What the worker's folder holds now: a copy of it is read in a process of its own."""
        with self._descriptor(folder.name, os.O_DIRECTORY) as source:
            return self._reader.read(source, limit).moved(RUN, Path(self.there(folder)))

    def calls_in(self, text: str, limit: float) -> frozenset[str]:
        """What a text calls, likewise."""
        return self._reader.calls_in(text, limit)

    def tail(self, file: Path, size: int) -> bytes:
        """The end of a file that the worker wrote; empty when there is none."""
        with self._descriptor(file.name) as source:
            if source is None:
                return b""
            os.lseek(source, max(0, os.fstat(source).st_size - size), os.SEEK_SET)
            return read_at_most(source, size)

    @contextlib.contextmanager
    def _descriptor(self, name: str, flags: int = 0) -> Iterator[int | None]:
        """A regular file or folder of the worker's; `None` when it is none (any more)."""
        descriptor = open_there(name, self._root, flags)
        if descriptor is None:
            yield None
            return
        with closing_descriptor(descriptor):
            regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            yield descriptor if regular or flags & os.O_DIRECTORY else None


@contextlib.contextmanager
def _ours(what: str) -> Iterator[None]:
    """What we write into a worker's file system fails when its code has filled it, or stands in the way."""
    try:
        yield
    except OSError as error:
        raise Flooded(f"{what}: {error.strerror}") from error
