"""Mistakes in the name of the run directory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crystalball.cases.inside.case import NewRuns
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.outcomes.end import returned_run
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.outcomes.run_name import ConventionalName, RunName, canonical
from crystalball.processes.programs import ZONE_SECONDS
from crystalball.run_directory import TIME_FORMAT

Name = Callable[[float, datetime | None], RunName]
"""Makes a name of the learning rate and the time; `None` is the clock's."""

CLOCK = "<clock>"
"""Stands for the clock's time in examples of names."""


def named(truth: Outcome, names: Sequence[RunName], *, merge: bool = True) -> Outcome:
    """The truth with other names of its runs.

    Args:
        truth: the truth.
        names: a name for each run.
        merge: calls of one name share a directory, with the points and files of all, and return that.
    """
    runs = tuple(replace(run, name=name) for run, name in zip(truth.runs, names, strict=True))
    if not merge:
        return replace(truth, runs=runs)
    places = list(dict.fromkeys(names))
    shared = tuple(_shared([run for run in runs if run.name == place]) for place in places)
    ends = tuple(returned_run(places.index(name)) for name in names) or truth.ends
    return replace(truth, runs=shared, ends=ends)


def _shared(runs: Sequence[Run]) -> Run:
    """One run with the points and files of some that have its name."""
    points: dict[str, Curve] = {}
    for tag, curve in (pair for run in runs for pair in run.curves.items()):
        points[tag] = curve.with_points([*points[tag].points, *curve.points]) if tag in points else curve
    return Run(runs[0].name, points, sum(run.files for run in runs))


def _moments(truth: Outcome, context: Context) -> list[tuple[float, datetime | None]]:
    """For each run, its learning rate and its time; `None` for the clock's."""
    if isinstance(context.case, NewRuns):
        return [(lr, datetime.fromisoformat(now)) for lr, now in context.case.calls]
    return [(context.training.lr, None) for _ in truth.runs]


def _renamed(truth: Outcome, context: Context, name: Name) -> Iterator[Outcome]:
    """The truth with names made of rate and time, told apart by a suffix, or shared."""
    names = [name(lr, now) for lr, now in _moments(truth, context)][: len(truth.runs)]
    yield named(truth, names, merge=False)
    yield named(truth, names)


def adopted(
    truth: Outcome, context: Context, fits: Callable[[RunName, float, datetime | None], bool], example: Name
) -> Outcome:
    """The truth with the names that were seen where each of them fits, else as it is."""
    moments = _moments(truth, context)
    if context.seen is None:
        seen = [example(*moment) for moment in moments][: len(truth.runs)]
    else:
        seen = [run.name for run in context.seen.runs]
    if not seen or not truth.runs:
        return truth
    if len(seen) == len(truth.runs) and all(map(fits, seen, *zip(*moments, strict=True))):
        return named(truth, seen, merge=False)
    if len(set(seen)) == 1 and all(fits(seen[0], *moment) for moment in moments):
        return named(truth, seen[:1] * len(truth.runs))
    return truth


def time_told(now: datetime | None) -> str:
    """The time as the convention has it in a name."""
    return CLOCK if now is None else now.strftime(TIME_FORMAT)


def _name(lr: float, now: datetime | None, form: str) -> RunName:
    """The name with the time in another form, which may happen to be one by the convention."""
    return ConventionalName(lr) if now is None else canonical(f"pixel_gen_lr{lr!r}_{now.strftime(form)}")


