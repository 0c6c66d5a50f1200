"""The shapes of answers in the journal: which verdict was reached on one, and which was told from it."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from typing import NamedTuple

from crystalball.grading.keys import VerdictKey
from crystalball.judging.verdict import Status, Verdict
from crystalball.reading.shape import Shape


class Told(NamedTuple):
    """A verdict, its number, and the shape of the answer that it was reached on."""

    number: int
    verdict: Verdict
    shape: Shape


def keep(base: sqlite3.Connection, number: int, shape: Shape, told_from: int | None) -> None:
    """Keeps the shape of an answer.

    Args:
        base: of the journal.
        number: of the verdict on it.
        shape: of the answer.
        told_from: the number of the verdict that this one was told from.
    """
    row = (number, shape.digest, json.dumps(shape.lines), told_from)
    base.execute("INSERT INTO shapes VALUES (?, ?, ?, ?)", row)


def find(base: sqlite3.Connection, grading: int, key: VerdictKey, shape: Shape) -> Told | None:
    """The first verdict that was reached on an answer of a shape, and that counts in a grading.

    Args:
        base: of the journal.
        grading: its number.
        key: what a verdict depends on; the answer is another.
        shape: of the answer.
    """
    others = {name: value for name, value in asdict(key).items() if name != "answer"}
    where = " AND ".join(f"v.{name} = ?" for name in others)
    row = base.execute(
        "SELECT v.id, v.verdict, s.lines FROM shapes s JOIN verdicts v ON v.id = s.verdict"
        " JOIN gradings g ON g.id = ? WHERE s.digest = ? AND s.told_from IS NULL AND v.id > g.after"
        f" AND {where} AND json_extract(v.verdict, '$.status') != ? ORDER BY v.id LIMIT 1",
        (grading, shape.digest, *others.values(), Status.NOT_JUDGED),
    ).fetchone()
    if row is None:
        return None
    number, verdict, lines = row
    return Told(number, Verdict.from_json(verdict), Shape(shape.digest, tuple(json.loads(lines))))
