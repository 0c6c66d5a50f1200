"""The roster: which person handed in which entry, from whatever CSV the learning platform gives."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from io import StringIO
from os.path import commonprefix
from pathlib import Path

from crystalball.curriculum.manifest import NotFound
from crystalball.grading.layouts import Entry
from crystalball.grading.matching import plain, plain_name
from crystalball.grading.times import read_time
from crystalball.reading.outside import Outside, outside_line

CAME = ("last modified (submission)", "submission time")
"""Columns, of Moodle's grading worksheet and of Gradescope's grades, that say when a submission came."""

NAMES = (
    *(("student",), ("full name",), ("name",), ("student name",), ("person",)),
    *(("first name", "last name"), ("first name", "surname"), ("vorname", "nachname")),
)
"""Columns that together say what somebody is called, the surest first."""

LARGEST_ROSTER = 16 * 1024 * 1024
"""Bytes."""


@dataclass(frozen=True)
class Roster:
    """The people of a class.

    Attributes:
        columns: the header of the CSV.
        people: a row each, as long as the header.
    """

    columns: tuple[Outside, ...] = ()
    people: tuple[tuple[Outside, ...], ...] = ()

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
                rows = list(_rows(file.read(LARGEST_ROSTER)))
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

    def called(self, index: int) -> Outside:
        """What a person is called: their name, or all that the roster says.

        Args:
            index: into `people`.
        """
        cells = self._cells(index)
        for columns in NAMES:
            if all(cells.get(column) for column in columns):
                return outside_line(" ".join(cells[column] for column in columns))
        return outside_line(", ".join(filter(None, self.people[index])))

    def handed_in(self, index: int, zone: tzinfo | None) -> datetime | None:
        """When a person's submission came, if the roster is a platform's that says so.

        Args:
            index: into `people`.
            zone: of times that are written without one.
        """
        cells = self._cells(index)
        return next((read_time(cells[column], zone) for column in CAME if column in cells), None)

    def _cells(self, index: int) -> dict[str, Outside]:
        return dict(zip(map(plain, self.columns), self.people[index], strict=True))

    def match(self, entries: Iterable[Entry]) -> tuple[dict[Outside, list[int]], list[str]]:
        """Finds for each entry the people whose it is.

        Args:
            entries: of the class.

        Returns:
            Indices into `people` by the entry's name, and a line for each entry and each person
            without the other.
        """
        named = self._named(list(entries))
        most: Counter[int] = Counter()
        for votes in named.values():
            most |= votes
        owners: dict[Outside, list[int]] = {}
        problems = []
        for name, votes in named.items():
            # Who calls themselves by another's address says less of that person than the person does.
            owners[name] = sorted(person for person, count in votes.items() if count == most[person])
            others = [self.called(person) for person in sorted(votes.keys() - set(owners[name]))]
            problems += [f"{name}: names {other}, whose is another entry" for other in others]
            if not votes:
                problems.append(f"{name}: nobody in the roster")
        entries_of = Counter(person for people in owners.values() for person in people)
        problems += [
            f"{self.called(n)}: more than one entry" for n in sorted(entries_of) if entries_of[n] > 1
        ]
        missing = set(range(len(self.people))) - entries_of.keys()
        problems += [f"{', '.join(filter(None, self.people[n]))}: no entry" for n in sorted(missing)]
        return owners, problems

    def _named(self, entries: list[Entry]) -> dict[Outside, Counter[int]]:
        """For each entry the people whom it names, and by how many of its handles."""
        cells: dict[str, set[int]] = {}
        for index, row in enumerate(self.people):
            for cell in row:
                cells.setdefault(plain_name(cell), set()).add(index)
        alike = commonprefix([entry.name for entry in entries])  # noqa: RUF071  # of letters: no paths
        assignment = alike[: alike.rfind("-") + 1]  # GitHub Classroom's clones: `<assignment>-<username>`
        named = {}
        for entry in entries:
            handles = {plain_name(one) for one in (*entry.handles, entry.name.removeprefix(assignment))}
            found = (cells[one] for one in handles if len(cells.get(one, ())) == 1)
            named[entry.name] = Counter(person for people in found for person in people)
        return named


def _rows(text: str) -> Iterator[tuple[int, tuple[Outside, ...]]]:
    """The rows with their line numbers; Canvas' rows of possible points and of its remarks are nobody."""
    header = text.partition("\n")[0]
    semicolons = ";" in header and "," not in header  # as Excel writes where the comma is for decimals
    reader = csv.reader(StringIO(text, newline=""), delimiter=";" if semicolons else ",", strict=True)
    nobody = ("", "Points Possible") if header.startswith("Student,") else ("Points Possible",)
    for row in reader:
        if any(cell.strip() for cell in row) and row[0].strip() not in nobody:
            yield reader.line_num, tuple(outside_line(cell.strip()) for cell in row)
