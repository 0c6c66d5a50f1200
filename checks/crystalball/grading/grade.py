"""`crystalball grade`: reads the entries, judges their answers, and hands out grades and reports."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rich.console import Console

from crystalball.curriculum.manifest import Exercise, NotFound, curriculum
from crystalball.grading import exports, show
from crystalball.grading.grades import EntryInfo
from crystalball.grading.intake import Submission, read_submission
from crystalball.grading.journal import Journal
from crystalball.grading.judge_answers import Grading
from crystalball.grading.keys import Seed
from crystalball.grading.layouts import Entry, find_entries
from crystalball.grading.report import write_reports
from crystalball.grading.roster import Roster
from crystalball.grading.shared_cases import SharedCases
from crystalball.grading.slot_pool import SlotPool
from crystalball.jail.levels import JailLevel
from crystalball.jail.slot import Slot
from crystalball.oracle.client import Oracle
from crystalball.outcomes.expect import load_spec
from crystalball.processes.process import Process
from crystalball.processes.programs import Role
from crystalball.processes.starter import open_starter
from crystalball.words.console import counted

MEMORY = Path("/dev/shm")
"""A file system in memory, where there is one: folders come and go ten times as fast as on a disk."""

SCRATCH_A_SLOT = 32 * 1024 * 1024
"""Bytes that must be free there for each slot."""


@dataclass(frozen=True)
class GradeOptions:
    """What was asked for.

    Attributes:
        root: of the kit.
        submissions: the folder of entries.
        out: where the journal and everything else goes.
        exercises: that are graded.
        seed: chooses the hidden cases.
        roster: of the class.
        sandbox: the level of the sandbox, by name.
        open_slot: opens a slot of this level.
        again: whether unchanged answers are judged again.
        slots: how many answers are judged at once.
    """

    root: Path
    submissions: Path
    out: Path
    exercises: Sequence[Exercise]
    seed: Seed
    roster: Roster
    sandbox: str
    open_slot: Callable[[], Slot]
    again: bool
    slots: int

    @property
    def command(self) -> str:
        """The same text for the same command."""
        chosen = [exercise.id for exercise in self.exercises]
        return json.dumps([str(self.submissions.resolve()), chosen, self.seed.digest, self.again])


def chosen(only: str | None) -> tuple[Exercise, ...]:
    """The exercises that `--only` names: `3`, `1-5`, `1,4-6`; all of them without it.

    Args:
        only: what was typed; `None` for nothing.

    Raises:
        NotFound: one of them is not there.
    """
    exercises = curriculum().exercises
    if only is None:
        return exercises
    indices: set[int] = set()
    for part in only.split(","):
        first, _, last = part.strip().partition("-")
        start, end = (exercises.index(curriculum().find(name.strip())) for name in (first, last or first))
        if start > end:
            raise NotFound(f"--only: {part.strip()} runs backwards.")
        indices |= set(range(start, end + 1))
    return tuple(exercises[index] for index in sorted(indices))


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


def grade(options: GradeOptions, console: Console) -> None:
    """Grades a class.

    Args:
        options: what was asked for.
        console: on which progress and results are shown.

    Raises:
        NotFound: there is nothing to grade.
        JournalError: the journal cannot be written; what was judged before is safe.
    """
    entries = find_entries(options.submissions)
    owners, unmatched = options.roster.match(entries)
    journal = Journal(options.out, fresh=True)
    try:
        number = journal.begin_grading(options.command, options.sandbox, again=options.again)
        with _grading(options, journal, number) as grading:
            _judge(grading, entries, owners, options, console)
        journal.end_grading(number)
        _hand_out(options, journal, number, owners, console)
    finally:
        journal.close()
    if options.roster.columns:
        show.some(console, "Entries and people that do not match", unmatched)


@contextlib.contextmanager
def _grading(options: GradeOptions, journal: Journal, number: int) -> Iterator[Grading]:
    """A grading with its processes, which end with it."""
    scratch = _scratch(options.out, options.slots)
    tempfile.tempdir = str(scratch)  # all that is kept for a moment goes there, so nothing stays behind
    with contextlib.ExitStack() as opened:
        opened.callback(shutil.rmtree, scratch, ignore_errors=True)
        opened.callback(setattr, tempfile, "tempdir", None)

        def start_oracle() -> Process:
            trusted = open_starter(training=True)
            opened.callback(trusted.close)
            return trusted.process(Role.ORACLE)

        oracle = Oracle(start_oracle, curriculum().seconds_to_warm)
        shared_cases = SharedCases(options.root, oracle, options.seed.number)
        slot_pool = SlotPool(shared_cases, options.open_slot, options.slots, scratch)
        opened.callback(slot_pool.close)
        seed, sandbox = options.seed.digest, options.sandbox
        yield Grading(number, journal, slot_pool, options.exercises, options.root, seed, sandbox)


def _scratch(out: Path, slots: int) -> Path:
    """An empty folder of our own; what a grading that was killed left in it is removed."""
    name = f"crystalball-{hashlib.sha256(str(out.resolve()).encode()).hexdigest()[:16]}"
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > slots * SCRATCH_A_SLOT
    folder = (MEMORY if roomy and os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())) / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder.resolve()


def _judge(
    grading: Grading,
    entries: Sequence[Entry],
    owners: dict[str, list[int]],
    options: GradeOptions,
    console: Console,
) -> None:
    """Judges what was handed in, and shows how far that is."""

    def submissions() -> Iterator[Submission]:
        for entry in entries:
            submission = read_submission(entry, options.exercises)
            people = tuple(options.roster.people[index] for index in owners[entry.name])
            info = EntryInfo(entry.name, people, submission.notes, entry.late)
            grading.journal.add_entry(grading.number, info)
            yield submission

    total = len(entries) * len(options.exercises)
    show.say(
        console, f"{len(entries)} entries, {len(options.exercises)} exercises, {options.slots} at once."
    )
    with show.following(console, total) as tell, contextlib.closing(grading.run(submissions())) as run:
        for progress in run:
            tell(progress)
    judged = counted(progress.judged, "answer")
    show.say(console, f"{judged} judged, {progress.found} known, {progress.seconds:.0f} s.")


def _hand_out(
    options: GradeOptions, journal: Journal, number: int, owners: dict[str, list[int]], console: Console
) -> None:
    """Writes everything that others read, from the journal."""
    here = set().union(*owners.values())
    absent = [row for index, row in enumerate(options.roster.people) if index not in here]
    exports.write_grades(journal, number, options.out / "grades.csv", options.roster.columns, absent)
    exports.write_results(journal, number, options.out / "results.jsonl")
    write_reports(journal, number, options.out / "reports", _pinned(options))
    summary = show.ClassSummary()
    for one in journal.grades(number):
        summary.count(one)
    console.print(summary.table())
    notes = [f"{info.name}: {note}" for info in journal.entries(number) for note in info.notes]
    show.some(console, "About entries", notes)
    show.some(console, "For you to look at (not scored)", summary.flags)
    show.some(console, "Not judged; the same command tries again", summary.unjudged)
    show.say(console, f"Grading {number}: grades.csv, results.jsonl and reports/ are in {options.out}.")


def _pinned(options: GradeOptions) -> Callable[[str, str], bool]:
    """Tells the cases that every learner has from the hidden ones."""

    @cache
    def pinned(exercise: str) -> set[str]:
        spec = load_spec(options.root, exercise)
        return {case.to_json() for case in spec.cases.pinned}

    return lambda exercise, case: options.seed.public or case in pinned(exercise)


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
