"""What leaves the journal for other programs: `grades.csv` and `results.jsonl`.

Nothing here judges: the same journal gives the same files, whenever they are written.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from crystalball.grading.grades import EntryInfo, Grade, total
from crystalball.grading.journal import Journal
from crystalball.words.verdicts import in_short

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell may not begin with: a spreadsheet would compute it, and fetch or run things."""


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A text file that appears whole or not at all.

    Args:
        path: of the file.
    """
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8", newline="") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def write_results(journal: Journal, grading: int, path: Path) -> None:
    """Writes an object a line, one for each submission.

    Its fields: `submission`, `score`, `max_score`, `sandbox`, and `exercises`, which has for each
    exercise `verdict`, `points`, `max_points`, `mistakes` (ids), `message` and `seconds`.

    Args:
        journal: the journal.
        grading: its number.
        path: of the file.
    """
    sandbox = journal.sandbox(grading)
    with replacing(path) as file:
        for info in journal.entries(grading):
            grades = list(journal.grades(grading, info.name))
            score, most = total(grades)
            line = {
                "submission": info.name,
                "score": score,
                "max_score": most,
                "exercises": {grade.verdict.exercise: _result(grade) for grade in grades},
                "sandbox": sandbox,
            }
            file.write(json.dumps(line) + "\n")


def _result(grade: Grade) -> dict[str, Any]:
    verdict = grade.verdict
    return {
        "verdict": str(verdict.status),
        "points": grade.points,
        "max_points": grade.max_points,
        "mistakes": grade.mistakes,
        "message": in_short(verdict),
        "seconds": round(verdict.seconds, 3),
    }


def write_grades(
    journal: Journal, grading: int, path: Path, columns: Sequence[str], absent: Sequence[Sequence[str]]
) -> None:
    """Writes a row for each entry and person: the roster's columns, the score, the points.

    Args:
        journal: the journal.
        grading: its number.
        path: of the CSV.
        columns: the roster's header.
        absent: rows of the roster without an entry.
    """
    exercises = sorted({grade.verdict.exercise for grade in journal.grades(grading)})
    with replacing(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        ends = ["late", "flags", "notes"]
        writer.writerow([*map(cell, columns), "submission", "score", "max_score", *exercises, *ends])
        for info in journal.entries(grading):
            grades = {grade.verdict.exercise: grade for grade in journal.grades(grading, info.name)}
            for person in info.people or (("",) * len(columns),):
                writer.writerow([*map(cell, person), *_row(info, grades, exercises)])
        for row in absent:
            writer.writerow([*map(cell, row), *[""] * (len(exercises) + 3 + len(ends))])


def _row(info: EntryInfo, grades: dict[str, Grade], exercises: Sequence[str]) -> list[object]:
    score, most = total(list(grades.values()))
    each = [grades[id].points if id in grades else "" for id in exercises]
    flags = [f"{id}: {flag}" for id, grade in sorted(grades.items()) for flag in grade.verdict.flags]
    late, notes = "late" if info.late else "", "; ".join(info.notes)
    return [cell(info.name), score, most, *each, late, cell("; ".join(flags)), cell(notes)]


def cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; the apostrophe in front is not shown there.

    Args:
        text: whatever somebody wrote.
    """
    return f"'{text}" if text.startswith(FORMULA) else text
