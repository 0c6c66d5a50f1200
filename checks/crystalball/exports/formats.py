"""The formats of `crystalball export`, and what writes each from a grading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath

from crystalball.curriculum.manifest import NotFound
from crystalball.exports import gradebooks, lists, results
from crystalball.exports.scored import ScoredEntry, scored
from crystalball.exports.sheet import Sheet
from crystalball.grading.exports import replacing, results_file, write_each
from crystalball.grading.journal import Journal
from crystalball.grading.report import file_name


@dataclass(frozen=True)
class Export:
    """What was asked for.

    Attributes:
        root: of the kit.
        journal: where it comes from.
        grading: its number there.
        out: a file, or, of what each entry has its own, a folder.
        into: the file that the platform exported; `None` where none was named.
        column: that takes the grade; `None` where none was named.
        maximum: that it is scaled to; `None` where none was named.
    """

    root: Path
    journal: Journal
    grading: int
    out: Path
    into: Path | None = None
    column: str | None = None
    maximum: float | None = None

    @cached_property
    def entries(self) -> list[ScoredEntry]:
        """What each entry got."""
        return list(scored(self.journal, self.grading, self.root))

    @property
    def sheet(self) -> Sheet:
        """The file that the platform exported.

        Raises:
            NotFound: none was named, or it cannot be read.
        """
        if self.into is None:
            raise NotFound("--into: name the CSV that the platform exported; it is filled in.")
        return Sheet.read(self.into)


Notes = tuple[str, ...]


def _write_sheet(export: Export, sheet: Sheet, notes: Notes = ()) -> Notes:
    with replacing(export.out) as file:
        sheet.write(file)
    return notes


COUNTED = "in the grade all the same, and not in what is said of it"


def _hidden(export: Export, how: str) -> Notes:
    """A line for each exercise that students may not see, which says what became of it."""
    hidden = {one.title: None for entry in export.entries for one in entry.hidden}
    return tuple(f"{title} is hidden from students: {how}" for title in hidden)


def _canvas(export: Export) -> Notes:
    filled = gradebooks.canvas(export.entries, export.sheet, export.column)
    return _write_sheet(export, filled.sheet, (*_hidden(export, COUNTED), *filled.notes))


def _moodle(export: Export) -> Notes:
    filled = gradebooks.moodle(export.entries, export.sheet, export.column, export.maximum)
    return _write_sheet(export, filled.sheet, (*_hidden(export, COUNTED), *filled.notes))


def _nbgrader(export: Export) -> Notes:
    return _write_sheet(export, lists.nbgrader(export.entries, export.journal.columns(export.grading)))


def _mail(export: Export) -> Notes:
    sheet = lists.mail_merge(export.entries, export.journal.columns(export.grading))
    return _write_sheet(export, sheet, _hidden(export, "left out with its points"))


def _junit(export: Export) -> Notes:
    with replacing(export.out) as file:
        file.write(lists.junit(export.entries))
    return ()


def _jsonl(export: Export) -> Notes:
    journal, grading = export.journal, export.grading
    write_each(journal.graded(grading), results_file(journal, grading, export.out))
    return ()


def _each(platform: str) -> Callable[[Export], Notes]:
    """Writes a file for each entry, as a container or a workflow of the platform would."""

    def write(export: Export) -> Notes:
        export.out.mkdir(parents=True, exist_ok=True)
        for entry in export.entries:
            with replacing(export.out / f"{PurePath(file_name(entry.info.name)).stem}.json") as file:
                file.write(results.written(results.result(platform, entry)))
        return _hidden(export, "left out with its points") if platform in results.FOR_STUDENTS else ()

    return write


FORMATS: dict[str, tuple[str, Callable[[Export], Notes]]] = {
    "canvas": ("canvas.csv", _canvas),
    "moodle": ("moodle.csv", _moodle),
    "nbgrader": ("nbgrader.csv", _nbgrader),
    "mail": ("mail.csv", _mail),
    "junit": ("junit.xml", _junit),
    "jsonl": ("results.jsonl", _jsonl),
    **{platform: (platform, _each(platform)) for platform in results.PLATFORMS},
}
"""By name: the file or folder that it is written to by default, and what writes it."""
