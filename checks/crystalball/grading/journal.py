"""The journal: every verdict, appended as it is reached, in a SQLite database beside the grades.

A *grading* is one call of `crystalball grade`. It has its *entries*, and for each entry and exercise a
*grade*, which points to the verdict that it rests on. Verdicts are found again by their key, so that
a grading that was killed goes on where it stopped. Everything that is handed out is written from here.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from datetime import UTC, datetime
from pathlib import Path

from crystalball.curriculum.manifest import NotFound
from crystalball.grading.grades import EntryInfo, Grade, Handed
from crystalball.grading.keys import VerdictKey
from crystalball.judging.verdict import Status, Verdict

FILE = "journal.sqlite"

VERSION = 2
"""Of the tables."""

LEAST_SPACE = 64 * 1024 * 1024
"""Bytes that must be free when a grading begins."""

KEY = tuple(field.name for field in fields(VerdictKey))
"""The columns of a verdict's key."""

SCHEMA = """
CREATE TABLE gradings (
    id INTEGER PRIMARY KEY, began TEXT, ended TEXT, command TEXT, after INTEGER, sandbox TEXT
);
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY, grading INTEGER, reached TEXT, verdict TEXT,
    exercise TEXT, answer TEXT, checks TEXT, seed TEXT, versions TEXT, sandbox TEXT
);
CREATE INDEX verdict_by_answer ON verdicts (answer, exercise);
CREATE TABLE entries (
    grading INTEGER, name TEXT, people TEXT, notes TEXT, late INTEGER, PRIMARY KEY (grading, name)
);
CREATE TABLE grades (
    grading INTEGER, entry TEXT, exercise TEXT, place TEXT, max_points REAL, verdict INTEGER,
    PRIMARY KEY (grading, entry, exercise)
);
"""


class JournalError(OSError):
    """The journal cannot be read or written; the message says what to do."""


