"""Watches the disk for a worker that no file system of its own bounds."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading

from crystalball.jail.collect import closing_descriptor
from crystalball.jail.inside.limits import Limits

SECONDS_BETWEEN_LOOKS = 0.1


class DiskWatch(threading.Thread):
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
        with closing_descriptor(self._root), closing_descriptor(self._process):
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
