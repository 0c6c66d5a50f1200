"""The commands of the learner: hint, watch, board, reset, solution, certificate, run."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import RenderableType

from crystalball.cases.inside.case import Case
from crystalball.curriculum.manifest import Exercise, NotFound, curriculum
from crystalball.entry.terminal import (
    CommandError,
    clear_errors,
    kit_root,
    say,
    terminal_signs,
    terminal_width,
)
from crystalball.judging.verdict import Status, Verdict
from crystalball.learner.board import failure_of, has_runs, no_runs_yet, open_browser, serving
from crystalball.learner.keyboard import ended_by_signals
from crystalball.learner.progress import Progress
from crystalball.words import commands
from crystalball.words.console import prose
from crystalball.words.verdicts import in_full


@click.command()
@click.argument("number")
@clear_errors
def hint(number: str) -> None:
    """Shows one more hint for an exercise, from a gentle one to almost the answer."""
    root, exercise = kit_root(), curriculum().find(number)
    progress = Progress.load(root)
    say(commands.hints(exercise, progress.next_hint(exercise)))
    _remember(progress, root)


def _remember(progress: Progress, root: Path) -> None:
    """Writes the progress; where the disk refuses, what was shown stands all the same."""
    try:
        progress.save(root)
    except OSError as error:
        say(commands.could_not_remember(error))


@click.command()
@click.argument("number", required=False)
@click.option("--no-browser", is_flag=True, help="Boards print their address and open no browser.")
@clear_errors
def watch(number: str | None, no_browser: bool) -> None:
    """Judges an exercise whenever you save it, and goes on to the next when you say so."""
    from crystalball.learner.watch import Watch

    root = kit_root()
    following = Progress.load(root).next_exercise or curriculum().exercises[-1]
    exercise = curriculum().find(number) if number else following

    def show(*parts: RenderableType) -> None:
        click.clear()
        say(*parts)

    Watch(root, exercise, show, terminal_signs(), terminal_width, browser=not no_browser).run()


@click.command()
@click.argument("number", required=False)
@click.option("--no-browser", is_flag=True, help="Prints the address and opens no browser.")
@clear_errors
def board(number: str | None, no_browser: bool) -> None:
    """Opens TensorBoard on your runs; with a number, your last failed run laid over the right one."""
    root = kit_root()
    folder = failure_of(root, curriculum().find(number)) if number else root / "runs"
    with ended_by_signals(), serving(folder) as board:
        say(commands.board_serves(board.url, folder.relative_to(root), number is not None))
        if not has_runs(folder):
            say(prose(no_runs_yet()))
        if not no_browser:
            open_browser(board.url)
        board.wait()


@click.command()
@click.argument("number")
@clear_errors
def reset(number: str) -> None:
    """Puts the stub of an exercise back, and keeps a copy of what was there."""
    from datetime import datetime

    from crystalball.curriculum import stubs

    root, exercise = kit_root(), curriculum().find(number)
    kept = stubs.reset(root, exercise, datetime.now())
    progress = Progress.load(root)
    progress.of(exercise).status = Status.NOT_STARTED
    say(commands.stub_restored(exercise, kept))
    _remember(progress, root)


@click.command()
@click.argument("number")
@clear_errors
def solution(number: str) -> None:
    """Shows what turns your answer into the reference: once you passed, or when you ask twice."""
    root, exercise = kit_root(), curriculum().find(number)
    progress = Progress.load(root)
    known = progress.of(exercise)
    if not known.done and progress.status(exercise) != Status.PASSED and not known.asked:
        known.asked = 1
        progress.save(root)
        say(commands.solution_too_early(exercise))
        return
    yours, reference = (root / folder / f"{exercise.id}.py" for folder in ("exercises", "solutions"))
    say(commands.diff_to_solution(yours, reference, root))


@click.command()
@click.option("--name", help="Whose it is; git's user.name without it.")
@click.option("--output", type=click.Path(path_type=Path), help="The HTML file to write.")
@clear_errors
def certificate(name: str | None, output: Path | None) -> None:
    """Writes a page worth keeping when all is done, with the sprites that your own runs drew."""
    from crystalball.learner.certificate import write

    root = kit_root()
    path = write(root, Progress.load(root), name, output or root / ".crystalball" / "certificate.html")
    say(prose(f"Your certificate is in `{path}`. Open it in a browser; it needs nothing else."))


@click.command()
@click.argument("number")
@click.option("--case", "text", metavar="JSON", help="Run this case alone, as a failure printed it.")
@click.option("--answers", type=click.Path(path_type=Path), help="The folder of answers to judge.")
@clear_errors
def run(number: str, text: str | None, answers: Path | None) -> None:
    """Judges your answer to one exercise, or replays a single case of it."""
    from crystalball.judging.session import JudgingSession

    root, exercise = kit_root(), curriculum().find(number)
    only = None if text is None else _case(root, exercise, text)
    folder = (answers or root / "exercises").resolve()
    if not folder.is_dir():
        raise NotFound(f"--answers: there is no folder {folder}")
    judging_session = JudgingSession(root, folder, training=exercise.trains)
    verdict = judging_session.judge(exercise, learner=answers is None, only=only)
    say(_told(verdict, only))
    if only is None and answers is None:
        progress = Progress.load(root)
        progress.note(verdict)
        _remember(progress, root)
    raise SystemExit(0 if verdict.passed else 1)


def _case(root: Path, exercise: Exercise, text: str) -> Case:
    from crystalball.outcomes.expect import load_spec

    try:
        return load_spec(root, exercise.id).cases.read(text)
    except ValueError as error:
        raise CommandError(f"--case: {error}. Copy the line that a failure prints.") from None


def _told(verdict: Verdict, only: Case | None) -> RenderableType:
    if verdict.status == Status.PASSED:
        what = f"On this case ({only})" if only else "On every case"
        return f"{what}, `{verdict.file}` leaves what it should."
    return in_full(verdict, terminal_signs())
