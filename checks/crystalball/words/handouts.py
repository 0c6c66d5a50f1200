"""What is said of a hand-out that was laid into a folder, and of what a hand-out does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rich.console import Group, RenderableType

from crystalball.curriculum.manifest import Exercise
from crystalball.words.console import prose


class Laid(Protocol):
    """What became of the files in a folder: see `crystalball.learner.handout`."""

    version: str
    before: str
    new: list[str]
    kept: list[str]
    gone: list[str]
    begun: list[str]
    backups: list[str]


def laid_into_a_folder(laid: Laid) -> RenderableType:
    """What became of the files in a folder.

    Args:
        laid: all that did.
    """
    was = "" if laid.before in ("", laid.version) else f"was hand-out {laid.before}, and "
    lines = [f"It {was}is {laid.version}." if was else f"It is hand-out {laid.version}."]
    if laid.before and laid.new:
        lines.append(f"New: {_names(laid.new)}.")
    if laid.gone:
        lines.append(f"No longer given out, and removed: {_names(laid.gone)}.")
    if laid.begun:
        lines.append(f"No longer given out; what was begun stays, and is not judged: {_names(laid.begun)}.")
    lines += [
        f"`{path}` was begun and stays as it is; its stub is another one now: "
        f"`crystalball reset {path.rpartition('/')[2][:2]}` gets it, and keeps a copy of what is there."
        for path in laid.kept
    ]
    if laid.backups:
        lines.append(f"Files that had been changed are replaced, and kept: {_names(laid.backups)}.")
    return Group(*map(prose, lines))


def _names(paths: Sequence[str]) -> str:
    return ", ".join(f"`{path}`" for path in paths)


def no_solution_here(exercise: Exercise) -> RenderableType:
    """A hand-out holds no solutions.

    Args:
        exercise: whose solution was asked for.
    """
    return prose(
        f"There is no reference answer to exercise {exercise.number} in this kit: solutions come from your "
        f"instructor. `crystalball hint {exercise.number}` helps with the last step."
    )
