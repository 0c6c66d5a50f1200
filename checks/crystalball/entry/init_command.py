"""The command `crystalball init`: the folder that a clone would be, from an installed wheel."""

from __future__ import annotations

from pathlib import Path

import click

import crystalball
from crystalball.curriculum.tree import unfold
from crystalball.entry.terminal import CommandError, clear_errors, say
from crystalball.words.console import code, prose


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@clear_errors
def init(folder: Path) -> None:
    """Makes the course's folder: exercises, checks, solutions, as a clone has them."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandError(f"{folder}: there is something already. Name a folder that is new or empty.")
    unfold(Path(crystalball.__file__).resolve().parent, folder)
    say(prose(f"The course is in {code(str(folder))}. Change into it, and run `pytest`."))
