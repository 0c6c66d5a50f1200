"""A page for each student: what they were told, check by check, in the words that pytest uses."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from crystalball.curriculum.manifest import curriculum
from crystalball.grading.exports import replacing
from crystalball.grading.grades import EntryInfo, Grade, total
from crystalball.grading.journal import Journal
from crystalball.words.verdicts import plain_text

IsPinned = Callable[[str, str], bool]
"""Tells of an exercise and a case, as JSON, whether every learner has the case."""

WIDTH = 100
"""Columns of what stands there as in a terminal."""


def write_reports(journal: Journal, grading: int, folder: Path, is_pinned: IsPinned) -> None:
    """Writes `<entry>.html` for each entry of a grading.

    Args:
        journal: the journal.
        grading: its number.
        folder: in which the pages go.
        is_pinned: whether every learner has a case; no other is shown.
    """
    # Whatever a student wrote comes through here, so everything is escaped.
    pages = Environment(
        autoescape=True, loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined
    )
    page = pages.get_template("report.html")
    folder.mkdir(exist_ok=True)
    for info in journal.entries(grading):
        grades = list(journal.grades(grading, info.name))
        with replacing(folder / file_name(info.name)) as file:
            file.write(page.render(_facts(info, grades, is_pinned)))


def file_name(entry: str) -> str:
    """A file name for an entry's page that is safe on every system, and no other entry's.

    Args:
        entry: its name.
    """
    safe = re.sub(r"[^\w. -]", "_", entry).strip(". ")[:100]
    mark = (
        ""
        if safe == entry
        else f"-{hashlib.sha256(entry.encode(errors='surrogateescape')).hexdigest()[:8]}"
    )
    return f"{safe}{mark}.html"


def _facts(info: EntryInfo, grades: list[Grade], is_pinned: IsPinned) -> dict[str, Any]:
    score, most = total(grades)
    return {
        "name": info.name.encode(errors="replace").decode(),
        "people": [", ".join(filter(None, person)) for person in info.people],
        "notes": info.notes,
        "score": f"{score:g}",
        "max_score": f"{most:g}",
        "exercises": [_exercise(grade, is_pinned) for grade in grades],
    }


def _exercise(grade: Grade, is_pinned: IsPinned) -> dict[str, Any]:
    verdict, exercise = grade.verdict, curriculum().find(grade.verdict.exercise)
    if verdict.case and not is_pinned(exercise.id, verdict.case):
        verdict = replace(verdict, case="")
    verdict = replace(verdict, file=grade.place or verdict.file)
    return {
        "title": f"{exercise.number} {exercise.title}",
        "verdict": str(verdict.status),
        "passed": verdict.passed,
        "points": f"{grade.points:g}",
        "max_points": f"{grade.max_points:g}",
        "checks": verdict.checks,
        "told": "" if verdict.passed else plain_text(verdict, WIDTH),
    }
