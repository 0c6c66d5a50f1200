"""What the commands share: printing at the terminal's width, and errors in one line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from rich.console import Console, RenderableType

from crystalball.curriculum.manifest import NotFound, find_root
from crystalball.learner.board import BoardError
from crystalball.processes.process import StartError
from crystalball.words.console import Signs, render
from crystalball.words.disk import disk_words

WIDEST = 120
"""Columns that are used at most."""


class CommandError(click.ClickException):
    """What is wrong, where, and what to do, in one line; exit code 2."""

    exit_code = 2


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

    return wrapped


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
