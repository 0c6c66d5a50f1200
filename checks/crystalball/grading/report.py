"""A page for each student: what they were told, check by check, in the words that pytest uses.

Of each exercise a page shows what the course lets students see by now.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from crystalball.curriculum.manifest import curriculum
from crystalball.grading.drawings import drawings
from crystalball.grading.exports import Add, replacing
from crystalball.grading.grades import EntryInfo, Grade, total
from crystalball.grading.journal import Journal
from crystalball.grading.shown import Shown
from crystalball.judging.verdict import Verdict
from crystalball.reading.outside import Outside, mark_of
from crystalball.words.console import Signs
from crystalball.words.html import as_html, pages
from crystalball.words.verdicts import leading_on, told

MOST_KEPT = 2000
"""Sections of pages that are kept to be written again."""


@contextmanager
def report_pages(journal: Journal, grading: int, folder: Path, root: Path) -> Iterator[Add]:
    """Writes `<entry>.html` for each entry of a grading.

    Args:
        journal: the journal.
        grading: its number.
        folder: in which the pages go.
        root: of the kit, whose checks say which cases every learner has: no other is shown.
    """
    shown, templates = Shown(journal.course(grading), root), pages(Path(__file__).parent)
    page, section = templates.get_template("report.html"), templates.get_template("section.html")
    folder.mkdir(exist_ok=True)

    @lru_cache(MOST_KEPT)
    def told_of(*seen: Any) -> Markup:
        """Most of a class is told one of a few things about an exercise."""
        return Markup(section.render(_exercise(*seen)))

    def add(info: EntryInfo, grades: Sequence[Grade]) -> None:
        sections = [told_of(*_seen(shown, grade)) for grade in grades]
        with replacing(folder / file_name(info.name), lasting=False) as file:
            file.write(page.render(_of_student(shown, info, grades), sections=sections))

    yield add


def file_name(entry: Outside) -> str:
    """A file name for an entry's page that is safe on every system, and no other entry's.

    Args:
        entry: its name.
    """
    safe = re.sub(r"[^\w. -]", "_", entry).strip(". ").encode()[:100].decode(errors="ignore")
    # A mark after `~`, which no name without one can hold.
    return f"{safe}.html" if safe == entry else f"{safe}~{mark_of(entry)}.html"


def _of_student(shown: Shown, info: EntryInfo, grades: Sequence[Grade]) -> dict[str, Any]:
    """What a student's page shows above the exercises; what is hidden is not in the sum either."""
    score, most = total([grade for grade in grades if shown.visibility(grade) != "hidden"])
    return {
        "name": " and ".join(info.names) or info.name,
        "entry": info.name if info.names else "",
        "notes": info.notes,
        "comment": info.comment,
        "score": f"{score:g}",
        "max_score": f"{most:g}",
    }


def _seen(shown: Shown, grade: Grade) -> tuple[Any, ...]:
    """All that a student's page shows of a grade: the arguments of `_exercise`."""
    if shown.visibility(grade) == "hidden":
        return grade.verdict.exercise, None, 0, 0, ()
    verdict = replace(shown.verdict(grade), seconds=0.0, flags=())
    return grade.verdict.exercise, verdict, grade.points, grade.max_points, grade.why


def _exercise(
    id: str, verdict: Verdict | None, points: float, most: float, why: Sequence[str]
) -> dict[str, Any]:
    exercise = curriculum().find(id)
    title = f"{exercise.number} {exercise.title}"
    if verdict is None:
        return {"title": title, "hidden": True}
    parts = () if verdict.passed else (*told(verdict, Signs()), leading_on(verdict))
    return {
        "title": title,
        "hidden": False,
        "verdict": str(verdict.status),
        "passed": verdict.passed,
        "points": f"{points:g}",
        "max_points": f"{most:g}",
        "why": why,
        "checks": verdict.checks,
        "told": [as_html(part) for part in parts],
        "drawings": list(drawings(verdict)),
    }
