"""What the commands of the learner say, beside verdicts: hints, boards, stubs, solutions, a full disk."""

from __future__ import annotations

import difflib
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from crystalball.curriculum.manifest import Exercise
from crystalball.words.console import labelled, link, prose
from crystalball.words.disk import disk_words


def hints(exercise: Exercise, shown: int) -> RenderableType:
    """The first hints of an exercise, the newest last.

    Args:
        exercise: whose hints they are.
        shown: how many.
    """
    count = len(exercise.hints)
    lines = [
        labelled(f"{n}/{count}", prose(text, "bold" if n == shown else "dim"))
        for n, text in enumerate(exercise.hints[:shown], start=1)
    ]
    more = "That was the last one." if shown == count else "Ask again for the next one."
    return Group(Text(f"{exercise.number} {exercise.title}", "bold"), *lines, Text(more, "dim"))


def all_done() -> RenderableType:
    """What stands there when all is done."""
    return Group(
        prose("All exercises are done. Look at what you logged: `tensorboard --logdir runs`", "bold green"),
        prose("A page worth keeping, with your own sprites: `crystalball certificate`"),
    )


def could_not_judge(error: Exception) -> Text:
    """Something is wrong with the kit or the machine, and not with the answer.

    Args:
        error: what came in place of a verdict.
    """
    if isinstance(error, OSError):
        return Text(f"{disk_words(error)}. Nothing could be judged, and nothing was lost.", "yellow")
    return Text(f"This could not be judged: {error or type(error).__name__}", "yellow")


def board_serves(url: str, folder: Path, exercise: Exercise | None) -> RenderableType:
    """What a board shows and where, its address on a line of its own, and how to leave it.

    Args:
        url: of the board.
        folder: that it shows, from the kit's root.
        exercise: whose failed run it shows, over the right one; `None` for the learner's own runs.
    """
    what = (
        f"your last failed run of exercise {exercise.number}, *yours* over *expected*, in"
        if exercise
        else "your runs in"
    )
    others = " `crystalball board runs` shows your own runs." if exercise else ""
    return Group(
        prose(f"TensorBoard shows {what} `{folder.as_posix()}`:"),
        link(url),
        prose(f"Ctrl-C ends it.{others}"),
    )


def stub_restored(exercise: Exercise, kept: Path | None) -> RenderableType:
    """A stub was put back.

    Args:
        exercise: whose stub.
        kept: the copy of what was there; `None` for none.
    """
    copy = f" What was there is kept in `{kept.as_posix()}`." if kept else ""
    return prose(f"`exercises/{exercise.id}.py` is the stub again.{copy}")


def solution_too_early(exercise: Exercise) -> RenderableType:
    """The solution was asked for before the exercise was done.

    Args:
        exercise: that it solves.
    """
    return prose(
        f"Exercise {exercise.number} is not done yet, and the last step is the one that teaches: "
        f"`crystalball hint {exercise.number}` helps with it. "
        f"To see the answer all the same, ask again: `crystalball solution {exercise.number}`."
    )


def diff_to_solution(yours: Path, reference: Path, root: Path) -> RenderableType:
    """What turns the learner's answer into the reference: lines with - and +.

    Args:
        yours: the answer; it may be missing.
        reference: the solution.
        root: of the kit, from which both are named.
    """
    a, b = (
        path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        for path in (yours, reference)
    )
    names = [path.relative_to(root).as_posix() for path in (yours, reference)]
    lines = list(difflib.unified_diff(a, b, names[0], names[1], lineterm=""))
    if not lines:
        return prose(f"`{yours.name}` is the reference answer, letter by letter.")
    styles = {"-": "red", "+": "green", "@": "cyan"}
    shown = (Text(line, "bold" if at < 2 else styles.get(line[:1], "dim")) for at, line in enumerate(lines))
    return Text("\n", no_wrap=True, overflow="ignore").join(shown)  # a wrapped line is no diff any more


def could_not_remember(error: OSError) -> RenderableType:
    """What was shown could not be written down.

    Args:
        error: of the disk.
    """
    return Text(f"{disk_words(error)}. What was shown stands, but it could not be remembered.", "yellow")
