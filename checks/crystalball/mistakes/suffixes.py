"""Mistakes in the name of a run that may be taken: by another call, or for all calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from crystalball.cases.inside.case import NewRuns
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.mistakes.names import A_MINUTE, adopted, moments, named, time_told
from crystalball.mistakes.tags import is_curves_own
from crystalball.outcomes.outcome import Outcome
from crystalball.outcomes.run_name import ConventionalName, RunName

A_TIME = r"\d{6}|\d\d[-_.:]\d\d"
"""What may be a time, in whatever form."""


@mistake(
    Aspect.RUN,
    "A directory that was there already was taken for a new run, so that two runs are mixed into one.",
    "When a directory of that name is there already, add a suffix to the name of the new one, `…_2`, "
    "`…_3`, until it is free.",
)
def directory_shared_within_a_second(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """No suffix where the name is taken; or one that tells another process alone, such as its number."""
    yield named(truth, [run.name for run in truth.runs])
    of_one_process = max(1, len(truth.runs) // (1 + context.case.restarts))
    places = (f"{run.name}_{index // of_one_process}" for index, run in enumerate(truth.runs))
    yield _shared_as(truth, list(places))


def _shared_as(truth: Outcome, places: Sequence[RunName]) -> Outcome:
    """Runs of one place share a directory, which keeps their own name."""
    own = dict(zip(places, (run.name for run in truth.runs), strict=True))
    return named(truth, places).map_runs(lambda run: replace(run, name=own[run.name]))


@mistake(
    Aspect.RUN,
    "The name with the suffix is taken, too: from the third call within one second on, runs share a "
    "directory.",
    "Count on in a loop until the name is free: `while log_dir.exists():`.",
)
def suffix_tried_once(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Of each name two directories at most."""
    names = [run.name for run in truth.runs]
    again = [f"{name}_2" if name in names[:n] else name for n, name in enumerate(names)]
    yield _shared_as(truth, again)


@mistake(
    Aspect.RUN,
    "The name was cut at a point of its learning rate, as if what follows were a file's ending.",
    "`.stem`, `with_stem()` and `with_suffix()` are for files: build the name as a text, its suffix at the "
    "end.",
)
def point_taken_for_an_ending(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Some names, which begin as the right ones up to their point; they are adopted."""

    def is_cut(name: RunName, lr: float) -> bool:
        whole, _, fraction = repr(lr).partition(".")
        after = str(name).removeprefix(f"pixel_gen_lr{whole}")
        told = fraction in (after[: len(fraction)], after[1 : 1 + len(fraction)])
        if after.startswith("."):  # another ending, or the rate as somebody else writes it
            told = "_" in after
        return isinstance(name, str) and after != name and not told

    def fits(name: RunName, lr: float, now: datetime | None) -> bool:
        return is_cut(name, lr) or name == ConventionalName(lr, now)

    if context.seen:
        rates = [lr for lr, _ in moments(truth, context)]
        cut = any(map(is_cut, [run.name for run in context.seen.runs], rates))
        yield adopted(truth, context, fits, lambda lr, now: "") if cut else truth
    else:
        right = [run.name for run in truth.runs]
        again = [
            str(name).replace(".", "_2.", 1) if name in right[:n] else name for n, name in enumerate(right)
        ]
        yield named(truth, again, merge=False)


@mistake(
    Aspect.RUN,
    "Where the name was taken, it tells another time than the one that was given.",
    "Leave the time as it is, and put a suffix behind the name: `…_2`, `…_3`, until it is free.",
)
def other_time_where_taken(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A second later for each run of that name which is there."""
    names: list[RunName] = []
    for run in truth.runs:
        name = run.name
        while isinstance(name, ConventionalName) and name.time is not None and name in names:
            name = msgspec.structs.replace(name, time=name.time + timedelta(seconds=1))
        names.append(name)
    yield named(truth, names, merge=False)


@mistake(
    Aspect.RUN,
    "Two programs that make the same run share a directory: the suffix counts what this one has made, and "
    "never looks at the disk.",
    "Ask the disk whether the name is taken: `while log_dir.exists():` finds the runs of others, too.",
)
def suffix_from_memory(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The calls of a second process share the directories of the first one's."""
    count = len(context.case.calls) if isinstance(context.case, NewRuns) else len(truth.runs)
    ends = context.seen_ends or truth.ends[:count] * 2
    places = [str(end) for end in ends[: len(truth.runs)]]  # which one it was depends on the calls before
    alike = len(set(places[:count])) < count or len(set(places[count:])) < len(places) - count
    yield truth if alike or len(places) < len(truth.runs) else _shared_as(truth, places)


@mistake(
    Aspect.RUN,
    "The name of the directory, or the time in it, is the same for every call: runs pile up in one "
    "directory.",
    "Build the name anew in each call, from the learning rate and the time; where it is taken, add a "
    "suffix.",
)
def fixed_directory(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """One name for all, with neither the rate nor the time of the call."""

    def fits(name: RunName, lr: float, now: datetime | None) -> bool:
        if isinstance(name, ConventionalName):  # its time is a stale one, and its rate is right by chance
            return name.time is not None and (now is None or abs(name.time - now) > A_MINUTE)
        return (
            name != "."
            and not name.startswith("..")
            and not is_curves_own(name, truth.tags)
            and time_told(now) not in name
            and not re.search(A_TIME, name)
            and repr(lr) not in name
        )

    outcome = adopted(truth, context, fits, lambda *_: "pixel_gen")
    yield outcome if len({run.name for run in outcome.runs}) == 1 else truth


@mistake(
    Aspect.RUN,
    "The name of the run directory is not of the form that was agreed on, `pixel_gen_lr<rate>_<time>`.",
    "Build it as exercise 2 says, from the learning rate and the time, directly in `runs_dir`.",
    last_resort=True,
)
def named_otherwise(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Any other form, which is adopted."""

    def fits(name: RunName, *_: object) -> bool:
        return not isinstance(name, ConventionalName) and not is_curves_own(name, truth.tags)

    agreed_on = any(isinstance(run.name, ConventionalName) for run in truth.runs)
    yield adopted(truth, context, fits, lambda *_: "fit") if agreed_on else truth
