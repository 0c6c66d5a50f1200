"""The instructor's word: comments, overrides and manual points, in `words.csv` beside the journal.

A line is about a student and an exercise: `points` stand instead of what judging and lateness give,
`extra` is added to it, `comment` is shown beside it. A comment without an exercise is about all of them.
The student is named by the entry or by any cell of the roster that is nobody else's.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from crystalball.curriculum.manifest import NotFound, curriculum
from crystalball.grading.matching import Names, not_one
from crystalball.reading.outside import NOTHING, Outside, outside, outside_line

FILE = "words.csv"

COLUMNS = ("student", "exercise", "points", "extra", "comment")

LARGEST = 16 * 1024 * 1024
"""Bytes of the file."""


@dataclass(frozen=True)
class Word:
    """What the instructor says of an answer, or of a student.

    Attributes:
        student: as the file names them.
        exercise: its id; empty for a comment on all.
        points: instead of what judging and lateness give; `None` to leave them.
        extra: points that are added.
        comment: for the student.
    """

    student: Outside
    exercise: str = ""
    points: float | None = None
    extra: float = 0
    comment: Outside = NOTHING

    @property
    def sentences(self) -> Iterator[str]:
        """What stands beside the score, marked as the instructor's."""
        if self.points is not None:
            yield f"Set by the instructor: {self.points:g}."
        if self.extra:
            yield f"Added by the instructor: {self.extra:+g}."
        if self.comment:
            yield f"The instructor: {self.comment}"


def read_words(path: Path) -> tuple[Word, ...]:
    """The words in a file; none where there is no file.

    Args:
        path: of the CSV.

    Raises:
        NotFound: it cannot be understood; the message says for each such line what to do.
    """
    if not path.exists():
        return ()
    words, problems = [], []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(StringIO(file.read(LARGEST), newline=""), strict=True)
        _must_have_columns(path, reader.fieldnames)
        for row in reader:
            try:
                words.append(_word(f"{path}, line {reader.line_num}", row))
            except NotFound as problem:
                problems.append(str(problem))
    except UnicodeDecodeError:
        raise NotFound(f"{path} is not UTF-8: save it as CSV in UTF-8.") from None
    except csv.Error as error:
        raise NotFound(f"{path} is no CSV: {error}.") from None
    if problems:
        raise NotFound("\n".join(problems))
    return tuple(words)


def _must_have_columns(path: Path, header: Iterable[str] | None) -> None:
    there = {name.strip() for name in header or ()}
    if "student" not in there or not there <= {*COLUMNS}:
        raise NotFound(f"{path}: its first line must name columns of these: {', '.join(COLUMNS)}.")


def _word(place: str, row: dict[str | None, str | None]) -> Word:
    cells = {str(name).strip(): (value or "").strip() for name, value in row.items() if name}
    if None in row or not cells["student"]:
        raise NotFound(f"{place}: {'no student is named' if None not in row else 'too many cells'}.")
    exercise = _exercise(place, cells.get("exercise", ""))
    points, extra = (_number(place, name, cells.get(name, "")) for name in ("points", "extra"))
    if not exercise and (points is not None or extra is not None):
        raise NotFound(f"{place}: points belong to an exercise; name one, such as 3.")
    if points is not None and points < 0:
        raise NotFound(f"{place}: points are below 0; `extra` takes some away.")
    comment = outside(cells.get("comment", ""))
    return Word(outside_line(cells["student"]), exercise, points, extra or 0, comment)


def _exercise(place: str, name: str) -> str:
    try:
        return curriculum().find(name).id if name else ""
    except NotFound as error:
        raise NotFound(f"{place}: {error}") from None


def _number(place: str, name: str, text: str) -> float | None:
    if not text:
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = float("nan")
    if abs(number) < 1e6:
        return number
    raise NotFound(f"{place}: {name} {outside_line(text, 40)!r} is no number.")


class Words:
    """The instructor's words, by entry and exercise.

    Args:
        words: as they stand in the file.
        names: of the entries.

    Attributes:
        unmatched: a sentence for each name that is nobody's, or could be several's.
    """

    def __init__(self, words: Iterable[Word], names: Names) -> None:
        self._found: dict[tuple[str, str], list[Word]] = {}
        self.unmatched: list[str] = []
        for word in words:
            entries = names.find(word.student)
            if len(entries) != 1:
                self.unmatched.append(not_one(word.student, entries))
            for entry in entries if len(entries) == 1 else ():
                self._found.setdefault((entry, word.exercise), []).append(word)

    def of(self, entry: str, exercise: str = "") -> Word | None:
        """What is said of an answer, or, without an exercise, of a student; `None` for nothing.

        Args:
            entry: the entry's name.
            exercise: its id.
        """
        found = self._found.get((entry, exercise))
        if not found:
            return None
        points = [word.points for word in found if word.points is not None]
        comments = dict.fromkeys(word.comment for word in found if word.comment)
        return Word(
            found[0].student,
            exercise,
            points[-1] if points else None,
            sum(word.extra for word in found),
            outside("\n".join(comments)),
        )
