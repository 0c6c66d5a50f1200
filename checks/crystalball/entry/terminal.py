"""What the commands share: printing at the terminal's width, and errors in one line."""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from textwrap import fill
from typing import IO, Any

import click
from rich.console import Console, RenderableType

import crystalball
from crystalball.curriculum.manifest import Exercise, NotFound, curriculum, find_root
from crystalball.learner.board import BoardError
from crystalball.learner.progress import Progress
from crystalball.processes.process import StartError
from crystalball.reading.outside import outside, outside_line
from crystalball.words.console import Signs, render
from crystalball.words.disk import disk_words

WIDEST = 120
"""Columns that are used at most."""

LONGEST_TRACEBACK = 100_000
"""Characters of a traceback that are kept."""


class OneLine(click.ClickException):
    """An error in one line, which a terminal breaks between words."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Prints it where errors go."""
        words = f"Error: {self.format_message()}"
        if sys.stderr.isatty():
            words = fill(words, terminal_width(), break_long_words=False, break_on_hyphens=False)
        click.echo(words, file=file or sys.stderr)


class CommandError(OneLine):
    """What is wrong, where, and what to do, in one line; exit code 2."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(outside_line(message))


class KitError(OneLine):
    """An error of the kit's own, in one line; its traceback is kept in a file. Exit code 3.

    Args:
        error: the exception.
    """

    exit_code = 3

    def __init__(self, error: Exception) -> None:
        trace = "".join(traceback.format_exception(error))
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        try:
            handle, path = tempfile.mkstemp(prefix="crystalball-error-", suffix=".log")
            with open(handle, "w", encoding="utf-8") as file:
                file.write(outside(trace, LONGEST_TRACEBACK))
        except OSError:
            path = "this line"  # the disk is full, perhaps for the same reason
        what = f"{type(error).__name__}: {error}"
        super().__init__(outside_line(f"The kit itself failed ({what}, {place}). Please report {path}."))


def clear_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a command: the errors that a user can cause become one line.

    Args:
        command: the function below click's decorators.
    """

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except OSError as error:
            raise CommandError(f"{disk_words(error)}. Nothing was lost.") from None
        except (NotFound, StartError, BoardError) as error:
            raise CommandError(str(error)) from None
        except ModuleNotFoundError as error:
            if (error.name or "crystalball").startswith("crystalball"):
                raise
            raise CommandError(
                f"{error.name} is not installed. In the kit's folder: pip install -e '.[grade]' (or "
                "'.[cluster]', where that is what you ask for)."
            ) from None

    return wrapped


class ExerciseCommand(click.Command):
    """A command whose argument names an exercise: `-1` is a wrong number then, and no unknown option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Takes the arguments apart; a number below zero gets the words of a number that is not there."""
        negative = next((one for one in args if one[:1] == "-" and one[1:].isdecimal()), None)
        if negative is not None:
            raise CommandError(str(curriculum().not_found(negative)))
        return super().parse_args(ctx, args)


def exercise_of(root: Path, number: str | None) -> Exercise:
    """The exercise that a command is about: the one that is named, or else the next one.

    Args:
        root: of the kit.
        number: what was typed; `None` for nothing.

    Raises:
        NotFound: there is none of that number.
    """
    if number is not None:
        return curriculum().find(number)
    return Progress.load(root).next_exercise or curriculum().exercises[-1]


def say(*parts: RenderableType) -> None:
    """Prints parts at the width of the terminal; in colour where there is one that wants it.

    Args:
        *parts: one below the other.
    """
    console = Console()
    colour = console.is_terminal and not console.no_color
    click.echo(render(*parts, width=terminal_width(), colour=colour), color=colour)


def terminal_width() -> int:
    """The columns of the terminal that are used."""
    return min(Console().width, WIDEST)


def terminal_signs() -> Signs:
    """The signs that the terminal can show."""
    return Signs.of(sys.stdout.encoding)


def kit_root() -> Path:
    """The root of the kit that the current folder lies in."""
    return find_root(Path.cwd())


def desk_root() -> Path:
    """The root of the kit that an instructor's command works with, from whatever folder.

    It is the one that the library belongs to: the current folder may be a student's, whose checks are no
    code to run. Only where the library was installed apart from a kit, as by `crystalball init`, it is the
    kit that the current folder lies in.
    """
    try:
        return find_root(Path(crystalball.__file__).resolve().parents[2])
    except NotFound:
        return kit_root()
