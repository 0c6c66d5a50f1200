"""What `crystalball watch` shows beside verdicts: that it judges, where to go, and its keys."""

from __future__ import annotations

from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from crystalball.curriculum.manifest import Exercise
from crystalball.words.console import link, prose

KEYS = {
    "h": "hint",
    "l": "list",
    "p": "previous",
    "n": "next",
    "b": "board",
    "c": "compare",
    "r": "run",
    "q": "quit",
}


def judging(exercise: Exercise) -> RenderableType:
    """What stands there while a verdict is on its way.

    Args:
        exercise: that is judged.
    """
    file = (f"exercises/{exercise.id}.py", "cyan")
    title = (f"{exercise.number} {exercise.title}", "bold")
    return Group(Text.assemble(title, "  ", file), Text("  Judging …", "dim"))


def board(words: str, url: str) -> RenderableType:
    """What came of opening a board.

    Args:
        words: what is to be said of it.
        url: where it is; empty where it could not be opened.
    """
    return Group("The board is here:", link(url), prose(words)) if url else prose(words)


def go_on(following: Exercise | None) -> RenderableType:
    """Where to go after a pass; only the learner goes there.

    Args:
        following: the next exercise; `None` after the last.
    """
    if following is None:
        return prose("That was the last one; some before it are not done yet: `l` lists them.")
    return prose(f"`n` goes on to {following.number} {following.title}.")


def state(judged: datetime | None, more: str) -> RenderableType:
    """When the answer was judged, so that one sees that it was again, and what is out of view.

    Args:
        judged: `None` while it still is.
        more: what the space bar brings, in words; empty for nothing.
    """
    when = f" judged at {judged:%H:%M:%S}" if judged else " judging …"
    return Text.assemble((when, "dim"), (f"   space: {more}" if more else "", "yellow"))


def keys_line(width: int) -> RenderableType:
    """The keys, with a word for each.

    Args:
        width: columns of the terminal.
    """
    line = Text(style="dim")
    for key, word in KEYS.items():
        line.append(f" {key} ", "reverse").append(f" {word}  " if width >= 100 else f" {word} ")
    return line
