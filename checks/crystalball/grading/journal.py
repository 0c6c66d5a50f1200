"""The journal: every verdict, appended as it is reached, in a SQLite database beside the grades.

A *grading* is one call of `crystalball grade`. It has its *entries*, and for each entry and exercise a
*grade*, which points to the verdict that it rests on. Verdicts are found again by their key, so that
a grading that was killed goes on where it stopped. Everything that is handed out is written from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from crystalball.curriculum.course import Course
from crystalball.grading import journal_shapes as shapes
from crystalball.grading.answer_texts import AnswerTexts
from crystalball.grading.grades import EntryInfo, Grade, Handed
from crystalball.grading.journal_gradings import JournalOfGradings
from crystalball.grading.journal_merge import copy_grading
from crystalball.grading.journal_shapes import Told
from crystalball.grading.journal_tables import KEY
from crystalball.grading.keys import VerdictKey
from crystalball.grading.rulings import Rulings
from crystalball.judging.verdict import Status, Verdict
from crystalball.reading.outside import Outside
from crystalball.reading.shape import Shape

MOST_TRIES = 3
"""Gradings in which is tried what the kit cannot judge."""


class Journal(JournalOfGradings):
    """A journal, opened by one process at a time.

    Args:
        folder: which it lies in.
        fresh: it is made when it is not there.

    Raises:
        JournalError: it cannot be opened.
    """

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        super().__init__(folder, fresh=fresh)
        self._rulings: dict[int, Rulings] = {}
        self.texts = AnswerTexts(self._base, self._change)

    def begin_grading(
        self,
        command: str,
        sandbox: str,
        course: Course,
        *,
        again: bool,
        columns: Sequence[Outside] = (),
        absent: Sequence[Sequence[Outside]] = (),
    ) -> int:
        """Begins a grading.

        Args:
            command: what is graded, in words that are the same for the same command.
            sandbox: the level of the sandbox.
            course: what the instructor decided; it is kept as it is now.
            again: verdicts of earlier gradings do not count, but for those of the same command
                when that was interrupted.
            columns: the roster's header.
            absent: its people without an entry.

        Returns:
            Its number.
        """
        kept = [msgspec.json.encode(one).decode() for one in (course, columns, absent)]
        with self._change():
            after = self._after(command) if again else 0
            began = self._base.execute(
                "INSERT INTO gradings (began, command, after, sandbox, course, columns, absent)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (_now(), command, after, sandbox, *kept),
            )
            return int(began.lastrowid or 0)

    def _after(self, command: str) -> int:
        """The verdict after which those count that are reached again."""
        last = self._base.execute(
            "SELECT ended, command, after FROM gradings ORDER BY id DESC LIMIT 1"
        ).fetchone()
        (newest,) = self._base.execute("SELECT coalesce(max(id), 0) FROM verdicts").fetchone()
        goes_on = last is not None and last[0] is None and last[1] == command
        return int(last[2] if goes_on else newest)

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
        row = (grading, info.name, _json(info))
        with self._change():
            self._base.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", row)

    def find(self, grading: int, key: VerdictKey) -> int | None:
        """The number of a verdict that was reached before and that counts in this grading.

        What the kit could not judge is tried again in the next gradings, but not for ever.

        Args:
            grading: its number.
            key: what the verdict depends on.
        """
        where = " AND ".join(f"v.{name} = ?" for name in KEY)
        with self._errors():
            rows = self._base.execute(
                "SELECT v.id, json_extract(v.verdict, '$.status') FROM verdicts v"
                f" JOIN gradings g ON g.id = ? WHERE {where} AND v.id > g.after ORDER BY v.id DESC",
                (grading, *astuple(key)),
            ).fetchall()
        judged = [number for number, status in rows if status != Status.NOT_JUDGED]
        known = judged or [number for number, _ in rows[: len(rows) >= MOST_TRIES]]
        return int(known[0]) if known else None

    def find_shape(self, grading: int, key: VerdictKey, shape: Shape) -> Told | None:
        """The first verdict that was reached on an answer of a shape; see `find`.

        Args:
            grading: its number.
            key: what a verdict on the answer depends on.
            shape: of the answer.
        """
        with self._errors():
            return shapes.find(self._base, grading, key, shape)

    def append(
        self,
        grading: int,
        key: VerdictKey,
        verdict: Verdict,
        handed: Iterable[Handed],
        text: bytes = b"",
        shape: Shape | None = None,
        told_from: int | None = None,
    ) -> None:
        """Appends a verdict, and the grades that rest on it.

        Args:
            grading: in which it was reached.
            key: what it depends on.
            verdict: the verdict.
            handed: whose grades rest on it.
            text: of the answer, for comparing the class; empty where there is none.
            shape: of the answer, where it is known.
            told_from: the number of the verdict on another answer that this one was told from.
        """
        with self._change():
            added = self._base.execute(
                f"INSERT INTO verdicts (grading, reached, verdict, {', '.join(KEY)})"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (grading, _now(), verdict.to_json(), *astuple(key)),
            )
            number = int(added.lastrowid or 0)
            self._grade(grading, key.exercise, number, handed)
            self.texts.keep(key.answer, text)
            if shape:
                shapes.keep(self._base, number, shape, told_from)

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
            "INSERT OR REPLACE INTO grades VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (grading, one.entry, exercise, one.place, one.max_points, one.came, one.late, number)
                for one in handed
            ],
        )

    def take_in(self, others: Iterable[tuple[Journal, int]], command: str) -> int:
        """Takes gradings of other journals in, all together as one new grading, or nothing.

        Args:
            others: journals, which are closed, and the number of a grading in each.
            command: see `begin_grading`.

        Returns:
            The number of the new grading.
        """
        with self._change():
            (last,) = self._base.execute("SELECT coalesce(max(id), 0) FROM gradings").fetchone()
            for journal, number in others:
                copy_grading(self._base, journal._base, number, last + 1)
                journal.close()
            self._base.execute("UPDATE gradings SET command = ? WHERE id = ?", (command, last + 1))
        return int(last) + 1

    def entries(self, grading: int) -> Iterator[EntryInfo]:
        """The entries of a grading, by name.

        Args:
            grading: its number.
        """
        rulings = self.rulings(grading)
        for info in self._entries(grading):
            yield rulings.of_entry(info)

    def _entries(self, grading: int) -> list[EntryInfo]:
        query = "SELECT info FROM entries WHERE grading = ? ORDER BY name"
        with self._errors():
            rows = self._base.execute(query, (grading,)).fetchall()
            return [msgspec.json.decode(info, type=EntryInfo) for (info,) in rows]

    def graded(self, grading: int) -> Iterator[tuple[EntryInfo, list[Grade]]]:
        """The entries of a grading, by name, each with its grades.

        Args:
            grading: its number.
        """
        for info in self.entries(grading):
            yield info, list(self.grades(grading, info.name))

    def rulings(self, grading: int) -> Rulings:
        """What counts beside the verdicts of a grading, as it stood when it was first asked for.

        Args:
            grading: its number.
        """
        if grading not in self._rulings:
            entries = self._entries(grading)
            self._rulings[grading] = Rulings(self.course(grading), entries, self.folder)
        return self._rulings[grading]

    def grades(self, grading: int, entry: str | None = None) -> Iterator[Grade]:
        """The grades of a grading, or of one entry in it, by entry and exercise.

        Args:
            grading: its number.
            entry: the entry's name; all entries without it.
        """
        names, rulings = ", ".join(f"v.{name}" for name in KEY), self.rulings(grading)
        of_one, values = ("", (grading,)) if entry is None else (" AND g.entry = ?", (grading, entry))
        query = (
            "SELECT g.entry, g.place, g.max_points, g.handed_in, g.late, v.verdict, v.id,"
            f" {names} FROM grades g JOIN verdicts v ON v.id = g.verdict WHERE g.grading = ?{of_one}"
            " ORDER BY g.entry, g.exercise"
        )
        with self._errors():
            for name, place, most, came, late, verdict, number, *key in self._base.execute(query, values):
                kept = Grade(
                    *(name, place, most, Verdict.from_json(verdict), VerdictKey(*key), number),
                    *(datetime.fromisoformat(came) if came else None, bool(late)),
                )
                yield rulings.of_grade(kept)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
