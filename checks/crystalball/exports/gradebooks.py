"""The grade books of Canvas and Moodle, filled in: a file that the platform exported, to be imported there.

Nothing new appears: rows, columns, ids and titles are the platform's own. Who handed nothing in keeps
what stands there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from crystalball.curriculum.manifest import Exercise, NotFound, curriculum
from crystalball.exports.scored import ScoredEntry
from crystalball.exports.sheet import Owners, Sheet
from crystalball.grading.matching import plain
from crystalball.grading.naming import naming

IDENTITY = ("ID", "SIS User ID", "SIS Login ID", "Student")
"""Canvas' columns that tell whose a row is, the surest first."""

ASSIGNMENT = re.compile(r"(?P<title>.*\S)\s*\((?P<id>\d+)\)")

MOODLE_IDENTITY = (
    *("Identifier", "ID number", "Username", "Email address", "Institution", "Full name", "Name"),
)


@dataclass(frozen=True)
class Filled:
    """A grade book that was filled in.

    Attributes:
        sheet: what is imported.
        notes: what an instructor should know: who is left out, and why.
    """

    sheet: Sheet
    notes: tuple[str, ...]


def canvas(entries: Sequence[ScoredEntry], sheet: Sheet, column: str | None) -> Filled:
    """The grade book that Canvas exported, with identity and the filled assignments alone.

    Args:
        entries: what each got.
        sheet: as Canvas exported it.
        column: title or id of the assignment that takes the sum; without it, each assignment that is
            named after an exercise takes that, and an only one the sum.

    Raises:
        NotFound: it is no such file, has no such assignment, or nobody of this class.
    """
    identity = [index for name in IDENTITY if (index := sheet.column(name)) is not None]
    student, id = sheet.column("Student"), sheet.column("ID")
    if student is None or id is None:
        raise NotFound(
            "--into: no grade book of Canvas: it has no columns Student and ID. Export it there."
        )
    targets = _assignments(sheet, column)
    kept = sorted({*identity, *filter(None, [sheet.column("Section")]), *targets})
    possible = next((row for row in sheet.rows if plain(row[student]) == "points possible"), None)
    people = replace(sheet, rows=tuple(row for row in sheet.rows if row[id].strip()))
    owners, rows = Owners(entries, people, identity), []
    for row in sheet.rows:
        cells, entry = list(row), owners.of(row) if row[id].strip() else None
        for index, exercise in targets.items() if entry else ():
            got = _got(entry, exercise)
            if got is not None and row[index].strip().upper() != "EX":  # excused
                cells[index] = _scaled(*got, possible[index] if possible else "")
        rows.append(tuple(cells))
    owners.must_be_some()
    notes = (*_without_column(entries, targets.values()), *owners.unmatched())
    return Filled(replace(sheet, rows=tuple(rows)).only(kept), notes)


def _without_column(entries: Sequence[ScoredEntry], filled: Iterable[Exercise | None]) -> Iterator[str]:
    """Exercises that were graded and are in no column, where none takes the sum; a sentence each."""
    there = [*filled]
    graded = dict.fromkeys(one.exercise for entry in entries for one in entry.answers)
    for exercise in graded if None not in there else ():
        if exercise not in there:
            yield f"{exercise.id}: no assignment is named after it; it is left out"


def _assignments(sheet: Sheet, column: str | None) -> dict[int, Exercise | None]:
    """The columns that are filled, with their exercise; `None` stands for the sum."""
    there = {
        index: match
        for index, name in enumerate(sheet.header)
        if (match := ASSIGNMENT.fullmatch(name.strip()))
    }
    if column is not None:
        wanted = [n for n, one in there.items() if plain(column) in map(plain, (one[0], one[1], one[2]))]
        if len(wanted) == 1:
            return {wanted[0]: None}
    else:
        found = {index: exercise for index, one in there.items() if (exercise := _named(one["title"]))}
        if found:
            return dict(found)
        if len(there) == 1:
            return dict.fromkeys(there)
    titles = ", ".join(one[0] for one in there.values()) or "none"
    raise NotFound(f"--column: name one assignment of the grade book, by title or id: {titles}.")


def _named(title: str) -> Exercise | None:
    """The exercise that an assignment is named after."""
    for exercise in curriculum().exercises:
        name, number = _words(exercise.title), int(exercise.number)
        told = (name, f"{number} {name}", f"exercise {number} {name}")
        if _words(title) in told or naming(exercise, PurePosixPath(f"{title}.py")):
            return exercise
    return None


def _words(title: str) -> str:
    """A title without signs, capitals and the zeros that numbers may begin with."""
    return re.sub(r"\b0+(?=\d)", "", " ".join(re.findall(r"[^\W_]+", plain(title))))


def _got(entry: ScoredEntry | None, exercise: Exercise | None) -> tuple[float, float] | None:
    """Points and those that were to be had; `None` where the exercise was not graded."""
    if entry is None:
        return None
    if exercise is None:
        return entry.score, entry.max_score
    grades = [one.grade for one in entry.answers if one.exercise.id == exercise.id]
    return (grades[0].points, grades[0].max_points) if grades else None


def _scaled(points: float, most: float, maximum: str) -> str:
    """Points scaled to a maximum as it is written, with its decimal sign."""
    try:
        out_of = float(maximum.strip().replace(",", "."))
    except ValueError:
        out_of = 0
    value = points * out_of / most if out_of > 0 and most else points
    return f"{value:.2f}".replace(".", "," if "," in maximum else ".")


def moodle(
    entries: Sequence[ScoredEntry], sheet: Sheet, column: str | None, maximum: float | None
) -> Filled:
    """Moodle's grading worksheet, or an export of its grade book, filled in.

    Args:
        entries: what each got.
        sheet: as Moodle exported it.
        column: that takes the grade; `Grade` without it.
        maximum: what the grade is scaled to; without it, what `Maximum Grade` says.

    Raises:
        NotFound: it is no such file, has no such column, or nobody of this class.
    """
    grade = sheet.column(column or "Grade")
    identity = [index for name in MOODLE_IDENTITY if (index := sheet.column(name)) is not None]
    most, feedback = sheet.column("Maximum Grade"), sheet.column("Feedback comments")
    if grade is None or not identity:
        where = f"--column: name the column that takes the grade: {', '.join(sheet.header)}."
        raise NotFound(where if identity else "--into: no column tells whose a row is, such as Identifier.")
    if most is None and maximum is None:
        raise NotFound("--out-of: the file has no column Maximum Grade: say what the grade is scaled to.")
    locked, owners, rows, notes = (
        sheet.column("Grade can be changed"),
        Owners(entries, sheet, identity),
        [],
        [],
    )
    for row in sheet.rows:
        cells, entry = list(row), owners.of(row)
        if entry and locked is not None and plain(row[locked]) == "no":
            notes.append(f"{entry.info.name}: Moodle says that the grade cannot be changed; it is left")
        elif entry:
            out_of = f"{maximum:g}" if maximum is not None else row[most or 0]
            cells[grade] = _scaled(entry.score, entry.max_score, out_of)
            if feedback is not None:  # Moodle takes it for HTML; its tables are made of blanks
                cells[feedback] = f"<pre>{html.escape(entry.told, quote=False)}</pre>"
        rows.append(tuple(cells))
    owners.must_be_some()
    return Filled(replace(sheet, rows=tuple(rows)), (*notes, *owners.unmatched()))
