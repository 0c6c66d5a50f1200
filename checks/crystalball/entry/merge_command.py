"""`crystalball merge`: the shards of a class become one grading."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click
from rich.console import Console

from crystalball.entry.course_option import exercises_option
from crystalball.entry.terminal import clear_errors, desk_root
from crystalball.grading.grade import hand_out
from crystalball.grading.instructor_word import FILE, read_words
from crystalball.grading.journal import Journal
from crystalball.grading.shards import merge_shards, read_shards
from crystalball.words.console import counted


@click.command()
@click.argument("shards", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder for all of it.")
@exercises_option
@clear_errors
def merge(shards: tuple[Path, ...], out: Path) -> None:
    """For instructors: merges what `crystalball grade --shard` wrote, each into a folder of its own.

    An instructor's words.csv is that of the folder for all of it. A course with exercises of its own is
    named again.
    """
    found = read_shards(shards)
    read_words(out / FILE)
    number = merge_shards(found, out)
    click.echo(f"{counted(len(found), 'shard')} merged.")
    with contextlib.closing(Journal(out)) as journal:
        hand_out(journal, number, out, desk_root(), Console())
