"""The roster: which person handed in which entry, from whatever CSV the learning platform gives."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crystalball.curriculum.manifest import NotFound
from crystalball.grading.layouts import Entry

LARGEST_ROSTER = 16 * 1024 * 1024
"""Bytes."""


@dataclass(frozen=True)
class Roster:
    """The people of a class.

    Attributes:
        columns: the header of the CSV.
        people: a row each, as long as the header.
    """

    columns: tuple[str, ...] = ()
    people: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def read(cls, path: Path) -> Roster:
        """Reads a CSV with a header; a row belongs to an entry when one of its cells names it.

        Args:
            path: of the file.

        Raises:
            NotFound: it is none; the message says in which line, and what to do.
        """
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = list(_rows(file.read(LARGEST_ROSTER).splitlines(keepends=True)))
        except UnicodeDecodeError:
            raise NotFound(f"--roster: {path} is not UTF-8: export it as CSV in UTF-8.") from None
        except csv.Error as error:
            raise NotFound(f"--roster: {path} is no CSV: {error}.") from None
        except OSError as error:
            raise NotFound(f"--roster: {path} cannot be read: {error.strerror}.") from None
        if len(rows) < 2:
            raise NotFound(f"--roster: {path} has no row below its header.")
        (_, header), *others = rows
        for line, row in others:
            if len(row) != len(header):
                raise NotFound(
                    f"--roster: {path}, line {line}: {len(row)} cells, and the header has {len(header)}."
                )
        return cls(header, tuple(row for _, row in others))

    def match(self, entries: Iterable[Entry]) -> tuple[dict[str, list[int]], list[str]]:
        """Finds for each entry the people whose it is.

        Args:
            entries: of the class.

        Returns:
            Indices into `people` by the entry's name, and a line for each entry and each person
            without the other.
        """
        cells: dict[str, set[int]] = {}
        for index, row in enumerate(self.people):
            for cell in row:
                cells.setdefault(_plain(cell), set()).add(index)
        owners: dict[str, list[int]] = {}
        problems = []
        for entry in entries:
            found = [cells[key] for key in map(_plain, entry.handles) if len(cells.get(key, ())) == 1]
            owners[entry.name] = sorted(set().union(*found))
            if not owners[entry.name]:
                problems.append(f"{entry.name}: nobody in the roster")
        missing = set(range(len(self.people))).difference(*owners.values())
        problems += [f"{', '.join(filter(None, self.people[n]))}: no entry" for n in sorted(missing)]
        return owners, problems


def _rows(lines: list[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows with their line numbers; Canvas' row of possible points is nobody."""
    reader = csv.reader(lines, strict=True)
    for row in reader:
        if any(cell.strip() for cell in row) and row[0].strip() != "Points Possible":
            yield reader.line_num, tuple(cell.strip() for cell in row)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