@mistake(
    Aspect.RUN,
    "The directory has the same name whatever the learning rate and the time: runs pile up in it.",
    "Build the name from `lr` and the time, so that each run gets a directory of its own.",
)
def fixed_directory(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """One name for all, with neither the rate nor the time of the call."""

    def fits(name: RunName, lr: float, now: datetime | None) -> bool:
        if isinstance(name, ConventionalName):  # its time is a stale one, and its rate is right by chance
            return name.time not in (None, now)
        return (
            name != "."
            and not name.startswith("..")
            and time_told(now) not in name
            and repr(lr) not in name
        )

    outcome = adopted(truth, context, fits, lambda *_: "pixel_gen")
    yield outcome if len({run.name for run in outcome.runs}) == 1 else truth


@mistake(
    Aspect.RUN,
    "The name does not tell the time `now` that was given: two runs cannot be told apart by it.",
    'Write `now`, not the clock, into the name: `f"{now:%Y%m%d_%H%M%S}"`.',
)
def now_ignored(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The clock's time in the name, or none at all."""
    yield from _renamed(truth, context, lambda lr, _: ConventionalName(lr))
    yield from _renamed(truth, context, lambda lr, _: f"pixel_gen_lr{lr!r}")

    def fits(name: RunName, lr: float, _: datetime | None) -> bool:
        if isinstance(name, ConventionalName):
            return name.lr == lr and name.time is None
        start = f"pixel_gen_lr{lr!r}"
        return name.startswith(start) and not re.search(r"\d{4}", name[len(start) :])

    yield adopted(truth, context, fits, lambda lr, _: f"pixel_gen_lr{lr!r}_today")


@mistake(
    Aspect.RUN,
    "The name does not tell the learning rate that was given.",
    'Write the number `lr` into the name, in full: `f"pixel_gen_lr{lr}_…"`.',
)
def lr_ignored(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """No rate in the name, or always the same, or one that was rounded away."""

    def fits(name: RunName, lr: float, now: datetime | None) -> bool:
        if isinstance(name, ConventionalName):
            return name.lr != lr and name.time == now and not name.utc
        loose = re.fullmatch(r".*?(\d{8}_\d{6})(_.+)?", name)
        return loose is not None and loose[1] == time_told(now) and f"lr{lr!r}" not in name

    yield adopted(truth, context, fits, lambda _, now: ConventionalName(0.0, now))


@mistake(
    Aspect.RUN,
    "The name has colons, which Windows does not allow in a file name.",
    'Write the time without signs between its numbers: `f"{now:%Y%m%d_%H%M%S}"`.',
)
def colons_in_name(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A colon anywhere in the name."""
    yield adopted(
        truth, context, lambda name, *_: ":" in str(name), lambda lr, now: f"pixel_gen_lr{lr!r}_{now}:00"
    )


@mistake(
    Aspect.RUN,
    "The hour counts only to twelve: a run of the afternoon looks like one of the morning.",
    "Use `%H`, the hour of the day, and not `%I`.",
)
def twelve_hour_clock(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """`%I` for `%H`."""
    yield from _renamed(truth, context, lambda lr, now: _name(lr, now, "%Y%m%d_%I%M%S"))


@mistake(
    Aspect.RUN,
    "The parts of the name stand in another order, so that runs do not sort as they should.",
    "First the rate, then the date from the year on, then the time: `pixel_gen_lr<lr>_<YYYYmmdd_HHMMSS>`.",
)
def fields_in_wrong_order(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Time before rate, or day, month and year in another order, or the time before the date."""

    def fits(name: RunName, lr: float, now: datetime | None) -> bool:
        told = str(name)
        if now is None or (f"{now:%Y%m%d_%H%M%S}" in told and f"lr{lr!r}_{now:%Y}" in told):
            return False
        rest = told.replace(f"lr{lr!r}", "")
        digits = sorted(re.sub(r"\D", "", re.sub(r"_\d{1,2}$", "", rest)))
        short = (sorted(f"{now:%Y%m%d%H%M%S}"), sorted(f"{now:%y%m%d%H%M%S}"))
        return rest != told and ":" not in told and digits in short

    yield from _renamed(truth, context, lambda lr, now: f"pixel_gen_{time_told(now)}_lr{lr!r}")
    yield adopted(truth, context, fits, lambda lr, now: _name(lr, now, "%d%m%Y_%H%M%S"))
    yield _in_form(truth, context, "%Y%d%m_%H%M%S")


def _in_form(truth: Outcome, context: Context, form: str) -> Outcome:
    """The truth with the time in another form; a time that cannot be read may have a suffix."""

    def fits(seen: RunName, lr: float, now: datetime | None) -> bool:
        name = _name(lr, now, form)
        suffixed = isinstance(seen, str) and isinstance(name, str) and seen.startswith(f"{name}_")
        return seen == name or suffixed

    return adopted(truth, context, fits, lambda lr, now: _name(lr, now, form))


@mistake(
    Aspect.RUN,
    "The month stands where the minute should, or the minute where the month should: `%m` is the month, "
    "`%M` the minute.",
    'Write `f"{now:%Y%m%d_%H%M%S}"`: small `m` in the date, capital `M` in the time.',
)
def month_for_minute(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The month twice, or the minute."""
    for form in ("%Y%m%d_%H%m%S", "%Y%M%d_%H%M%S"):
        yield _in_form(truth, context, form)


@mistake(
    Aspect.RUN,
    "The time in the name is UTC, not the local time that was given.",
    "Take a naive local time as it is: no `timezone.utc`, no `utcnow()`, no `gmtime()`.",
)
def utc_for_local(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Hours off, by the worker's distance from UTC, in either direction."""

    def name(hours: timedelta) -> Name:
        return lambda lr, now: ConventionalName(lr, now and now + hours, utc=now is None)

    yield from _renamed(truth, context, name(timedelta(seconds=-ZONE_SECONDS)))
    yield from _renamed(truth, context, name(timedelta(seconds=ZONE_SECONDS)))


@mistake(
    Aspect.RUN,
    "Two calls within one second share a directory, so that two runs are mixed into one.",
    "When the name is taken, add a suffix: `…_2`, `…_3`, until it is free.",
)
def directory_shared_within_a_second(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """No suffix where the name is taken."""
    yield named(truth, [run.name for run in truth.runs])


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
    rightly = dict(zip(again, names, strict=True))
    yield named(truth, again).map_runs(lambda run: replace(run, name=rightly[run.name]))
