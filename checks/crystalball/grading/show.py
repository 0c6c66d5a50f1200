"""What the instructor sees while a class is graded, and at the end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from crystalball.grading.grades import EntryInfo, Grade
from crystalball.grading.judge_answers import GradingProgress
from crystalball.judging.verdict import Status
from crystalball.reading.outside import outside_line

EVERY = 5.0
"""Seconds between two lines where there is no terminal."""

MOST_LINES = 20
"""Lines of one kind that are shown; the files in `--out` have all of them."""


Show = Callable[[GradingProgress], None]
"""Shows how far a grading is."""


@contextmanager
def following(console: Console, total: int) -> Iterator[Show]:
    """A progress bar with rate and time left; where there is no terminal, a line now and then.

    Args:
        console: where it is shown.
        total: answers that are graded.
    """
    if not console.is_terminal:
        yield _plain_lines(console, total)
        return
    columns = (
        TextColumn("{task.completed:.0f} of {task.total:.0f} answers"),
        *(BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn()),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=total, rate="")

        def show(progress: GradingProgress) -> None:
            rate = f"{progress.judged / max(progress.seconds, 0.001):.1f}/s"
            bar.update(task, completed=progress.judged + progress.found, rate=rate)

        yield show


def _plain_lines(console: Console, total: int) -> Show:
    last = -EVERY  # the first verdict is told at once: now it is warm

    def show(progress: GradingProgress) -> None:
        nonlocal last
        done = progress.judged + progress.found
        if time.monotonic() - last > EVERY and progress.judged:
            last = time.monotonic()
            rate = progress.judged / progress.seconds
            left = (total - done) / rate
            say(console, f"{done} of {total} answers, {rate:.1f}/s, {left / 60:.0f}:{left % 60:02.0f} left")

    return show


def say(console: Console, text: str) -> None:
    """A line; what students wrote in it is no markup, and moves no cursor.

    Args:
        console: where it is shown.
        text: one line.
    """
    console.print(outside_line(text), markup=False, highlight=False, soft_wrap=True)


def some(console: Console, title: str, lines: Sequence[str]) -> None:
    """The first of some lines below a title; nothing when there are none.

    Args:
        console: where they are shown.
        title: what they are.
        lines: all of them.
    """
    if lines:
        say(console, f"{title}:")
    for line in lines[:MOST_LINES]:
        say(console, f"  {line}")
    if len(lines) > MOST_LINES:
        say(console, f"  … and {len(lines) - MOST_LINES} more")


class ClassSummary:
    """Counts the grades of a class, by exercise."""

    def __init__(self) -> None:
        self._passed: Counter[str] = Counter()
        self._all: Counter[str] = Counter()
        self._mistakes: dict[str, Counter[str]] = {}
        self.flags: list[str] = []
        self.unjudged: list[str] = []
        self.notes: list[str] = []

    def count(self, info: EntryInfo, grades: Sequence[Grade]) -> None:
        """Counts the grades of one more entry.

        Args:
            info: of the entry.
            grades: that it got.
        """
        self.notes += [f"{info.name}: {note}" for note in info.notes]
        for grade in grades:
            self._count(grade)

    def _count(self, grade: Grade) -> None:
        verdict = grade.verdict
        self._all[verdict.exercise] += 1
        self._passed[verdict.exercise] += verdict.passed
        own = verdict.passed or (verdict.status == Status.FAILED and grade.mistakes)
        told = [*([] if own else [str(verdict.status)]), *grade.mistakes]
        self._mistakes.setdefault(verdict.exercise, Counter()).update(told)
        place = f"{grade.entry}, {verdict.exercise}"
        self.flags += [f"{place}: {flag}" for flag in verdict.flags]
        if verdict.status == Status.NOT_JUDGED:
            self.unjudged.append(f"{place}: {verdict.detail}")

    def table(self) -> Table:
        """How many passed each exercise, and what went wrong most often."""
        table = Table(box=None, padding=(0, 2), header_style="dim")
        table.add_column("exercise")
        table.add_column("passed", justify="right")
        table.add_column("what went wrong most often")
        for id in sorted(self._all):
            common = ", ".join(f"{name} {count}" for name, count in self._mistakes[id].most_common(3))
            table.add_row(id, f"{self._passed[id]} of {self._all[id]}", common)
        return table
