"""The option `--course`, of instructors' commands that need points, dates or exercises."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from crystalball.curriculum.course import COMPOSED, PACK, Course, chosen
from crystalball.curriculum.manifest import Exercise, NotFound
from crystalball.entry.terminal import CommandError, desk_root
from crystalball.words.disk import disk_words

PATH: click.Path[Path] = click.Path(path_type=Path)


def opened(path: Path | None) -> Course:
    """The course; where it has exercises of its own, the command is run by a kit that has them.

    Args:
        path: of `course.toml`, or of its folder; `None` for a course that decides nothing.

    Raises:
        CommandError: it cannot be read; the message says where and why.
    """
    try:
        if path is None:
            return Course()
        folder = (path if path.is_dir() else path.parent).resolve()
        root = desk_root()
        if (folder / PACK).is_file() and not (root / COMPOSED).is_file():
            from crystalball.course.pack import run_composed

            run_composed(root, folder)
        return Course.read(path)
    except NotFound as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"--course: {disk_words(error)}. Nothing was lost.") from None


def _opened(context: click.Context, parameter: click.Parameter, path: Path | None) -> Course:
    return opened(path)


def course_option(command: Any) -> Any:
    """Adds `--course`, which gives a `Course`.

    Args:
        command: the function below click's decorators.
    """
    told = "A course.toml, or the folder that holds it: points, dates, exercises of your own."
    return click.option("--course", type=PATH, callback=_opened, help=told)(command)


def exercises_option(command: Any) -> Any:
    """Adds `--course` to a command that reads a journal: it has the course, but for its own exercises.

    Args:
        command: the function below click's decorators.
    """
    told = "The folder of a course that has exercises of its own."
    return click.option("--course", type=PATH, callback=_opened, expose_value=False, help=told)(command)


def given_out(course: Course, only: str | None, now: datetime) -> tuple[Exercise, ...]:
    """The exercises that were asked for, as far as the course gives them out; of the others it is told.

    Args:
        course: that decides.
        only: a choice of exercises; all of the course without it.
        now: the time, with a zone.

    Raises:
        NotFound: none is left.
    """
    asked = chosen(only or course.exercises)
    found = course.given_out(asked, now)
    for words, left_out in (
        ("Not in this course", [one.number for one in asked if not course.has(one)]),
        ("Not released yet", [one.number for one in asked if course.has(one) and one not in found]),
    ):
        if left_out:
            click.echo(f"{words}: {', '.join(left_out)}.")
    return found
