"""What leaves the journal for other programs: `grades.csv` and `results.jsonl`.

Nothing here judges: the same journal gives the same files, whenever they are written.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO

from crystalball.grading.grades import EntryInfo, Grade, total
from crystalball.grading.journal import Journal
from crystalball.reading.outside import NOTHING, Outside, outside_line
from crystalball.words.verdicts import in_short

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell may not begin with: a spreadsheet would compute it, and fetch or run things."""


Graded = tuple[EntryInfo, Sequence[Grade]]
"""An entry, and what it got."""

Add = Callable[[EntryInfo, Sequence[Grade]], None]
"""Writes one entry of a class."""


def write_each(entries: Iterable[Graded], *files: AbstractContextManager[Add]) -> None:
    """Writes several files about a class, in one walk over it.

    Args:
        entries: the class.
        *files: that are written.
    """
    with ExitStack() as opened:
        adds = [opened.enter_context(file) for file in files]
        for info, grades in entries:
            for add in adds:
                add(info, grades)


@contextmanager
def replacing(path: Path, *, lasting: bool = True) -> Iterator[TextIO]:
    """A text file that appears whole or not at all.

    Args:
        path: of the file.
        lasting: it is on the disk at once. For thousands of pages that takes longer than all else.
    """
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8", newline="") as file:
        yield file
        file.flush()
        if lasting:
            os.fsync(file.fileno())
    fresh.replace(path)


@contextmanager
def results_file(journal: Journal, grading: int, path: Path) -> Iterator[Add]:
    """Writes an object a line, one for each submission.

    Its fields: `submission`, `score`, `max_score`, `sandbox`, `comment` (the instructor's), and
    `exercises`, which has for each exercise `verdict`, `points`, `max_points`, `why` (what counts beside
    the verdict: late work, the instructor's word), `mistakes` (ids), `explained` (see `Verdict`), `line`
    (of the answer; `null` for none), `message` and `seconds`.

    Args:
        journal: the journal.
        grading: its number.
        path: of the file.
    """
    sandbox = journal.sandbox(grading)
    with replacing(path) as file:

        def add(info: EntryInfo, grades: Sequence[Grade]) -> None:
            score, most = total(grades)
            line = {
                "submission": info.name,
                "score": score,
                "max_score": most,
                "exercises": {grade.verdict.exercise: _result(grade) for grade in grades},
                "sandbox": sandbox,
                "comment": info.comment,
            }
            file.write(json.dumps(line) + "\n")

        yield add


def _result(grade: Grade) -> dict[str, Any]:
    verdict = grade.verdict
    return {
        "verdict": str(verdict.status),
        "points": grade.points,
        "max_points": grade.max_points,
        "why": grade.why,
        "mistakes": grade.mistakes,
        "explained": verdict.explained,
        "line": verdict.line or None,
        "message": in_short(verdict),
        "seconds": round(verdict.seconds, 3),
    }


@contextmanager
def grades_file(journal: Journal, grading: int, path: Path) -> Iterator[Add]:
    """Writes a row for each entry and person, those without an entry last: the roster's cells, the points.

    Args:
        journal: the journal.
        grading: its number.
        path: of the CSV.
    """
    columns, exercises = journal.columns(grading), journal.exercises(grading)
    ends = ["late", "why", "flags", "notes"]
    with replacing(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*map(cell, columns), "submission", "score", "max_score", *exercises, *ends])

        def add(info: EntryInfo, grades: Sequence[Grade]) -> None:
            row = _row(info, {grade.verdict.exercise: grade for grade in grades}, exercises)
            for person in info.people or ((NOTHING,) * len(columns),):
                writer.writerow([*map(cell, person), *row])

        yield add
        for person in journal.absent(grading):
            writer.writerow([*map(cell, person), *[""] * (len(exercises) + 3 + len(ends))])


def _row(info: EntryInfo, grades: dict[str, Grade], exercises: Sequence[str]) -> list[object]:
    score, most = total(list(grades.values()))
    each = [grades[id].points if id in grades else "" for id in exercises]
    flags = [f"{id}: {flag}" for id, grade in sorted(grades.items()) for flag in grade.verdict.flags]
    whys = [f"{id}: {why}" for id, grade in sorted(grades.items()) for why in grade.why]
    whys = [*filter(None, [info.comment]), *whys]
    late = ", ".join(id for id, grade in sorted(grades.items()) if grade.is_late)
    ends = (outside_line("; ".join(texts)) for texts in (whys, flags, info.notes))
    return [cell(info.name), score, most, *each, late, *map(cell, ends)]


def cell(text: Outside) -> str:
    """A cell that no spreadsheet takes for a formula; the apostrophe in front is not shown there.

    Args:
        text: whatever somebody wrote.
    """
    return f"'{text}" if text.startswith(FORMULA) else text
