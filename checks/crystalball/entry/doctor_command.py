"""The command `crystalball doctor`: what is wrong with any run directory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from crystalball.curriculum.manifest import NotFound
from crystalball.entry.self_report import self_report
from crystalball.entry.terminal import CommandError, clear_errors, kit_root, say, terminal_signs
from crystalball.reading.outside import outside_line

if TYPE_CHECKING:
    from crystalball.doctor.reader import Advance


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, readable=False))
@click.option("--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text")
@click.option("--verbose", "view", flag_value="verbose", help="Show every place, by run.")
@click.option("--statistics", "view", flag_value="statistics", help="Only count, by rule.")
@click.option("--select", multiple=True, metavar="CODES", help="Only these codes, such as CB2,CB301.")
@click.option("--ignore", multiple=True, metavar="CODES", help="All but these.")
@click.option("--no-learning", is_flag=True, help="Say nothing of how the training went (CB4).")
@click.option("--curriculum", is_flag=True, help="Ask for the conventions of this course too.")
@click.option(
    "--jobs", type=click.IntRange(1), default=1, help="Processes that read, each a run at a time."
)
@click.option("--explain", metavar="CODE", help="Explain a rule, such as CB203, instead.")
@click.option("--self", "itself", is_flag=True, help="Look at the kit instead: what it runs on.")
@clear_errors
def doctor(
    paths: tuple[Path, ...],
    form: str,
    view: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    no_learning: bool,
    curriculum: bool,
    jobs: int,
    explain: str | None,
    itself: bool,
) -> None:
    """Looks into any TensorBoard runs below PATHS (else `runs`), and says what is wrong with them.

    Exit code 0: nothing was found; 1: something was; 2: there is nothing to look at.
    """
    if itself:
        words, whole = self_report(terminal_signs())
        say(words)
        raise SystemExit(0 if whole else 2)
    if explain:
        _explain(explain.strip().upper())
        return
    ignored = (*ignore, *["CB4"] * no_learning)
    raise SystemExit(1 if _look(paths, form, view, select, ignored, curriculum, jobs) else 0)


def _look(
    paths: tuple[Path, ...],
    form: str,
    view: str | None,
    select: tuple[str, ...],
    ignored: tuple[str, ...],
    curriculum: bool,
    jobs: int,
) -> bool:
    """Looks, prints what was found, and says whether anything was."""
    from crystalball.doctor import diagnostics, reader, report, rules

    codes = [
        tuple(code.strip() for word in words for code in word.split(",")) for words in (select, ignored)
    ]
    options = frozenset(["curriculum"] * curriculum)
    try:
        selection = diagnostics.Selection(codes[0], codes[1], options)
        list(selection.rules())
        with _progress() as advance:
            runs = reader.read(paths or (_own_runs(),), advance, jobs)
    except (diagnostics.UnknownCode, reader.NoRuns) as error:
        raise CommandError(outside_line(str(error))) from None
    found = rules.examine(runs, selection)
    if form == "text":
        shown = {"verbose": report.to_text, "statistics": report.statistics}.get(
            view or "", report.in_short
        )
        say(shown(runs, found, terminal_signs()))
    else:
        click.echo(report.to_json(runs, found) if form == "json" else report.to_sarif(found))
    return bool(found)


def _own_runs() -> Path:
    try:
        return kit_root() / "runs"
    except NotFound:
        raise CommandError("Name PATHS to look into: folders with runs, or event files.") from None


def _explain(code: str) -> None:
    from crystalball.doctor import RULES, report

    if code not in RULES:
        raise CommandError(
            f"There is no rule {outside_line(code)!r}. There are {', '.join(sorted(RULES))}."
        )
    say(report.explanation(RULES[code], terminal_signs()))


@contextmanager
def _progress() -> Iterator[Advance]:
    """Tells how many files were read, and the time left, where reading takes more than a second."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("event files", total=None, visible=False)

        def advance(done: int, total: int) -> None:
            slow = (bar.tasks[0].elapsed or 0) > 1
            bar.update(task, completed=done, total=total, visible=slow)

        yield advance
