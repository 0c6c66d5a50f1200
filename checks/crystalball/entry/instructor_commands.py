"""The commands of instructors and authors: verify, grade, diff."""

from __future__ import annotations

import contextlib
import random
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from crystalball.cluster.options import ClusterOptions
from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.entry.cluster_option import cluster_option, judging_place
from crystalball.entry.course_option import course_option, exercises_option, given_out
from crystalball.entry.terminal import clear_errors, desk_root, say
from crystalball.exports.results import PLATFORMS
from crystalball.grading.judges import Place
from crystalball.words.console import counted

if TYPE_CHECKING:
    from crystalball.grading.grade import GradeOptions


@click.command()
@click.argument("number", required=False)
@course_option
@click.option(
    "--rival-seeds",
    type=click.IntRange(0),
    default=5,
    help="Random seeds on which rivals are told apart, beside the default one.",
)
@click.option("--composed", is_flag=True, help="Judge programs with several mistakes at once instead.")
@click.option("--seed", type=int, help="Chooses the composed programs; a random one without it.")
@click.option("--each", type=int, default=40, help="Composed pairs of an exercise, and triples.")
@click.option("--keep", type=click.Path(path_type=Path), help="A folder for those that are not told whole.")
@clear_errors
def verify(
    number: str | None,
    course: Course,
    rival_seeds: int,
    composed: bool,
    seed: int | None,
    each: int,
    keep: Path | None,
) -> None:
    """For authors: proves that the kit tells right from wrong, and each mistake from its rivals."""
    from crystalball.entry.composed import verify_composed
    from crystalball.entry.verify import verify_exercises

    root = desk_root()
    exercises = curriculum().exercises if number is None else (curriculum().find(number),)
    if composed:
        seed = random.randrange(10**6) if seed is None else seed
        say(f"Seed {seed}.")
        table, problems = verify_composed(root, exercises, seed, each, keep)
    else:
        table, problems = verify_exercises(root, exercises, rival_seeds)
    say(
        table, *problems, f"{counted(len(problems), 'problem')}." if problems else "All is as it should be."
    )
    raise SystemExit(1 if problems else 0)


@click.command()
@click.argument("submissions", type=click.Path(path_type=Path), required=False)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The folder for journal and grades."
)
@click.option(
    "--one", type=click.Path(path_type=Path), help="Judge this alone; --out is a platform's file."
)
@click.option("--format", "form", type=click.Choice([*PLATFORMS]), help="The platform of --one.")
@course_option
@click.option("--only", metavar="N-M", help="Grade these exercises alone: 3, 1-5, 1,4-6.")
@click.option(
    "--seed", type=click.Path(path_type=Path), help="A file with a secret that chooses hidden cases."
)
@click.option("--roster", type=click.Path(path_type=Path), help="A CSV of the class, with a header.")
@click.option("--shard", metavar="I/N", help="Grade the I-th of N parts of the class, for `merge`.")
@click.option("--again", is_flag=True, help="Judge again what has not changed since the last time.")
@click.option("--no-sandbox", is_flag=True, help="Run the code of strangers without any protection.")
@cluster_option
@clear_errors
def grade(submissions: Path | None, out: Path, one: Path | None, form: str | None, **asked: Any) -> None:
    """For instructors: grades a folder of submissions, each hostile until proven otherwise.

    The seed is read from a file, or from the environment variable CRYSTALBALL_SEED; it is never
    shown. The same command goes on where it was stopped, and judges nothing twice. Exit code 3: an
    error of the kit's own has cost an answer.

    With --one and --format, what a platform's container calls: always leaves a valid file.
    """
    if (submissions is None) == (one is None) or (one is None) != (form is None):
        raise click.UsageError("Name a folder of submissions, or one with --one and its --format.")
    target = submissions or one or out
    if form is not None:
        from crystalball.exports.one import grade_one

        grade_one(form, out, lambda: _options(target, out, **asked), Console(stderr=True))
        return
    from crystalball.grading import grade as grading

    with _options(target, out, **asked) as options:
        errors = grading.grade(options, Console())
    raise click.exceptions.Exit(3 if errors else 0)


@contextlib.contextmanager
def _options(
    submissions: Path,
    out: Path,
    *,
    course: Course,
    only: str | None,
    seed: Path | None,
    roster: Path | None,
    shard: str | None,
    again: bool,
    no_sandbox: bool,
    cluster: ClusterOptions | None,
) -> Iterator[GradeOptions]:
    """What was asked for, with the place where answers are judged, which ends with it."""
    from crystalball.grading.grade import GradeOptions
    from crystalball.grading.keys import read_seed
    from crystalball.grading.roster import Roster
    from crystalball.grading.shards import Shard

    if find_spec("nbformat") is None:  # the jailed reader needs it, and could not say so
        raise ModuleNotFoundError(name="nbformat")
    root, part = desk_root(), Shard.parse(shard or "1/1")
    secret = read_seed(seed or course.seed_file)
    people = Roster() if roster is None else Roster.read(roster)
    hidden = [root, out.resolve(), submissions.resolve()]
    with _told_when_interrupted(), judging_place(cluster, root, no_sandbox, hidden) as place:
        click.echo(place.sandbox.sentence)
        if secret.public:
            click.echo("No --seed: the cases are those that learners have too.")
        exercises = _exercises(course, only, place)
        yield GradeOptions(*(root, submissions, out, exercises, course, secret, people, place, again, part))


@contextlib.contextmanager
def _told_when_interrupted() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        click.echo("Interrupted. What was judged is kept; the same command goes on from there.", err=True)
        raise click.exceptions.Exit(128 + signal.SIGINT) from None


def _exercises(course: Course, only: str | None, place: Place) -> tuple[Exercise, ...]:
    """Those that were asked for, are given out, and can be judged there."""
    from crystalball.grading.grade import judgeable

    released = given_out(course, only, datetime.now(UTC))
    exercises, left_out = judgeable(released, place.sandbox)
    if left_out:
        click.echo(f"Not judged in this sandbox: {', '.join(one.id for one in left_out)}.")
    return exercises


@click.command()
@click.argument("before")
@click.argument("after")
@exercises_option
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
