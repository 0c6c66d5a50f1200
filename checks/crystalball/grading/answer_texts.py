"""The texts of answers and their facts, kept in the journal: by them a class is compared.

A text is somebody else's: it goes to a reader in the jail, and to a page through the door for such text.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager

import msgspec

from crystalball.reading.source_facts import LARGEST, SourceFacts

SCHEMA = "CREATE TABLE IF NOT EXISTS texts (answer TEXT PRIMARY KEY, text BLOB, facts BLOB)"


class AnswerTexts:
    """The texts in a journal, each once, by the hash of its answer.

    Args:
        base: the journal's, in which the table is made when it is not there.
        change: the journal's, around what is written as a whole.
    """

    def __init__(
        self, base: sqlite3.Connection, change: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._base, self._change = base, change
        base.execute(SCHEMA)

    def keep(self, answer: str, text: bytes) -> None:
        """Keeps a text, as far as it is looked at, in the change that its verdict is written in.

        Args:
            answer: the hash of the answer.
            text: of its file; of none nothing is kept.
        """
        if text:
            row = (answer, zlib.compress(text[:LARGEST]))
            self._base.execute("INSERT OR IGNORE INTO texts (answer, text) VALUES (?, ?)", row)

    def text(self, answer: str) -> str:
        """A text as it was handed in; empty where none was kept.

        Args:
            answer: the hash of the answer.
        """
        row = self._base.execute("SELECT text FROM texts WHERE answer = ?", (answer,)).fetchone()
        return "" if row is None else _decoded(row[0])

    def without_facts(self) -> dict[str, str]:
        """The texts that nobody has looked at yet, by the hashes of their answers."""
        rows = self._base.execute("SELECT answer, text FROM texts WHERE facts IS NULL")
        return {answer: _decoded(text) for answer, text in rows}

    def add_facts(self, facts: Iterable[tuple[str, SourceFacts]]) -> None:
        """Keeps the facts of texts.

        Args:
            facts: with the hash of the answer that they are of.
        """
        rows = [(zlib.compress(msgspec.msgpack.encode(one)), answer) for answer, one in facts]
        with self._change():
            self._base.executemany("UPDATE texts SET facts = ? WHERE answer = ?", rows)

    def facts(self) -> Mapping[str, SourceFacts]:
        """The facts of all texts that somebody has looked at, by the hashes of their answers."""
        decoder = msgspec.msgpack.Decoder(SourceFacts)
        rows = self._base.execute("SELECT answer, facts FROM texts WHERE facts IS NOT NULL")
        return {answer: decoder.decode(zlib.decompress(facts)) for answer, facts in rows}


def _decoded(text: bytes) -> str:
    return zlib.decompress(text).decode("utf-8-sig", errors="replace")
