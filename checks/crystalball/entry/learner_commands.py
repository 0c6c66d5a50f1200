"""The commands of the learner: hint, watch, board, reset, solution, update, certificate, run."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console, RenderableType

from crystalball.cases.inside.case import Case
from crystalball.curriculum.manifest import Exercise, NotFound
from crystalball.entry.terminal import (
    CommandError,
    ExerciseCommand,
    clear_errors,
    exercise_of,
    kit_root,
    say,
    terminal_signs,
    terminal_width,
)
from crystalball.judging.failures import KEPT
from crystalball.judging.verdict import Status, Verdict
from crystalball.learner.board import failure_of, has_runs, no_runs_yet, open_browser, serving
from crystalball.learner.keyboard import ended_by_signals
from crystalball.learner.overview import where_next
from crystalball.learner.progress import Progress
from crystalball.words import commands
from crystalball.words.console import prose
from crystalball.words.handouts import laid_into_a_folder, no_solution_here
from crystalball.words.verdicts import in_full


@click.command(cls=ExerciseCommand)
@click.argument("number", required=False)
@clear_errors
def hint(number: str | None) -> None:
    """Shows one more hint for an exercise, from a gentle one to almost the answer."""
    root = kit_root()
    exercise = exercise_of(root, number)
    progress = Progress.load(root)
    say(commands.hints(exercise, progress.next_hint(exercise)))
    _remember(progress, root)


def _remember(progress: Progress, root: Path) -> None:
    """Writes the progress; where the disk refuses, what was shown stands all the same."""
    try:
        progress.save(root)
    except OSError as error:
        say(commands.could_not_remember(error))


@click.command(cls=ExerciseCommand)
@click.argument("number", required=False)
@click.option("--no-browser", is_flag=True, help="Boards print their address and open no browser.")
@clear_errors
def watch(number: str | None, no_browser: bool) -> None:
    """Judges an exercise whenever you save it, and goes on to the next when you say so."""
    from crystalball.learner.screen import Screen, Size
    from crystalball.learner.watch import Watch

    root = kit_root()
    exercise = exercise_of(root, number)

    console = Console()
    colour = console.is_terminal and not console.no_color

    def write(text: str) -> None:
        click.clear()
        click.echo(text, color=colour)

    screen = Screen(lambda: Size(terminal_width(), Console().height), colour, write)
    Watch(root, exercise, screen, terminal_signs(), browser=not no_browser).run()


@click.command(cls=ExerciseCommand)
@click.argument("number", required=False)
@click.option("--no-browser", is_flag=True, help="Prints the address and opens no browser.")
@clear_errors
def board(number: str | None, no_browser: bool) -> None:
    """Opens TensorBoard: with a number, your last failed run laid over the right one; `runs`: your runs.

    Without either: the failed run of the next exercise where there is one, or else your runs.
    """
    root = kit_root()
    folder, exercise = _shown_on_board(root, number)
    with ended_by_signals(), serving(folder) as board:
        say(commands.board_serves(board.url, folder.relative_to(root), exercise))
        if not has_runs(folder):
            say(prose(no_runs_yet()))
        if not no_browser:
            open_browser(board.url)
        board.wait()


def _shown_on_board(root: Path, number: str | None) -> tuple[Path, Exercise | None]:
    """A folder, and the exercise whose failed run it holds; `None` for the learner's own runs."""
    runs = root / "runs"
    if number == runs.name:
        return runs, None
    exercise = exercise_of(root, number)
    if number is None and not has_runs(root / KEPT / exercise.id):
        return runs, None
    return failure_of(root, exercise), exercise


@click.command(cls=ExerciseCommand)
@click.argument("number", required=False)
@clear_errors
def reset(number: str | None) -> None:
    """Puts the stub of an exercise back, and keeps a copy of what was there."""
    from datetime import datetime

    from crystalball.curriculum import stubs

    root = kit_root()
    exercise = exercise_of(root, number)
    kept = stubs.reset(root, exercise, datetime.now())
    progress = Progress.load(root)
    progress.of(exercise).status = Status.NOT_STARTED
    say(commands.stub_restored(exercise, kept))
    _remember(progress, root)


@click.command(cls=ExerciseCommand)
@click.argument("number", required=False)
@clear_errors
def solution(number: str | None) -> None:
    """Shows what turns your answer into the reference: once you passed, or when you ask twice."""
    root = kit_root()
    exercise = exercise_of(root, number)
    yours, reference = (root / folder / f"{exercise.id}.py" for folder in ("exercises", "solutions"))
    if not reference.is_file():
        say(no_solution_here(exercise))
        raise SystemExit(2)
    progress = Progress.load(root)
    known = progress.of(exercise)
    if not known.done and progress.status(exercise) != Status.PASSED and not known.asked:
        known.asked = 1
        progress.save(root)
        say(commands.solution_too_early(exercise))
        return
    say(commands.diff_to_solution(yours, reference, root))


@click.command()
@click.argument("handout", type=click.Path(path_type=Path))
@clear_errors
def update(handout: Path) -> None:
    """Brings this folder up to date from a newer hand-out (a zip); your answers and progress stay."""
    from crystalball.learner.handout import is_handout, lay, read_handout

    root = kit_root()
    if not is_handout(root):
        raise NotFound(f"{root} is no hand-out but a clone of the kit: `git pull` brings it up to date.")
    files, version = read_handout(handout)
    old = (root / "pyproject.toml").read_bytes()
    laid = lay(files, version, root)
    say(laid_into_a_folder(laid))
    if files["pyproject.toml"] != old:
        say(prose("It needs other packages: run `pip install -e .` again."))


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


@click.command(cls=ExerciseCommand)
@click.argument("number", required=False)
@click.option("--case", "text", metavar="JSON", help="Run this case alone, as a failure printed it.")
@click.option("--answers", type=click.Path(path_type=Path), help="The folder of answers to judge.")
@clear_errors
def run(number: str | None, text: str | None, answers: Path | None) -> None:
    """Judges your answer to one exercise, or replays a single case of it."""
    from crystalball.judging.session import JudgingSession

    root = kit_root()
    exercise = exercise_of(root, number)
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
        if verdict.passed:
            say("", where_next(progress, root))
        _remember(progress, root)
    raise SystemExit(0 if verdict.passed else 1)


@click.command(cls=ExerciseCommand)
@click.argument("number", required=False)
@clear_errors
def notebook(number: str | None) -> None:
    """Makes a notebook of an exercise, whose last cell judges it."""
    from crystalball.learner.notebook import make_notebook

    root = kit_root()
    path = make_notebook(root, exercise_of(root, number)).relative_to(root)
    say(prose(f"`{path.as_posix()}`: open it in Jupyter or in your editor."))


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
