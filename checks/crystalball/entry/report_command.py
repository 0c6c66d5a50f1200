"""`crystalball report`: the class report, and the pages of students anew, from a journal."""

from __future__ import annotations

from pathlib import Path

import click

from crystalball.entry.course_option import exercises_option
from crystalball.entry.terminal import clear_errors, desk_root
from crystalball.reading.outside import outside_line


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@exercises_option
@click.option("--grading", type=int, help="Another grading than the last one, by its number.")
@clear_errors
def report(folder: Path, grading: int | None) -> None:
    """For instructors: the class on one page, from a FOLDER that `crystalball grade` wrote.

    Writes `class.html` into it, `questions.csv`, and grades and the pages of the students anew.
    """
    from crystalball.class_report.report import write_class_report

    files, unmatched = write_class_report(desk_root(), folder, grading)
    for path in files:
        click.echo(path)
    for name in unmatched:
        click.echo(outside_line(name), err=True)
