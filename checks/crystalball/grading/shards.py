"""Shards: the parts of a class that are graded apart, on as many machines, and merged by their journals."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crystalball.curriculum.manifest import NotFound
from crystalball.grading.journal import Journal
from crystalball.grading.layouts import Entry

ALIKE = ("exercises", "seed", "sandbox", "course", "columns", "absent")
"""What the shards of one class have in common."""

WORDS = {"columns": "roster", "absent": "roster or submissions"}
"""What it is called where it is typed."""


@dataclass(frozen=True)
class Shard:
    """One of so many parts of a class. Which one an entry belongs to, its name decides alone.

    Attributes:
        index: from 1.
        count: of all parts.
    """

    index: int = 1
    count: int = 1

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    @classmethod
    def parse(cls, text: str) -> Shard:
        """The shard that was typed as `2/8`.

        Args:
            text: what was typed.

        Raises:
            NotFound: there is none such.
        """
        index, _, count = text.partition("/")
        if index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count):
            return cls(int(index), int(count))
        raise NotFound(f"--shard: {text} is none: the second of eight is 2/8.")

    def of(self, entries: Sequence[Entry]) -> list[Entry]:
        """The entries of this part.

        Args:
            entries: of the whole class.
        """
        return [entry for entry in entries if self._holds(entry.name)]

    def _holds(self, name: str) -> bool:
        mark = hashlib.sha256(name.encode(errors="surrogatepass")).digest()
        return int.from_bytes(mark[:8], "big") % self.count == self.index - 1


@dataclass(frozen=True)
class ShardJournal:
    """The last grading in the journal of a shard.

    Attributes:
        folder: that holds the journal.
        number: of the grading.
        shard: which it is.
        typed: the command.
        facts: what must be the same for all: see `ALIKE`.
    """

    folder: Path
    number: int
    shard: Shard
    typed: dict[str, Any]
    facts: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> ShardJournal:
        """Reads it.

        Args:
            folder: that `crystalball grade --shard` wrote.

        Raises:
            NotFound: there is none, or it has not come to its end.
        """
        with contextlib.closing(Journal(folder)) as journal:
            number = journal.last_grading()
            row = journal.grading(number)
        typed = json.loads(row["command"])
        if not row["ended"]:
            raise NotFound(f"{folder} is not finished: give the command that wrote it once more.")
        facts = {name: {**typed, **row}[name] for name in ALIKE}
        return cls(folder, number, Shard.parse(typed["shard"]), typed, facts)


def read_shards(folders: Sequence[Path]) -> list[ShardJournal]:
    """Reads all shards of a class.

    Args:
        folders: of their journals, in any order.

    Raises:
        NotFound: one is missing, is there twice, or is of another class.
    """
    shards = sorted(map(ShardJournal.read, folders), key=lambda one: one.shard.index)
    first, *others = shards
    for other in others:
        if other.shard.count != first.shard.count:
            raise NotFound(f"{first.folder} is shard {first.shard}, and {other.folder} is {other.shard}.")
        for name in ALIKE:
            if other.facts[name] != first.facts[name]:
                raise NotFound(
                    f"{first.folder} and {other.folder} were graded with another {WORDS.get(name, name)}."
                )
    indices = [one.shard.index for one in shards]
    for index in range(1, first.shard.count + 1):
        if indices.count(index) != 1:
            how = "is missing" if index not in indices else "is there twice"
            raise NotFound(f"Shard {index}/{first.shard.count} {how}: name each folder once.")
    return shards


def merge_shards(shards: Sequence[ShardJournal], folder: Path) -> int:
    """Merges the shards of a class into one grading of another journal: all of it, or nothing.

    Args:
        shards: all of them.
        folder: of the journal, which is made when it is not there.

    Returns:
        The number of the grading.

    Raises:
        NotFound: that is one of theirs.
        JournalError: the journal cannot be written.
    """
    if folder.resolve() in [shard.folder.resolve() for shard in shards]:
        raise NotFound(f"--out: {folder} is one of the shards: name another folder.")
    with contextlib.closing(Journal(folder, fresh=True)) as journal:
        others = ((Journal(shard.folder), shard.number) for shard in shards)
        return journal.take_in(others, json.dumps(shards[0].typed | {"shard": str(Shard())}))
