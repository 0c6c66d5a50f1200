"""The journal: every verdict, appended as it is reached, in a SQLite database beside the grades.

A *batch* is one call of `crystalball grade`. It has its *entries*, and for each entry and exercise a
*grade*, which points to the verdict that it rests on. Verdicts are found again by their key, so that
a batch that was killed goes on where it stopped. Everything that is handed out is written from here.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from crystalball.curriculum.manifest import NotFound
from crystalball.grading.keys import Key
from crystalball.judging.verdict import Status, Verdict

FILE = "journal.sqlite"

VERSION = 1
"""Of the tables."""

LEAST_SPACE = 64 * 1024 * 1024
"""Bytes that must be free when a batch begins."""

SCHEMA = """
CREATE TABLE batches (
    id INTEGER PRIMARY KEY, began TEXT, ended TEXT, command TEXT, after INTEGER, sandbox TEXT
);
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY, batch INTEGER, reached TEXT, verdict TEXT,
    exercise TEXT, answer TEXT, checks TEXT, seed TEXT, versions TEXT, sandbox TEXT
);
CREATE INDEX verdict_by_answer ON verdicts (answer, exercise);
CREATE TABLE entries (
    batch INTEGER, name TEXT, people TEXT, notes TEXT, late INTEGER, PRIMARY KEY (batch, name)
);
CREATE TABLE grades (
    batch INTEGER, entry TEXT, exercise TEXT, place TEXT, max_points REAL, verdict INTEGER,
    PRIMARY KEY (batch, entry, exercise)
);
"""


class JournalError(OSError):
    """The journal cannot be read or written; the message says what to do."""


@dataclass(frozen=True)
class Record:
    """One entry of a batch.

    Attributes:
        name: the entry's name.
        people: whose it is: rows of the roster.
        notes: what an instructor should know of it.
        late: whether it came late.
    """

    name: str
    people: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    late: bool = False


@dataclass(frozen=True)
class Grade:
    """One answer's standing in a batch.

    Attributes:
        entry: whose.
        place: where in the entry the answer lies.
        max_points: what the manifest gave for the exercise.
        verdict: what was said.
        key: what that depends on.
        number: of the verdict in the journal.
    """

    entry: str
    place: str
    max_points: float
    verdict: Verdict
    key: Key
    number: int


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

    def begin_batch(self, command: str, sandbox: str, *, again: bool) -> int:
        """Begins a batch; gives its number.

        Args:
            command: what is graded, in words that are the same for the same command.
            sandbox: the step of the sandbox.
            again: verdicts of earlier batches do not count, but for those of the same command
                when that was interrupted.
        """
        with self._change():
            last = self._base.execute(
                "SELECT ended, command, after FROM batches ORDER BY id DESC LIMIT 1"
            ).fetchone()
            (newest,) = self._base.execute("SELECT coalesce(max(id), 0) FROM verdicts").fetchone()
            goes_on = last is not None and last[0] is None and last[1] == command
            after = (last[2] if goes_on else newest) if again else 0
            began = self._base.execute(
                "INSERT INTO batches (began, command, after, sandbox) VALUES (?, ?, ?, ?)",
                (_now(), command, after, sandbox),
            )
            return int(began.lastrowid or 0)

    def end_batch(self, batch: int) -> None:
        """Notes that a batch has come to its end."""
        with self._change():
            self._base.execute("UPDATE batches SET ended = ? WHERE id = ?", (_now(), batch))

    def add_entry(self, batch: int, record: Record) -> None:
        """Notes an entry of a batch."""
        row = (batch, record.name, json.dumps(record.people), json.dumps(record.notes), record.late)
        with self._change():
            self._base.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)", row)

    def find(self, batch: int, key: Key) -> int | None:
        """The number of a verdict that was reached before and that counts in this batch."""
        where = " AND ".join(f"v.{field.name} = ?" for field in fields(Key))
        with self._errors():
            row = self._base.execute(
                f"SELECT v.id FROM verdicts v JOIN batches b ON b.id = ? WHERE {where}"
                " AND v.id > b.after AND json_extract(v.verdict, '$.status') != ?"
                " ORDER BY v.id DESC LIMIT 1",
                (batch, *astuple(key), Status.NOT_JUDGED),
            ).fetchone()
        return None if row is None else int(row[0])

    def append(self, batch: int, key: Key, verdict: Verdict, grades: list[tuple[str, str, float]]) -> None:
        """Appends a verdict, and the grades that rest on it.

        Args:
            batch: in which it was reached.
            key: what it depends on.
            verdict: the verdict.
            grades: entry, place of the answer in it, and the points that are to be had.
        """
        with self._change():
            added = self._base.execute(
                f"INSERT INTO verdicts (batch, reached, verdict, {', '.join(f.name for f in fields(Key))})"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (batch, _now(), verdict.to_json(), *astuple(key)),
            )
            self._grade(batch, key.exercise, int(added.lastrowid or 0), grades)

    def grade(self, batch: int, exercise: str, number: int, grades: list[tuple[str, str, float]]) -> None:
        """Lets grades rest on a verdict that is there already."""
        with self._change():
            self._grade(batch, exercise, number, grades)

    def _grade(self, batch: int, exercise: str, number: int, grades: list[tuple[str, str, float]]) -> None:
        self._base.executemany(
            "INSERT OR REPLACE INTO grades VALUES (?, ?, ?, ?, ?, ?)",
            [(batch, entry, exercise, place, points, number) for entry, place, points in grades],
        )

    def last_batch(self) -> int:
        """The number of the newest batch.

        Raises:
            NotFound: there is none.
        """
        (number,) = self._base.execute("SELECT max(id) FROM batches").fetchone()
        if number is None:
            raise NotFound(f"{self._path} holds no batch yet.")
        return int(number)

    def sandbox(self, batch: int) -> str:
        """The step of the sandbox of a batch.

        Raises:
            NotFound: there is no such batch.
        """
        row = self._base.execute("SELECT sandbox FROM batches WHERE id = ?", (batch,)).fetchone()
        if row is None:
            raise NotFound(f"{self._path} holds no batch {batch}; the last is {self.last_batch()}.")
        return str(row[0])

    def records(self, batch: int) -> Iterator[Record]:
        """The entries of a batch, by name."""
        rows = self._base.execute(
            "SELECT name, people, notes, late FROM entries WHERE batch = ? ORDER BY name", (batch,)
        )
        for name, people, notes, late in rows:
            yield Record(name, tuple(map(tuple, json.loads(people))), tuple(json.loads(notes)), bool(late))

    def grades(self, batch: int, entry: str | None = None) -> Iterator[Grade]:
        """The grades of a batch, or of one entry in it, by entry and exercise."""
        names = ", ".join(f"v.{field.name}" for field in fields(Key))
        rows = self._base.execute(
            f"SELECT g.entry, g.place, g.max_points, v.verdict, v.id, {names} FROM grades g"
            " JOIN verdicts v ON v.id = g.verdict WHERE g.batch = ? AND (?2 IS NULL OR g.entry = ?2)"
            " ORDER BY g.entry, g.exercise",
            (batch, entry),
        )
        for name, place, points, verdict, number, *key in rows:
            yield Grade(name, place, points, Verdict.from_json(verdict), Key(*key), number)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _must_have_space(folder: Path) -> None:
    if shutil.disk_usage(folder).free < LEAST_SPACE:
        raise OSError(f"less than {LEAST_SPACE} bytes are free on its disk")
