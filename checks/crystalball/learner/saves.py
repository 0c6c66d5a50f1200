"""Tells when a Python file in a folder was saved, however the editor does it.

Editors save in three ways: they write into the file, write another one and move it there, or delete
it and create it anew. Where the system tells of no event (network mounts, folders of another system,
too many watches), a look at the folder every so often finds what has changed.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

KINDS = {"created", "moved", "closed"} | ({"modified"} if sys.platform != "linux" else set())
"""Events that end a save. Linux tells when a file that was written to is closed; others do not."""

Stamp = tuple[int, int, int]


class Saves(FileSystemEventHandler):
    """Watches a folder.

    Args:
        folder: that holds the files; not its subfolders.
        saved: is told the path of each file that was saved, from another thread or from `look`.
        events: whether the system's events are listened to.
    """

    def __init__(self, folder: Path, saved: Callable[[Path], None], *, events: bool = True) -> None:
        self._folder, self._saved = folder, saved
        self._known = self._stamps()
        self._observer = Observer() if events else None
        if self._observer is not None:
            # Where there is no watch left or no such service, looking has to do.
            with contextlib.suppress(OSError):
                self._observer.schedule(self, str(folder))
                self._observer.start()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called by watchdog."""
        path = Path(str(event.dest_path if event.event_type == "moved" else event.src_path))
        if not event.is_directory and event.event_type in KINDS and _is_answer(path):
            self._known = self._stamps()
            self._saved(path)

    def look(self) -> None:
        """Looks whether a file is another one than at the last event or look."""
        now = self._stamps()
        changed = [path for path, stamp in now.items() if self._known.get(path) != stamp]
        self._known = now
        for path in changed:
            self._saved(path)

    def _stamps(self) -> dict[Path, Stamp]:
        stamps = {}
        for path in self._folder.glob("*.py"):
            with contextlib.suppress(OSError):  # it may be gone by now
                stat = path.stat()
                stamps[path] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        return stamps

    def close(self) -> None:
        """Stops to watch."""
        if self._observer is not None and self._observer.is_alive():
            self._observer.stop()
            self._observer.join()


def _is_answer(path: Path) -> bool:
    """Editors keep other files beside: `.03_epoch_loss.py.swp`, `4913`, `03_epoch_loss.py~`."""
    return path.suffix == ".py" and not path.name.startswith(".")
