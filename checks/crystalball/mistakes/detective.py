"""Mistakes of a detective: evidence that was not looked at, or misread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from crystalball.cases.broken_runs import DAMAGES, FILE_FAULTS, BrokenRun
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.outcomes.end import End, Names, Raised, Returned, returned_names
from crystalball.outcomes.outcome import Outcome


def _without(truth: Outcome, *names: str) -> Outcome:
    """The truth, but for some names that are never said."""
    return _said(truth, *(returned_names(_names(end) - set(names)) for end in truth.ends))


def _names(end: End) -> frozenset[str]:
    """The names in the set that a call returned; none when it returned no set."""
    return end.value.names if isinstance(end, Returned) and isinstance(end.value, Names) else frozenset()


def _said(truth: Outcome, *ends: End) -> Outcome:
    return replace(truth, ends=ends)


def _faults(context: Context) -> set[str]:
    assert isinstance(context.case, BrokenRun)
    return set(context.case.faults)


@mistake(
    Aspect.VALUE,
    "NaN is equal to nothing, not even to itself, so a comparison with `==` never finds it.",
    'Ask `math.isnan(value)`, or `frame["value"].isna()`.',
)
def exact_float_comparison(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """NaN is never seen."""
    yield _without(truth, "nan")


@mistake(
    Aspect.STEP,
    "tbparse sorts its rows by tag and step, so the order in which the points were logged is lost there.",
    "Read the order from `records(path)`, file by file, and compare each step with the one before.",
)
def evidence_sorted_away(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Order is never seen, nor what else a sorted table hides."""
    yield _without(truth, "out_of_order")
    yield _without(truth, "out_of_order", "unpurged_restart")
    yield _without(truth, "out_of_order", "duplicate_steps")


@mistake(
    Aspect.TAG,
    "The folders below the run were not looked into, or their points were taken for the run's own.",
    "Look for event files in the folders below `log_dir`, and judge the run by its own files alone.",
)
def stray_run_missed(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A stray run is not told; or its points confuse everything else."""
    yield _without(truth, "stray_run")
    confused = context.seen is not None and "stray_run" in _faults(context)
    yield context.seen if confused and context.seen else _without(truth, "stray_run")


@mistake(
    Aspect.RUN,
    "The event files of the run were read as one, so nobody noticed that a second one was begun.",
    "Read each file on its own, put them in the order in which they were begun, and compare each with "
    "those before.",
)
def second_file_missed(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """What several files tell is not told."""
    yield _without(truth, "second_file")
    yield _without(truth, *FILE_FAULTS)
    yield _without(truth, "second_file", "mixed_runs")
    yield _without(truth, "second_file", "unpurged_restart")


@mistake(
    Aspect.RUN,
    "A later file was compared with the file just before it alone, though an older one was still being "
    "written.",
    "Keep, over *all* earlier files, the time of the last record that was written, and the largest step of "
    "each tag.",
)
def only_previous_file_compared(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Of three writers at once the last one passes for a restart, or for something else."""
    for other in ("unpurged_restart", "second_file"):
        said = returned_names(_faults(context) | {other})
        yield _said(truth, said) if _three_writers(context) else truth


def _three_writers(context: Context) -> bool:
    """Whether three files were written at the same time."""
    assert isinstance(context.case, BrokenRun)
    own = [name for name in context.case.files() if "/" not in name]
    return "mixed_runs" in _faults(context) and len(own) - ("hparams" in context.case.oddities) > 2


@mistake(
    Aspect.END,
    "A run without points was not thought of: the table has no columns then, and there is no first row.",
    "Ask whether there is any point before you look at the columns; if there is none, that is the finding.",
)
def empty_run_crashes(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A run without data raises, or passes for something else."""
    silent = _without(truth, "no_data")
    if "no_data" not in _faults(context):
        yield truth
    elif context.seen is None:
        yield _said(truth, Raised("KeyError"))
    else:
        # Not every run without data breaks every such program.
        adopted = context.seen.ends == truth.ends or context.if_raised() is not None
        yield _said(truth, *context.seen.ends) if adopted else silent


@mistake(
    Aspect.LIFETIME,
    "A damaged file looks whole to tbparse: it gives the rows before the damage, and says nothing.",
    "Read each file with `records(path)` to its end, and catch `Truncated` and `BadChecksum`.",
)
def truncation_missed(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Damage is not told, or ends the function."""
    yield _without(truth, "truncated")
    yield _without(truth, *DAMAGES)
    yield _without(truth, "bad_checksum")
    yield context.if_raised("Truncated", "BadChecksum") or truth


@mistake(
    Aspect.END,
    "A name is said although the run does not meet the definition of that name.",
    "Compare both sets, and read the definition of each name that is too much, word by word: *in one event "
    "file*, *by more than one*, *the first of these that holds*, and what is left out.",
)
def healthy_run_accused(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Names beyond those that are right."""
    for end in truth.ends[:1]:
        right = _names(end)
        seen = _names(context.seen.ends[0]) if context.seen and context.seen.ends else frozenset()
        if context.seen is None:
            seen = right | {"second_file"}
        # Of three writers, another reason for one of the files is another mistake.
        apart = set(FILE_FAULTS) if _three_writers(context) else set()
        accused = seen > right and seen - right - apart
        yield _said(truth, returned_names(seen)) if accused else truth
