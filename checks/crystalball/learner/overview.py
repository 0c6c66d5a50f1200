"""The overview of a learner's progress: which exercise is done, which is next, how long each took."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.curriculum.stubs import first_todo
from crystalball.judging.verdict import Status, Verdict
from crystalball.learner.progress import Progress
from crystalball.reading.outside import Outside
from crystalball.words.commands import all_done
from crystalball.words.console import Signs
from crystalball.words.verdicts import in_full

MANY = 8
"""Exercises from which the list of them stands in two columns."""


def progress_list(progress: Progress, signs: Signs) -> RenderableType:
    """The short form, below a report of pytest: a bar, and each exercise with a sign.

    Args:
        progress: of the learner.
        signs: that the console can show.
    """
    lines = [_list_line(exercise, progress, signs) for exercise in curriculum().exercises]
    if len(lines) > MANY:
        return Group(_bar(progress, signs), Columns(lines, column_first=True, padding=(0, 3)))
    return Group(_bar(progress, signs), *lines)


def progress_table(progress: Progress, signs: Signs, width: int) -> RenderableType:
    """The long form: a bar, and part by part each exercise, how long it took and the mistakes made.

    Args:
        progress: of the learner.
        signs: that the console can show.
        width: columns of the console.
    """
    exercises = curriculum().exercises
    table = Table.grid(padding=(0, 1), expand=False)
    longest = max(len(one.title) for one in exercises)
    table.add_column(width=longest + 6, no_wrap=True)
    table.add_column(width=11, justify="right", no_wrap=True)
    table.add_column(max_width=max(20, width - longest - 21))
    for part in dict.fromkeys(one.part for one in exercises):
        table.add_row(Text(part, "bold"))
        for exercise in exercises:
            if exercise.part == part:
                table.add_row(*_table_row(exercise, progress, signs))
    return Group(_bar(progress, signs), "", table)


def where_next(progress: Progress, root: Path) -> RenderableType:
    """The exercise that is next, with file and line; or that all are done.

    Args:
        progress: of the learner.
        root: of the kit.
    """
    following = progress.next_exercise
    return all_done() if following is None else next_step(following, root)


def next_step(exercise: Exercise, root: Path) -> RenderableType:
    """What to do next.

    Args:
        exercise: the next one.
        root: of the kit.
    """
    file = Outside(f"exercises/{exercise.id}.py")
    line = first_todo(root / file)
    return in_full(Verdict(exercise.id, file, Status.NOT_STARTED, line=line), Signs())


def duration(seconds: float) -> str:
    """A time in words.

    Args:
        seconds: how long it is.
    """
    minutes = round(seconds / 60)
    if minutes < 1:
        return "< 1 min"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def _bar(progress: Progress, signs: Signs) -> Text:
    exercises = curriculum().exercises
    done = sum(progress.status(exercise) == Status.PASSED for exercise in exercises)
    width = 30
    filled = width * done // len(exercises)
    return Text.assemble(
        ("Crystal Ball  ", "bold"),
        (signs.full * filled, "green"),
        (signs.empty * (width - filled), "dim"),
        f"  {done} of {len(exercises)} done",
    )


class _Standing(NamedTuple):
    """How an exercise stands, as it is shown."""

    sign: str
    style: str
    word: str


def _standing(exercise: Exercise, progress: Progress, signs: Signs) -> _Standing:
    status = progress.status(exercise)
    if status == Status.PASSED:
        return _Standing(signs.done, "green", "done")
    if exercise == progress.next_exercise:
        return _Standing(signs.next, "bold yellow", "next")
    if status == Status.NOT_STARTED:
        return _Standing(signs.open, "dim", "not started")
    return _Standing(signs.wrong, "red", str(status))


def _list_line(exercise: Exercise, progress: Progress, signs: Signs) -> Text:
    sign, style, word = _standing(exercise, progress, signs)
    word = "" if sign == signs.open else word  # the sign says it, and two columns fit in 80 then
    width = max(len(one.title) for one in curriculum().exercises)
    return Text(f" {sign} {exercise.number} {exercise.title:<{width}}  {word}", style)


def _table_row(exercise: Exercise, progress: Progress, signs: Signs) -> tuple[Text, Text, Text]:
    """What it is, how it stands or how long it took, and which mistakes were made."""
    sign, style, word = _standing(exercise, progress, signs)
    known = progress.of(exercise)
    if known.tries and sign != signs.wrong:
        word = duration(known.seconds)
    mistakes = Text(known.mistakes_in_words, "default" if known.done else "yellow")
    return Text(f" {sign} {exercise.number} {exercise.title}", style), Text(word, "dim"), mistakes
