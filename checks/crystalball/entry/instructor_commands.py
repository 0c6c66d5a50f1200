"""The commands of instructors and authors: verify, grade, diff, doctor."""

from __future__ import annotations

import signal
from pathlib import Path

import click
from rich.console import Console

from crystalball.curriculum.manifest import curriculum
from crystalball.entry.terminal import CommandError, clear_errors, kit_root, say, terminal_signs
from crystalball.words.console import counted


@click.command()
@click.argument("number", required=False)
@clear_errors
def verify(number: str | None) -> None:
    """For authors: proves that the kit tells right from wrong, and each mistake from its rivals."""
    from crystalball.entry.verify import verify_exercises

    root = kit_root()
    exercises = curriculum().exercises if number is None else (curriculum().find(number),)
    table, problems = verify_exercises(root, exercises)
    say(
        table, *problems, f"{counted(len(problems), 'problem')}." if problems else "All is as it should be."
    )
    raise SystemExit(1 if problems else 0)


@click.command()
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
@clear_errors
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

    root, console = kit_root(), Console()
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


@click.command()
@click.argument("before")
@click.argument("after")
@clear_errors
def diff(before: str, after: str) -> None:
    """For instructors: what changed between two gradings, for whom, and why.

    Each is a folder that `crystalball grade` wrote: its last grading, or `DIR@3`: its third.
    """
    from crystalball.grading.changes import changes

    found = list(changes(before, after))
    for change in found:
        click.echo(change)
    click.echo(f"{counted(len(found), 'answer')} changed." if found else "Nothing has changed.")


@click.command()
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
        raise CommandError(report.readable(str(error))) from None
    found = rules.examine(runs, selection)
    if form == "text":
        say(report.to_text(runs, found, terminal_signs()))
    else:
        click.echo(report.to_json(runs, found) if form == "json" else report.to_sarif(found))
    raise SystemExit(1 if found else 0)
