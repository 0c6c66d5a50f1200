"""The commands that make a course: handout, course, new."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import curriculum
from crystalball.entry.cli import FOR_LEARNERS
from crystalball.entry.course_option import course_option, given_out
from crystalball.entry.terminal import CommandError, clear_errors, desk_root, say
from crystalball.words.console import counted, prose
from crystalball.words.handouts import laid_into_a_folder

ENTRY_MODULES = ("cli", "meant", "plugin", "self_report", "terminal", *dict.fromkeys(FOR_LEARNERS.values()))
"""The modules of `entry/` that learners need."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@course_option
@click.option("--only", metavar="N-M", help="Give out these exercises alone: 3, 1-5, 1,4-6.")
@click.option("--date", "day", metavar="DATE", help="Give out what is released then, such as 2026-10-05.")
@click.option("--with-solutions", is_flag=True, help="The reference answers too, for who learns alone.")
@clear_errors
def handout(folder: Path, course: Course, only: str | None, day: str | None, with_solutions: bool) -> None:
    """For instructors: writes into FOLDER, and into FOLDER.zip, what learners get: no answer is in it.

    The folder is a template for GitHub Classroom, the zip is for all other platforms. Over an older
    hand-out, FOLDER is brought up to date; answers, runs and progress in it stay.
    """
    from crystalball.course.handout import contents, for_the_instructor, version, write_zip
    from crystalball.learner.handout import lay

    root = desk_root()
    moment = _moment(course, day)
    exercises = given_out(course, only, moment)
    files = contents(root, exercises, course, ENTRY_MODULES, with_solutions=with_solutions)
    laid = lay(files, version(), folder)
    archive = folder.resolve().with_name(f"{folder.resolve().name}.zip")
    write_zip(files, archive)
    say(prose(f"`{folder}`, and `{archive.name}` beside it: {counted(len(exercises), 'exercise')}."))
    say(laid_into_a_folder(laid), *map(prose, for_the_instructor(root, exercises, course, moment)))


def _moment(course: Course, day: str | None) -> datetime:
    try:
        return course.moment(day) if day else datetime.now(UTC)
    except ValueError:
        raise CommandError(f"--date: {day} is no date such as 2026-10-05.") from None


@click.command()
@click.argument("id", metavar="NN_name")
@click.option(
    "--course",
    type=click.Path(path_type=Path),
    help="The folder of your course: the exercise goes there, and not into the kit.",
)
@clear_errors
def new(id: str, course: Path | None) -> None:
    """For authors: makes the files of a new exercise, a working one that you change from there."""
    from crystalball.course.author import new_exercise
    from crystalball.course.pack import ids_of

    root = desk_root()
    home = root if course is None else course.parent if course.suffix == ".toml" else course
    taken = [exercise.id for exercise in curriculum().exercises] + ids_of(home) * (course is not None)
    written = new_exercise(id, home, {one[:2]: one for one in taken}, pack=course is not None)
    option = "" if course is None else f" --course {course}"
    say(*(f"  {path.as_posix()}" for path in written))
    say(prose(f"All in `{home}`. As yet `crystalball verify {id[:2]}{option}` finds nothing wrong."))


@click.group()
def course() -> None:
    """For instructors: what you decide about the exercises, in one file."""


@course.command("new")
@click.argument("path", type=click.Path(path_type=Path), default=Path("course.toml"))
@clear_errors
def new_course(path: Path) -> None:
    """Writes a course.toml with comments: points, dates, what students see."""
    from crystalball.course import author

    say(prose(f"Fill in `{author.new_course(path)}`; other commands are told of it by `--course`."))
