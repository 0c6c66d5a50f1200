"""`crystalball grade`: reads the entries, judges their answers, and hands out grades and reports."""

from __future__ import annotations

import contextlib
import json
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import Exercise, NotFound
from crystalball.grading import exports, show
from crystalball.grading.grades import EntryInfo
from crystalball.grading.instructor_word import FILE, read_words
from crystalball.grading.intake import Submission, read_submission, unread
from crystalball.grading.journal import MOST_TRIES, Journal
from crystalball.grading.judge_answers import Grading
from crystalball.grading.judges import Place
from crystalball.grading.keys import PUBLIC, Seed
from crystalball.grading.kit_errors import KitErrors, error_line
from crystalball.grading.layouts import Entry, find_entries
from crystalball.grading.looking import look_at_all
from crystalball.grading.report import report_pages
from crystalball.grading.roster import Roster
from crystalball.grading.scratch import scratch_folder
from crystalball.grading.shapes import shapes_of
from crystalball.grading.shards import Shard
from crystalball.grading.slot_pool import cores
from crystalball.jail.levels import JailLevel, find_level
from crystalball.jail.unpacker import Unpacker
from crystalball.judging.verdict import Status
from crystalball.processes.process import StartError
from crystalball.reading.outside import Outside, outside_line
from crystalball.words.console import counted


@dataclass(frozen=True)
class GradeOptions:
    """What was asked for.

    Attributes:
        root: of the kit.
        submissions: the folder of entries.
        out: where the journal and everything else goes.
        exercises: that are graded.
        course: what they give, and when.
        seed: chooses the hidden cases.
        roster: of the class.
        place: where the answers are judged.
        again: whether unchanged answers are judged again.
        shard: the part of the class that is graded.
    """

    root: Path
    submissions: Path
    out: Path
    exercises: Sequence[Exercise]
    course: Course
    seed: Seed
    roster: Roster
    place: Place
    again: bool
    shard: Shard

    @property
    def command(self) -> str:
        """The same text for the same command."""
        facts = {
            "submissions": str(self.submissions.resolve()),
            "exercises": [exercise.id for exercise in self.exercises],
            "seed": self.seed.digest,
            "again": self.again,
            "shard": str(self.shard),
        }
        return json.dumps(facts)


def judgeable(
    exercises: Sequence[Exercise], level: JailLevel
) -> tuple[tuple[Exercise, ...], tuple[Exercise, ...]]:
    """The exercises that a sandbox can judge, and those that it cannot.

    Args:
        exercises: that were asked for.
        level: of the sandbox.

    Raises:
        NotFound: it can judge none of them.
    """
    left_out = tuple(one for one in exercises if one.network and level == JailLevel.CHILD)
    if len(left_out) == len(exercises):
        raise NotFound(f"Nothing to grade: {level.sentence}")
    return tuple(one for one in exercises if one not in left_out), left_out


def grade(options: GradeOptions, console: Console) -> int:
    """Grades a class.

    Args:
        options: what was asked for.
        console: on which progress and results are shown.

    Returns:
        How many errors of the kit's own there were; each has cost one answer, or one entry.

    Raises:
        NotFound: there is nothing to grade.
        JournalError: the journal cannot be written.
    """
    entries = find_entries(options.submissions)
    owners, unmatched = options.roster.match(entries)
    read_words(options.out / FILE)  # says what is wrong with it before an hour of judging
    with contextlib.closing(Journal(options.out, fresh=True)) as journal:
        _must_be_named_again(options, journal)
        number, errors = judge(options, options.shard.of(entries), owners, journal, console)
        hand_out(journal, number, options.out, options.root, console)
    if options.roster.columns:
        show.some(console, "Entries and people that do not match", unmatched)
    if errors.count:
        what = counted(errors.count, "error")
        show.say(console, f"{what} of the kit's own, each told as not judged. Please report {errors.path}.")
    return errors.count


def _must_be_named_again(options: GradeOptions, journal: Journal) -> None:
    """Makes sure that nothing is left out by mistake that the last grading of this folder rested on.

    Raises:
        NotFound: something is.
    """
    number = journal.newest()
    if number is None:
        return
    seed = json.loads(journal.grading(number)["command"]).get("seed", PUBLIC.digest)
    facts = {
        "--course": (journal.course(number) != Course(), options.course != Course()),
        "--roster": (bool(journal.columns(number)), bool(options.roster.columns)),
        "--seed": (seed != PUBLIC.digest, not options.seed.public),
    }
    if missing := [name for name, (before, now) in facts.items() if before and not now]:
        it = "it" if len(missing) == 1 else "them"
        had = f"grading {number} in {options.out} had {it}"
        raise NotFound(f"{' and '.join(missing)}: {had}. Name {it} again, or a new --out.")


