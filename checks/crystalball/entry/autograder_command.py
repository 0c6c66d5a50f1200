"""`crystalball autograder`: a zip for Gradescope."""

from __future__ import annotations

from pathlib import Path

import click

from crystalball.curriculum.course import FILE, chosen
from crystalball.entry.course_option import opened
from crystalball.entry.terminal import CommandError, clear_errors, desk_root

SEED = "seed.txt"
"""The seed's name in the zip."""


@click.command()
@click.argument("path", metavar="ZIP", type=click.Path(path_type=Path))
@click.option("--course", type=click.Path(path_type=Path), help="A course.toml that counts, or its folder.")
@click.option("--only", metavar="N-M", help="Grade these exercises alone: 3, 1-5, 1,4-6.")
@click.option("--seed", type=click.Path(path_type=Path, exists=True), help="A file with a secret.")
@click.option("--no-sandbox", is_flag=True, help="Where its containers offer none: run without one.")
@clear_errors
def autograder(
    path: Path, course: Path | None, only: str | None, seed: Path | None, no_sandbox: bool
) -> None:
    """For instructors: writes a ready autograder for Gradescope, which judges each submission there.

    Upload the zip as it is. The kit in it is this one, without solutions.
    """
    from crystalball.exports.autograder_zip import write_autograder

    options, more = [], {}
    decided = opened(course)
    if outside := [one.number for one in chosen(only or decided.exercises) if not decided.has(one)]:
        raise CommandError(f"--only: not in this course: {', '.join(outside)}.")
    if course is not None:
        options, more = ["--course", FILE], {FILE: course / FILE if course.is_dir() else course}
    seed = seed or decided.seed_file
    options += ["--only", only] if only else []
    if seed is not None:
        options, more = [*options, "--seed", SEED], {**more, SEED: seed}
    options += ["--no-sandbox"] * no_sandbox
    path.parent.mkdir(parents=True, exist_ok=True)
    write_autograder(path, desk_root(), options, more)
    click.echo(f"{path}: upload it as the autograder of a programming assignment.")
