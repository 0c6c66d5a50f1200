"""Writes what is seen of a class: its report, the statistics of its questions, the students' pages."""

from __future__ import annotations

from pathlib import Path

from crystalball.class_report.class_data import ClassData
from crystalball.class_report.page import compare, render
from crystalball.class_report.statistics import as_csv, questions
from crystalball.grading.exports import replacing, write_each
from crystalball.grading.grade import files_of
from crystalball.grading.journal import Journal
from crystalball.grading.looking import look_at_all
from crystalball.grading.slot_pool import cores


def write_class_report(
    root: Path, folder: Path, grading: int | None = None
) -> tuple[list[Path], list[str]]:
    """Writes everything, from the journal alone.

    Args:
        root: of the kit.
        folder: that holds the journal.
        grading: its number; that of the last one without it.

    Returns:
        The files of the class, the grades, and the folder of the students' pages; and a line for each
        name in `words.csv` and among the extensions that is not one student's.

    Raises:
        NotFound: there is no such journal, or no such grading.
    """
    journal = Journal(folder)
    try:
        data = ClassData.read(journal, journal.last_grading() if grading is None else grading)
        look_at_all(journal.texts, cores(), [root, folder.resolve()])
        found = list(questions(data))
        page = render(data, found, compare(root, data, journal.texts), journal.texts)
        written = {folder / "class.html": page, folder / "questions.csv": as_csv(found)}
        for path, text in written.items():
            with replacing(path) as file:
                file.write(text)
        write_each(data.by_name, *files_of(journal, data.number, folder, root))
        unmatched = journal.rulings(data.number).unmatched
    finally:
        journal.close()
    files = [*written, *(folder / name for name in ("grades.csv", "results.jsonl", "reports"))]
    return files, unmatched
