"""CB1xx: the event files themselves."""

from __future__ import annotations

from collections.abc import Iterator

from crystalball.doctor.diagnostics import Severity, Spot, rule
from crystalball.doctor.reader import MOST_CURVES, MOST_FILES
from crystalball.doctor.rules.tags import hparams_runs, scalars_runs
from crystalball.doctor.summaries import Runs
from crystalball.reading.records import BadChecksum, NoEventFile, Truncated


def _damaged(runs: Runs, *kinds: type[Exception], but: tuple[type[Exception], ...] = ()) -> Iterator[Spot]:
    for run in runs:
        for file in run.files:
            if isinstance(file.damage, kinds) and not isinstance(file.damage, but):
                words = _words(file.damage)
                read = (
                    f"{file.points} points stand before that"
                    if file.points
                    else "nothing stands before that"
                )
                yield Spot(run.path, f"{words[0].upper()}{words[1:]}; {read}.", file=file.path)


def _words(damage: Exception) -> str:
    return damage.strerror or str(damage) if isinstance(damage, OSError) else str(damage)


@rule(
    "CB101",
    Severity.ERROR,
    "The event file ends in the middle of a record.",
    "The program was killed while it wrote, or the disk or a copy ended early: close the writer in every "
    "case (`with SummaryWriter(…) as writer:`), or copy the file again; of a run that goes on, look later.",
)
def truncated_file(runs: Runs) -> Iterator[Spot]:
    """A record that is cut off."""
    yield from _damaged(runs, Truncated)


@rule(
    "CB102",
    Severity.ERROR,
    "A checksum in the event file is wrong: bytes were changed, or something else wrote into it.",
    "Copy the file again from where it was written; what comes after this place cannot be trusted, though "
    "TensorBoard may show some of it.",
)
def bad_checksum(runs: Runs) -> Iterator[Spot]:
    """A record whose bytes are not those that were written."""
    yield from _damaged(runs, BadChecksum, but=(NoEventFile,))


@rule(
    "CB103",
    Severity.ERROR,
    "The file is named like an event file, and holds something else.",
    "Give other files names without `tfevents`, and keep them out of the run directory.",
)
def no_event_file(runs: Runs) -> Iterator[Spot]:
    """Garbage from the first byte on, or records that are no events."""
    yield from _damaged(runs, NoEventFile)
    yield from _damaged(runs, ValueError, but=(BadChecksum, Truncated))


@rule(
    "CB104",
    Severity.ERROR,
    "The event file cannot be read.",
    "Ask for the right to read it, or put the file itself where the link is.",
)
def unreadable_file(runs: Runs) -> Iterator[Spot]:
    """A file that may not be opened, or a link."""
    yield from _damaged(runs, OSError)


@rule(
    "CB105",
    Severity.NOTE,
    "There was more than can be looked at at once.",
    "Name fewer folders, or one below; a tag or a directory made anew for each point also leads here.",
)
def too_much(runs: Runs) -> Iterator[Spot]:
    """The bounds that keep the memory of the doctor small."""
    if runs.left_out is not None:
        bounds = f"{MOST_CURVES} curves or {MOST_FILES} event files"
        yield Spot(runs.left_out, f"Here {bounds} were reached; what comes after was left out.")


@rule(
    "CB106",
    Severity.WARNING,
    "The clock of the event file goes back.",
    "In TensorBoard's view by wall time the curve runs backwards: let the computer's clock be set by the "
    "network, and leave `walltime` to the writer.",
)
def clock_goes_back(runs: Runs) -> Iterator[Spot]:
    """Records that are older than those before them."""
    for run in runs:
        for file in run.files:
            if file.clock_back:
                what = f"A record is {file.clock_back:.3g} seconds older than one before it."
                yield Spot(run.path, what, step=file.clock_step, file=file.path)


@rule(
    "CB107",
    Severity.WARNING,
    "The run holds no data: a writer was made, and nothing was logged.",
    "Remove the directory, or look for what ended the program before its first point; a `flush()` "
    "after each epoch saves what was logged.",
)
def empty_run(runs: Runs) -> Iterator[Spot]:
    """A run directory whose files hold a header at most."""
    # `add_scalars` and `add_hparams` leave the main run empty; they have diagnostics of their own.
    mains = {main for main, _ in scalars_runs(runs)} | {main.path for main, _ in hparams_runs(runs)}
    for run in runs:
        if run.files and run.whole and not run.data and run.path not in mains:
            yield Spot(
                run.path, f"{len(run.files)} event file{'s' * (len(run.files) > 1)}, no record of data."
            )
