"""Errors of the journal: what went wrong, what of it is safe, and what to do, in one true line."""

from __future__ import annotations

import contextlib
import errno
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from crystalball.curriculum.manifest import NotFound

LEAST_SPACE = 64 * 1024 * 1024
"""Bytes that must be free when a grading begins."""

_KEPT = "What was judged before is kept"

_BY_CODE = {
    sqlite3.SQLITE_BUSY: "another grading is writing into it: wait for its end, or name another --out.",
    sqlite3.SQLITE_FULL: f"the disk is full. {_KEPT}; make room, and the same command goes on.",
    sqlite3.SQLITE_IOERR: f"the disk refused. {_KEPT}, as far as the disk can be read; see to it, and the "
    "same command goes on.",
    sqlite3.SQLITE_READONLY: f"it may not be written. {_KEPT}; give yourself the right, and the same "
    "command goes on.",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened, or may not be written: see to the folder's rights.",
}
"""What happened and what to do, by the code of SQLite's error."""

_BY_ERRNO = {
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EIO: sqlite3.SQLITE_IOERR,
    errno.EROFS: sqlite3.SQLITE_CANTOPEN,
    errno.EACCES: sqlite3.SQLITE_CANTOPEN,
    errno.EPERM: sqlite3.SQLITE_CANTOPEN,
}


class JournalError(NotFound):
    """The journal cannot be read or written; the message says what to do."""


@contextlib.contextmanager
def journal_errors(path: Path) -> Iterator[None]:
    """Whatever goes wrong with a journal within the block becomes one true line.

    Args:
        path: of the journal.

    Raises:
        JournalError: something did.
    """
    try:
        yield
    except (sqlite3.Error, OSError, msgspec.MsgspecError, UnicodeError) as error:
        if not (words := _words(error)):
            raise
        raise JournalError(f"--out: {path}: {words}") from None


def _words(error: Exception) -> str:
    """What happened and what to do; nothing of what is an error of the kit's own."""
    if isinstance(error, OSError):
        code = _BY_ERRNO.get(error.errno or 0, 0)
        return _BY_CODE.get(code, f"{error.strerror or error}.")
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extended part
    if code in _BY_CODE:
        return _BY_CODE[code]
    if isinstance(error, sqlite3.ProgrammingError | sqlite3.InterfaceError | sqlite3.OperationalError):
        return ""
    what = " ".join(str(error).split())
    return (
        f"it is damaged ({what}), and nothing more is written into it. What it holds may not be whole: "
        "keep a copy of it, and grade into a new --out."
    )


def must_have_space(folder: Path) -> None:
    """Makes sure that a grading can begin.

    Args:
        folder: of the journal.

    Raises:
        OSError: its disk is nearly full.
    """
    if shutil.disk_usage(folder).free < LEAST_SPACE:
        raise OSError(f"less than {LEAST_SPACE >> 20} MiB are free on its disk")
