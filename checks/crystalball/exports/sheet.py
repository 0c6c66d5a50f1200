"""A CSV that a platform exported: read, filled in where it has room, and written as it was."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import TextIO

from crystalball.curriculum.manifest import NotFound
from crystalball.exports.scored import ScoredEntry
from crystalball.grading.exports import FORMULA
from crystalball.grading.matching import Names, plain, plain_name

LARGEST = 32 * 1024 * 1024
"""Characters of a file."""

NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?|-")
"""No formula, for all its first sign; a lone dash is Moodle's way to say that there is no grade."""


@dataclass(frozen=True)
class Sheet:
    """The cells of a CSV.

    Attributes:
        header: the first row.
        rows: the others, each as long as the header.
        delimiter: between cells.
        mark: whether it begins with a byte-order mark, as spreadsheets want it.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str = ","
    mark: bool = False

    @classmethod
    def read(cls, path: Path) -> Sheet:
        """The sheet in a file.

        Args:
            path: of the CSV.

        Raises:
            NotFound: it is none; the message says what to do.
        """
        try:
            with path.open(encoding="utf-8", newline="") as file:
                text = file.read(LARGEST)
            first = text.removeprefix("\ufeff").partition("\n")[0]
            delimiter = max(",;\t", key=first.count)
            lines = StringIO(
                text.removeprefix("\ufeff"), newline=""
            )  # ends a line as a CSV does, and nowhere else
            header, *rows = csv.reader(lines, strict=True, delimiter=delimiter)
        except UnicodeDecodeError:
            raise NotFound(f"--into: {path} is not UTF-8: export it as CSV in UTF-8.") from None
        except (csv.Error, ValueError) as error:
            raise NotFound(f"--into: {path} is no CSV with a header: {error}.") from None
        except OSError as error:
            raise NotFound(f"--into: {path} cannot be read: {error.strerror}.") from None
        wide = len(header)
        filled = (tuple((row + [""] * wide)[:wide]) for row in rows if any(row))
        return cls(tuple(header), tuple(filled), delimiter, text.startswith("\ufeff"))

    def write(self, file: TextIO) -> None:
        """Writes the sheet; what a spreadsheet would run is made harmless.

        Args:
            file: opened without translation of line ends.
        """
        file.write("\ufeff" if self.mark else "")
        writer = csv.writer(file, lineterminator="\n", delimiter=self.delimiter)
        writer.writerows([*map(harmless, row)] for row in (self.header, *self.rows))

    def column(self, *names: str) -> int | None:
        """The index of the first column that has one of some names; `None` where none has.

        Args:
            *names: whatever their capitals.
        """
        header = list(map(plain, self.header))
        return next((header.index(name) for name in map(plain, names) if name in header), None)

    def only(self, columns: Sequence[int]) -> Sheet:
        """The sheet with some of its columns.

        Args:
            columns: their indices.
        """
        header, *rows = (tuple(row[index] for index in columns) for row in (self.header, *self.rows))
        return replace(self, header=header, rows=tuple(rows))


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; the apostrophe in front is not shown there.

    Args:
        text: of the cell.
    """
    return f"'{text}" if text.startswith(FORMULA) and not NUMBER.fullmatch(text) else text


class Owners:
    """Tells whose a row is, where all of its columns that say something say the same.

    Args:
        entries: what each entry got.
        sheet: the rows.
        columns: that may tell.
    """

    def __init__(self, entries: Sequence[ScoredEntry], sheet: Sheet, columns: Sequence[int]) -> None:
        self._names = Names(one.info for one in entries)
        self._entries: dict[str, ScoredEntry] = {one.info.name: one for one in entries}
        self._columns = columns
        cells = Counter(plain_name(row[index]) for row in sheet.rows for index in columns)
        # What two rows say alike, such as a name, tells nothing.
        self._twice = {cell for cell, times in cells.items() if times > 1}
        self._used: set[str] = set()

    def of(self, row: Sequence[str]) -> ScoredEntry | None:
        """Whose a row is; `None` where nobody's, or where that is not sure.

        An id of one platform may be somebody else's on another, so two columns must not disagree.

        Args:
            row: of the sheet.
        """
        cells = [row[index] for index in self._columns if plain_name(row[index]) not in self._twice]
        each = [self._names.find(cell) for cell in cells if cell.strip()]
        found = {name for names in each if len(names) == 1 for name in names}
        if len(found) != 1:
            return None
        self._used |= found
        return self._entries[found.pop()]

    def must_be_some(self) -> None:
        """Makes sure that the sheet is of this class.

        Raises:
            NotFound: no row is anybody's.
        """
        if not self._used:
            raise NotFound(
                "--into: no row of it is surely anybody's in this grading. Is it of this class? Grade with "
                "--roster, so that entries have the names and ids that the file has."
            )

    def unmatched(self) -> Iterator[str]:
        """Entries that no row was found for, a sentence each."""
        for name in self._entries:
            if name not in self._used:
                yield f"{name}: no row that is surely theirs; it is left out"
