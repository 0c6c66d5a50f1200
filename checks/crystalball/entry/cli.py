"""The `crystalball` command: one thin function a subcommand."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from rich.console import Console, RenderableType

from crystalball.cases.inside.case import Case
from crystalball.curriculum.manifest import Exercise, NotFound, curriculum, find_root
from crystalball.judging.disk import disk_words
from crystalball.judging.verdict import Status, Verdict
from crystalball.learner.board import BoardError, failure_of, has_runs, no_runs_yet, open_browser, serving
from crystalball.learner.keyboard import ended_by_signals
from crystalball.learner.overview import next_step, progress_table
from crystalball.learner.progress import Progress
from crystalball.processes.process import StartError
from crystalball.words import commands
from crystalball.words.console import Signs, prose, render
from crystalball.words.verdicts import in_full


def say(*parts: RenderableType) -> None:
    """Prints parts at the width of the terminal; in colour where there is one that wants it."""
    console = Console()
    colour = console.is_terminal and not console.no_color
    text = render(*parts, width=_width(), colour=colour)
    click.echo(text, color=colour)


def _width() -> int:
    return min(Console().width, 120)


def _signs() -> Signs:
    return Signs.of(sys.stdout.encoding)


class _Errors(click.ClickException):
    """What is wrong, where, and what to do, in one line; exit code 2."""

    exit_code = 2


def _clear_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turns the errors that a user can cause into one line."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except OSError as error:
            raise _Errors(f"{disk_words(error)}. Nothing was lost.") from None
        except (NotFound, StartError, BoardError) as error:
            raise _Errors(str(error)) from None

    return wrapped


def _root() -> Path:
    return find_root(Path.cwd())


@click.group(invoke_without_command=True)
@click.pass_context
@_clear_errors
def main(context: click.Context) -> None:
    """Learn to log PyTorch training to TensorBoard.

    Without a command: where you are, and what comes next.
    """
    if context.invoked_subcommand is None:
        root = _root()
        progress, signs = Progress.load(root), _signs()
        following = progress.next_exercise
        ending = commands.all_done() if following is None else next_step(following, root)
        say(progress_table(progress, signs, _width()), "", ending)


@main.command()
@click.argument("number")
@_clear_errors
def hint(number: str) -> None:
    """Shows one more hint for an exercise, from a gentle one to almost the answer."""
    root, exercise = _root(), curriculum().find(number)
    progress = Progress.load(root)
    record = progress.of(exercise)
    record.hints = min(record.hints + 1, len(exercise.hints))
    say(commands.hints(exercise, record.hints))
    _remember(progress, root)


def _remember(progress: Progress, root: Path) -> None:
    """Writes the progress; where the disk refuses, what was shown stands all the same."""
    try:
        progress.save(root)
    except OSError as error:
        say(commands.could_not_remember(error))


@main.command()
@click.argument("number", required=False)
@click.option("--no-browser", is_flag=True, help="Boards print their address and open no browser.")
@_clear_errors
def watch(number: str | None, no_browser: bool) -> None:
    """Judges an exercise whenever you save it, and goes on to the next when you say so."""
    from crystalball.learner.watch import Watch

    root = _root()
    following = Progress.load(root).next_exercise or curriculum().exercises[-1]
    exercise = curriculum().find(number) if number else following

    def show(*parts: RenderableType) -> None:
        click.clear()
        say(*parts)

    Watch(root, exercise, show, _signs(), _width, browser=not no_browser).run()


@main.command()
@click.argument("number", required=False)
@click.option("--no-browser", is_flag=True, help="Prints the address and opens no browser.")
@_clear_errors
def board(number: str | None, no_browser: bool) -> None:
    """Opens TensorBoard on your runs; with a number, your last failed run laid over the right one."""
    root = _root()
    folder = failure_of(root, curriculum().find(number)) if number else root / "runs"
    with ended_by_signals(), serving(folder) as board:
        say(commands.board_serves(board.url, folder.relative_to(root), number is not None))
        if not has_runs(folder):
            say(prose(no_runs_yet()))
        if not no_browser:
            open_browser(board.url)
        board.wait()


@main.command()
@click.argument("number")
@_clear_errors
def reset(number: str) -> None:
    """Puts the stub of an exercise back, and keeps a copy of what was there."""
    from datetime import datetime

    from crystalball.curriculum import stubs

    root, exercise = _root(), curriculum().find(number)
    kept = stubs.reset(root, exercise, datetime.now())
    progress = Progress.load(root)
    progress.of(exercise).status = Status.NOT_STARTED
    say(commands.stub_restored(exercise, kept))
    _remember(progress, root)


@main.command()
@click.argument("number")
@_clear_errors
def solution(number: str) -> None:
    """Shows what turns your answer into the reference: once you passed, or when you ask twice."""
    root, exercise = _root(), curriculum().find(number)
    progress = Progress.load(root)
    record = progress.of(exercise)
    if not record.done and progress.status(exercise) != Status.PASSED and not record.asked:
        record.asked = 1
        progress.save(root)
        say(commands.solution_too_early(exercise))
        return
    yours, reference = (root / folder / f"{exercise.id}.py" for folder in ("exercises", "solutions"))
    say(commands.diff_to_solution(yours, reference, root))


@main.command()
@click.option("--name", help="Whose it is; git's user.name without it.")
@click.option("--output", type=click.Path(path_type=Path), help="The HTML file to write.")
@_clear_errors
def certificate(name: str | None, output: Path | None) -> None:
    """Writes a page worth keeping when all is done, with the sprites that your own runs drew."""
    from crystalball.learner.certificate import write

    root = _root()
    path = write(root, Progress.load(root), name, output or root / ".crystalball" / "certificate.html")
    say(prose(f"Your certificate is in `{path}`. Open it in a browser; it needs nothing else."))


@main.command()
@click.argument("number")
@click.option("--case", "text", metavar="JSON", help="Run this case alone, as a failure printed it.")
@click.option("--answers", type=click.Path(path_type=Path), help="The folder of answers to judge.")
@_clear_errors
def run(number: str, text: str | None, answers: Path | None) -> None:
    """Judges your answer to one exercise, or replays a single case of it."""
    from crystalball.judging.session import JudgingSession

    root, exercise = _root(), curriculum().find(number)
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
        case = exercise.case_type.from_json(text)
    except json.JSONDecodeError as error:
        raise _Errors(f"--case: this is no JSON: {error}. Copy the line that a failure prints.") from None
    except ValueError as error:
        raise _Errors(f"--case: {error}") from None
    if missing := load_spec(root, exercise.id).cases.missing_in(case):
        needs = f"exercise {exercise.number} needs {' and '.join(missing)} too"
        raise _Errors(f"--case: {needs}. Copy the line that a failure prints.")
    return case


def _told(verdict: Verdict, only: Case | None) -> RenderableType:
    if verdict.status == Status.PASSED:
        what = f"On this case ({only})" if only else "On every case"
        return f"{what}, `{verdict.file}` leaves what it should."
    return in_full(verdict, _signs())


@main.command()
@click.argument("number", required=False)
@_clear_errors
def verify(number: str | None) -> None:
    """For authors: proves that the kit tells right from wrong, and each mistake from its rivals."""
    from crystalball.entry.verify import verify_exercises

    root = _root()
    exercises = curriculum().exercises if number is None else (curriculum().find(number),)
    table, problems = verify_exercises(root, exercises)
    say(table, *problems, f"{len(problems)} problems" if problems else "All is as it should be.")
    raise SystemExit(1 if problems else 0)


@main.command()
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The folder for journal and grades."
)
@click.option("--only", metavar="N-M", help="Grade these exercises alone: 3, 1-5, 1,4-6.")
@click.option(
    "--seed", type=click.Path(path_type=Path), help="A file with a secret that chooses hidden cases."
)
@click.option("--roster", type=click.Path(path_type=Path), help="A CSV of the class, with a header.")
@click.option("--again", is_flag=True, help="Judge again what has not changed since the last time.")
@click.option("--no-sandbox", is_flag=True, help="Run the code of strangers without any protection.")
@_clear_errors
def grade(
    submissions: Path,
    out: Path,
    only: str | None,
    seed: Path | None,
    roster: Path | None,
    again: bool,
    no_sandbox: bool,
) -> None:
    """For instructors: grades a folder of submissions, each hostile until proven otherwise.

    The seed is read from a file, or from the environment variable CRYSTALBALL_SEED; it is never
    shown. The same command goes on where it was stopped, and judges nothing twice.
    """
    from crystalball.grading import grade as grading
    from crystalball.grading.keys import read_seed
    from crystalball.grading.roster import Roster
    from crystalball.grading.slot_pool import find_slots

    root, console = _root(), Console()
    secret = read_seed(seed)
    level, open_slot = find_slots(no_sandbox, hidden=[root, out.resolve(), submissions.resolve()])
    click.echo(level.sentence)
    if secret.public:
        click.echo("No --seed: the cases are those that learners have too.")
    people = Roster() if roster is None else Roster.read(roster)
    exercises, left_out = grading.judgeable(grading.chosen(only), level)
    if left_out:
        click.echo(f"Not judged in this sandbox: {', '.join(one.id for one in left_out)}.")
    options = grading.GradeOptions(
        *(root, submissions, out, exercises, secret, people),
        *(str(level), open_slot, again, grading.cores()),
    )
    try:
        grading.grade(options, console)
    except KeyboardInterrupt:
        click.echo("Interrupted. What was judged is kept; the same command goes on from there.", err=True)
        raise click.exceptions.Exit(128 + signal.SIGINT) from None


@main.command()
@click.argument("before")
@click.argument("after")
@_clear_errors
def diff(before: str, after: str) -> None:
    """For instructors: what changed between two gradings, for whom, and why.

    Each is a folder that `crystalball grade` wrote: its last grading, or `DIR@3`: its third.
    """
    from crystalball.grading.changes import changes

    found = list(changes(before, after))
    for change in found:
        click.echo(change)
    click.echo(
        f"{len(found)} answer{'s' * (len(found) != 1)} changed." if found else "Nothing has changed."
    )


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
@click.option("--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text")
@click.option("--select", multiple=True, metavar="CODES", help="Only these codes, such as CB2,CB301.")
@click.option("--ignore", multiple=True, metavar="CODES", help="All but these.")
@click.option("--curriculum", is_flag=True, help="Ask for the conventions of this course too.")
def doctor(
    paths: tuple[Path, ...], form: str, select: tuple[str, ...], ignore: tuple[str, ...], curriculum: bool
) -> None:
    """Looks into any TensorBoard runs below PATHS, and says what is wrong with them.

    Exit code 0: nothing was found; 1: something was; 2: there is nothing to look at.
    """
    from crystalball.doctor import diagnostics, reader, report, rules

    codes = [
        tuple(code.strip() for word in words for code in word.split(",")) for words in (select, ignore)
    ]
    options = frozenset(["curriculum"] * curriculum)
    try:
        selection = diagnostics.Selection(codes[0], codes[1], options)
        list(selection.rules())
        runs = reader.read(paths)
    except (diagnostics.UnknownCode, reader.NoRuns) as error:
        raise _Errors(report.readable(str(error))) from None
    found = rules.examine(runs, selection)
    if form == "text":
        say(report.to_text(runs, found, _signs()))
    else:
        click.echo(report.to_json(runs, found) if form == "json" else report.to_sarif(found))
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
