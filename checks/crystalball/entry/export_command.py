"""`crystalball export`: grades back to the platforms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crystalball.entry.course_option import exercises_option
from crystalball.entry.terminal import clear_errors, desk_root
from crystalball.exports.formats import FORMATS, Export
from crystalball.grading.changes import opened_grading
from crystalball.reading.outside import outside_line
from crystalball.words.console import counted

MOST_NOTES = 20
"""Notes that are shown."""


@click.command()
@click.argument("form", metavar="FORMAT", type=click.Choice([*FORMATS]))
@click.argument("grades")
@exercises_option
@click.option("--out", type=click.Path(path_type=Path), help="Where it goes; in GRADES/exports without it.")
@click.option("--into", type=click.Path(path_type=Path), help="The CSV that Canvas or Moodle exported.")
@click.option("--column", help="The column that takes the grade: a title, or Canvas' id of it.")
@click.option(
    "--out-of", "maximum", type=click.FloatRange(min=0, min_open=True), help="Scale grades to it."
)
@clear_errors
def export(form: str, grades: str, out: Path | None, **more: Any) -> None:
    """For instructors: writes grades in the form that a platform takes.

    FORMAT is canvas, moodle, nbgrader, mail (a mail merge), junit, jsonl; or gradescope, github,
    prairielearn, exercism: a file for each entry. GRADES is a folder that `crystalball grade` wrote: its
    last grading, or `DIR@3`: its third.
    """
    name, write = FORMATS[form]
    with opened_grading(grades) as (journal, grading):
        out = out or journal.folder / "exports" / name
        out.parent.mkdir(parents=True, exist_ok=True)
        notes = write(Export(desk_root(), journal, grading, out, **more))
        notes = (*notes, *journal.rulings(grading).unmatched)
    for note in notes[:MOST_NOTES]:
        click.echo(outside_line(note), err=True)
    if len(notes) > MOST_NOTES:
        click.echo(f"and {counted(len(notes) - MOST_NOTES, 'more note')}.", err=True)
    click.echo(outside_line(f"Grading {grading}: {out}"))
