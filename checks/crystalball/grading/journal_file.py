"""The file of a journal: opened by one process at a time, changed as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from crystalball.curriculum.manifest import NotFound
from crystalball.grading.journal_errors import JournalError, journal_errors, must_have_space
from crystalball.grading.journal_tables import SCHEMA, VERSION

FILE = "journal.sqlite"


class JournalFile:
    """A SQLite database with the tables of a journal.

    Args:
        folder: which it lies in.
        fresh: it is made when it is not there.

    Raises:
        JournalError: it cannot be opened.
    """

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        self.folder, self._path = folder, folder / FILE
        if not fresh and not self._path.is_file():
            raise NotFound(
                f"There is no journal in {folder}: name a folder that `crystalball grade` wrote."
            )
        with self._errors():
            if fresh:
                folder.mkdir(parents=True, exist_ok=True)
                must_have_space(folder)
            if not os.access(folder, os.W_OK):  # SQLite would call it an error of the disk
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
            self._base = sqlite3.connect(self._path, timeout=0, isolation_level=None)
            try:
                self._begin()
            except BaseException:
                self._base.close()
                raise

    def _begin(self) -> None:
        # The exclusive lock ends with the process, however that ends; in WAL a commit is one append.
        self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("BEGIN IMMEDIATE")
        (version,) = self._base.execute("PRAGMA user_version").fetchone()
        ((fault,), *_) = self._base.execute("PRAGMA quick_check(1)").fetchall()
        if fault != "ok":  # better told now than after an hour
            raise sqlite3.DatabaseError(fault)
        if version == 0:
            for statement in filter(str.strip, SCHEMA.split(";")):
                self._base.execute(statement)
            self._base.execute(f"PRAGMA user_version = {VERSION}")
        elif version != VERSION:
            raise JournalError(f"{self._path} was written by another version of the kit: use a new --out.")
        self._base.execute("COMMIT")

    def _errors(self) -> contextlib.AbstractContextManager[None]:
        return journal_errors(self._path)

    @contextlib.contextmanager
    def _change(self) -> Iterator[None]:
        """All of a change is written, or nothing of it."""
        with self._errors():
            self._base.execute("BEGIN")
            try:
                yield
                self._base.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # SQLite has rolled back itself, on a full disk
                    self._base.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Closes the journal."""
        self._base.close()