class Journal:
    """A journal, opened by one process at a time.

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
                _must_have_space(folder)
            self._base = sqlite3.connect(self._path, timeout=0, isolation_level=None)
            self._begin()

    def _begin(self) -> None:
        # The exclusive lock ends with the process, however that ends; in WAL a commit is one append.
        self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("BEGIN IMMEDIATE")
        (version,) = self._base.execute("PRAGMA user_version").fetchone()
        if version == 0:
            for statement in filter(str.strip, SCHEMA.split(";")):
                self._base.execute(statement)
            self._base.execute(f"PRAGMA user_version = {VERSION}")
        elif version != VERSION:
            raise JournalError(f"{self._path} was written by another version of the kit: use a new --out.")
        self._base.execute("COMMIT")

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except JournalError:
            raise
        except (sqlite3.Error, OSError) as error:
            locked = "database is locked" in str(error)
            what = "another grading is writing into it" if locked else str(error)
            raise JournalError(
                f"--out: {self._path}: {what}. What was judged before is safe; the same command goes on."
            ) from None

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

    def begin_grading(self, command: str, sandbox: str, *, again: bool) -> int:
        """Begins a grading.

        Args:
            command: what is graded, in words that are the same for the same command.
            sandbox: the level of the sandbox.
            again: verdicts of earlier gradings do not count, but for those of the same command
                when that was interrupted.

        Returns:
            Its number.
        """
        with self._change():
            last = self._base.execute(
                "SELECT ended, command, after FROM gradings ORDER BY id DESC LIMIT 1"
            ).fetchone()
            (newest,) = self._base.execute("SELECT coalesce(max(id), 0) FROM verdicts").fetchone()
            goes_on = last is not None and last[0] is None and last[1] == command
            after = (last[2] if goes_on else newest) if again else 0
            began = self._base.execute(
                "INSERT INTO gradings (began, command, after, sandbox) VALUES (?, ?, ?, ?)",
                (_now(), command, after, sandbox),
            )
            return int(began.lastrowid or 0)

    def end_grading(self, grading: int) -> None:
        """Notes that a grading has come to its end.

        Args:
            grading: its number.
        """
        with self._change():
            self._base.execute("UPDATE gradings SET ended = ? WHERE id = ?", (_now(), grading))

    def add_entry(self, grading: int, info: EntryInfo) -> None:
        """Notes an entry of a grading.

        Args:
            grading: its number.
            info: what is kept of the entry.
        """
        row = (grading, info.name, json.dumps(info.people), json.dumps(info.notes), info.late)
        with self._change():
            self._base.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)", row)

    def find(self, grading: int, key: VerdictKey) -> int | None:
        """The number of a verdict that was reached before and that counts in this grading.

        Args:
            grading: its number.
            key: what the verdict depends on.
        """
        where = " AND ".join(f"v.{name} = ?" for name in KEY)
        with self._errors():
            row = self._base.execute(
                f"SELECT v.id FROM verdicts v JOIN gradings g ON g.id = ? WHERE {where}"
                " AND v.id > g.after AND json_extract(v.verdict, '$.status') != ?"
                " ORDER BY v.id DESC LIMIT 1",
                (grading, *astuple(key), Status.NOT_JUDGED),
            ).fetchone()
        return None if row is None else int(row[0])

    def append(self, grading: int, key: VerdictKey, verdict: Verdict, handed: Iterable[Handed]) -> None:
        """Appends a verdict, and the grades that rest on it.

        Args:
            grading: in which it was reached.
            key: what it depends on.
            verdict: the verdict.
            handed: whose grades rest on it.
        """
        with self._change():
            added = self._base.execute(
                f"INSERT INTO verdicts (grading, reached, verdict, {', '.join(KEY)})"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (grading, _now(), verdict.to_json(), *astuple(key)),
            )
            self._grade(grading, key.exercise, int(added.lastrowid or 0), handed)

    def grade(self, grading: int, exercise: str, number: int, handed: Iterable[Handed]) -> None:
        """Lets grades rest on a verdict that is there already.

        Args:
            grading: its number.
            exercise: that was answered.
            number: of the verdict.
            handed: whose grades rest on it.
        """
        with self._change():
            self._grade(grading, exercise, number, handed)

    def _grade(self, grading: int, exercise: str, number: int, handed: Iterable[Handed]) -> None:
        self._base.executemany(
            "INSERT OR REPLACE INTO grades VALUES (?, ?, ?, ?, ?, ?)",
            [(grading, one.entry, exercise, one.place, one.max_points, number) for one in handed],
        )

    def last_grading(self) -> int:
        """The number of the newest grading.

        Raises:
            NotFound: there is none.
        """
        (number,) = self._base.execute("SELECT max(id) FROM gradings").fetchone()
        if number is None:
            raise NotFound(f"{self._path} holds no grading yet.")
        return int(number)

    def sandbox(self, grading: int) -> str:
        """The level of the sandbox of a grading.

        Args:
            grading: its number.

        Raises:
            NotFound: there is no such grading.
        """
        row = self._base.execute("SELECT sandbox FROM gradings WHERE id = ?", (grading,)).fetchone()
        if row is None:
            raise NotFound(f"{self._path} holds no grading {grading}; the last is {self.last_grading()}.")
        return str(row[0])

    def entries(self, grading: int) -> Iterator[EntryInfo]:
        """The entries of a grading, by name.

        Args:
            grading: its number.
        """
        rows = self._base.execute(
            "SELECT name, people, notes, late FROM entries WHERE grading = ? ORDER BY name", (grading,)
        )
        for name, people, notes, late in rows:
            owners = tuple(map(tuple, json.loads(people)))
            yield EntryInfo(name, owners, tuple(json.loads(notes)), bool(late))

    def grades(self, grading: int, entry: str | None = None) -> Iterator[Grade]:
        """The grades of a grading, or of one entry in it, by entry and exercise.

        Args:
            grading: its number.
            entry: the entry's name; all entries without it.
        """
        names = ", ".join(f"v.{name}" for name in KEY)
        rows = self._base.execute(
            f"SELECT g.entry, g.place, g.max_points, v.verdict, v.id, {names} FROM grades g"
            " JOIN verdicts v ON v.id = g.verdict WHERE g.grading = ? AND (?2 IS NULL OR g.entry = ?2)"
            " ORDER BY g.entry, g.exercise",
            (grading, entry),
        )
        for name, place, most, verdict, number, *key in rows:
            yield Grade(name, place, most, Verdict.from_json(verdict), VerdictKey(*key), number)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _must_have_space(folder: Path) -> None:
    if shutil.disk_usage(folder).free < LEAST_SPACE:
        raise OSError(f"less than {LEAST_SPACE} bytes are free on its disk")