def judge(
    options: GradeOptions,
    entries: Sequence[Entry],
    owners: dict[Outside, list[int]],
    journal: Journal,
    console: Console,
) -> tuple[int, KitErrors]:
    """Judges some entries.

    Args:
        options: what was asked for.
        entries: that are judged.
        owners: indices into the roster's people, by entry.
        journal: takes what is found.
        console: on which progress is shown.

    Returns:
        The number of the grading, and the errors of the kit's own.

    Raises:
        JournalError: the journal cannot be written.
    """
    here = set().union(*owners.values())
    number = journal.begin_grading(
        *(options.command, str(options.place.sandbox), options.course),
        again=options.again,
        columns=options.roster.columns,
        absent=[row for index, row in enumerate(options.roster.people) if index not in here],
    )
    errors = KitErrors(options.out)
    with _grading(options, journal, number, errors) as grading:
        _judge(grading, entries, owners, options, console)
    journal.end_grading(number)
    return number, errors


@contextlib.contextmanager
def _grading(options: GradeOptions, journal: Journal, number: int, errors: KitErrors) -> Iterator[Grading]:
    """A grading with its processes, which end with it."""
    with (
        scratch_folder(cores()) as scratch,
        options.place.judges(options.root, options.seed.number, scratch) as judges,
    ):
        yield Grading(
            *(number, journal, judges, options.exercises, options.course, options.root),
            *(options.seed.digest, str(options.place.sandbox), errors),
        )


def _judge(
    grading: Grading,
    entries: Sequence[Entry],
    owners: dict[Outside, list[int]],
    options: GradeOptions,
    console: Console,
) -> None:
    """Judges what was handed in, and shows how far that is."""

    def submissions(unpacker: Unpacker) -> Iterator[Submission]:
        for entry in entries:
            submission = _read(entry, options.exercises, unpacker, grading.errors)
            grading.journal.add_entry(grading.number, _info(submission, owners[entry.name], options))
            yield submission

    total, at_once = len(entries) * len(options.exercises), grading.judges.at_once
    show.say(console, f"{len(entries)} entries, {len(options.exercises)} exercises, {at_once} at once.")
    hidden = [options.root, options.out.resolve(), options.submissions.resolve()]
    # Archives are opened here, wherever answers are judged.
    with (
        Unpacker(find_level(), hidden) as unpacker,
        contextlib.closing(
            grading.run(submissions(unpacker), total, lambda answers: shapes_of(answers, unpacker))
        ) as run,
        show.following(console, total) as tell,
    ):
        for progress in run:
            tell(progress)
    judged = counted(progress.judged, "answer")
    show.say(console, f"{judged} judged, {progress.found} known, {progress.seconds:.0f} s.")


def _info(submission: Submission, owners: Sequence[int], options: GradeOptions) -> EntryInfo:
    """What is kept of an entry; it came when the platform says, by its data or by the roster."""
    entry, roster = submission.entry, options.roster
    times = [roster.handed_in(index, options.course.zone) for index in owners]
    return EntryInfo(
        entry.name,
        tuple(roster.people[index] for index in owners),
        submission.notes,
        tuple(map(outside_line, entry.handles)),
        tuple(map(roster.called, owners)),
        entry.handed_in or max(filter(None, times), default=None),
    )


def _read(entry: Entry, exercises: Sequence[Exercise], unpacker: Unpacker, errors: KitErrors) -> Submission:
    """An entry, read; an error of the kit's own costs this entry alone."""
    try:
        return read_submission(entry, exercises, unpacker)
    except StartError:
        raise
    except Exception as error:
        errors.keep(entry.name, traceback.format_exc())
        reason = outside_line(error_line(error))
        return unread(entry, exercises, (Status.NOT_JUDGED, reason), [reason])


def files_of(
    journal: Journal, number: int, out: Path, root: Path
) -> tuple[contextlib.AbstractContextManager[exports.Add], ...]:
    """All that others read of a grading, to be written by `exports.write_each`.

    Args:
        journal: it comes from.
        number: of the grading.
        out: the folder that it goes to.
        root: of the kit.
    """
    return (
        exports.grades_file(journal, number, out / "grades.csv"),
        exports.results_file(journal, number, out / "results.jsonl"),
        report_pages(journal, number, out / "reports", root),
    )


def hand_out(journal: Journal, number: int, out: Path, root: Path, console: Console) -> None:
    """Writes everything that others read, and shows the class in short.

    Args:
        journal: it comes from.
        number: of the grading.
        out: the folder that it goes to.
        root: of the kit.
        console: shows it.
    """
    summary = show.ClassSummary()
    files = files_of(journal, number, out, root)
    exports.write_each(journal.graded(number), *files, contextlib.nullcontext(summary.count))
    look_at_all(journal.texts, cores(), [root, out.resolve()])
    console.print(summary.table())
    show.some(console, "About entries", summary.notes)
    show.some(console, "For you to look at (not scored)", summary.flags)
    show.some(console, "Names that are nobody's here", journal.rulings(number).unmatched)
    show.some(
        console, f"Not judged (tried in {MOST_TRIES} gradings, then with --again only)", summary.unjudged
    )
    show.say(console, f"Grading {number}: grades.csv, results.jsonl and reports/ are in {out}.")
