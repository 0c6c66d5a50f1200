"""The scratch folder of a grading: in memory where that is roomy, and gone with the grading.

A grader that is killed cannot remove it. Each holds a lock on its own, which ends with its process,
however that ends: so the next one, whatever it grades, removes what nobody holds any more.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: nothing there is removed but by its own grading
    fcntl = None  # type: ignore[assignment]  # a module has no type that could be left out

MEMORY = Path("/dev/shm")
"""A file system in memory, where there is one: folders come and go ten times as fast as on a disk."""

A_SLOT = 32 * 1024 * 1024
"""Bytes that must be free there for each slot."""

PREFIX = "crystalball-grading-"


@contextlib.contextmanager
def scratch_folder(slots: int) -> Iterator[Path]:
    """An empty folder of our own, in which everything temporary goes; it is removed in the end.

    Args:
        slots: how many answers are judged at once.
    """
    disk = Path(tempfile.gettempdir())
    for place in {MEMORY, disk}:
        _sweep(place)
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > slots * A_SLOT
    place = MEMORY if roomy and os.access(MEMORY, os.W_OK) else disk
    with contextlib.ExitStack() as opened:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place)).resolve()
        while not opened.enter_context(_held(folder)):  # swept away, between its making and this
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place)).resolve()
        opened.callback(shutil.rmtree, folder, ignore_errors=True)
        opened.callback(setattr, tempfile, "tempdir", tempfile.tempdir)
        tempfile.tempdir = str(folder)
        yield folder


def _sweep(place: Path) -> None:
    """Removes the folders of graders that are no more."""
    if fcntl is None:
        return
    for folder in place.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.lstat().st_uid == os.getuid():
                with _held(folder) as held:
                    if held:
                        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Holds a folder; false where another process does, or it is there no more."""
    if fcntl is None:
        yield True
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = folder.exists()
    except OSError:
        held = False
    try:
        yield held
    finally:
        os.close(descriptor)
