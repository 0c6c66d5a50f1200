"""Mistakes in the run directory: its name, its place, how many there are, what is returned."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crystalball.cases.inside.case import NewRuns
from crystalball.cases.inside.parts import LoaderFailure
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.mistakes.means import BATCH_LOSS
from crystalball.mistakes.tags import is_curves_own
from crystalball.outcomes.end import Returned, returned_run
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.outcomes.run_name import ConventionalName, RunName, canonical
from crystalball.processes.programs import ZONE_SECONDS
from crystalball.reading.values import Value
from crystalball.run_directory import TIME_FORMAT

Name = Callable[[float, datetime | None], RunName]
"""Makes a name of the learning rate and the time; `None` is the clock's."""

CLOCK = "<clock>"
"""Stands for the clock's time in examples of names."""


def _merged(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """Runs of one name become one, with the points and files of all."""
    merged: dict[RunName, Run] = {}
    for run in runs:
        if run.name not in merged:
            merged[run.name] = run
            continue
        old = merged[run.name]
        curves = dict(old.curves)
        for tag, curve in run.curves.items():
            points = curves[tag].points if tag in curves else ()
            curves[tag] = Curve.of(points + curve.points, curve.rtol)
        merged[run.name] = Run(run.name, curves, old.files + run.files)
    return tuple(merged.values())


def _named(truth: Outcome, names: Sequence[RunName], *, merge: bool) -> Outcome:
    """The truth with other names; `merge` when calls of one name share a directory."""
    runs = tuple(replace(run, name=name) for run, name in zip(truth.runs, names, strict=True))
    return _relinked(replace(truth, runs=_merged(runs) if merge else runs), names if merge else ())


def _relinked(outcome: Outcome, names: Sequence[RunName]) -> Outcome:
    """Each call returns the directory of its name, which it may share with others."""
    places = [run.name for run in outcome.runs]
    ends = [returned_run(places.index(name)) for name in names]
    return replace(outcome, ends=tuple(ends)) if names else outcome


def _moments(truth: Outcome, context: Context) -> list[tuple[float, datetime | None]]:
    """For each run, its learning rate and its time; `None` for the clock's."""
    if isinstance(context.case, NewRuns):
        return [(lr, datetime.fromisoformat(now)) for lr, now in context.case.calls]
    return [(context.training.lr, None) for _ in truth.runs]


def _renamed(truth: Outcome, context: Context, name: Name) -> Iterator[Outcome]:
    """The truth with names made of rate and time, told apart by a suffix, or shared."""
    names = [name(lr, now) for lr, now in _moments(truth, context)][: len(truth.runs)]
    yield _named(truth, names, merge=False)
    yield _named(truth, names, merge=True)


def _adopted(
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
        return _named(truth, seen, merge=False)
    if len(set(seen)) == 1 and all(fits(seen[0], *moment) for moment in moments):
        return _named(truth, seen[:1] * len(truth.runs), merge=True)
    return truth


def _time(now: datetime | None, form: str = TIME_FORMAT) -> str:
    return CLOCK if now is None else now.strftime(form)


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
        return name != "." and not name.startswith("..") and _time(now) not in name and repr(lr) not in name

    outcome = _adopted(truth, context, fits, lambda *_: "pixel_gen")
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

    yield _adopted(truth, context, fits, lambda lr, _: f"pixel_gen_lr{lr!r}_today")


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
        return loose is not None and loose[1] == _time(now) and f"lr{lr!r}" not in name

    yield _adopted(truth, context, fits, lambda _, now: ConventionalName(0.0, now))


@mistake(
    Aspect.RUN,
    "The name has colons, which Windows does not allow in a file name.",
    'Write the time without signs between its numbers: `f"{now:%Y%m%d_%H%M%S}"`.',
)
def colons_in_name(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A colon anywhere in the name."""
    yield _adopted(
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

    yield from _renamed(truth, context, lambda lr, now: f"pixel_gen_{_time(now)}_lr{lr!r}")
    yield _adopted(truth, context, fits, lambda lr, now: _name(lr, now, "%d%m%Y_%H%M%S"))
    yield _in_form(truth, context, "%Y%d%m_%H%M%S")


def _in_form(truth: Outcome, context: Context, form: str) -> Outcome:
    """The truth with the time in another form; a time that cannot be read may have a suffix."""

    def fits(seen: RunName, lr: float, now: datetime | None) -> bool:
        name = _name(lr, now, form)
        suffixed = isinstance(seen, str) and isinstance(name, str) and seen.startswith(f"{name}_")
        return seen == name or suffixed

    return _adopted(truth, context, fits, lambda lr, now: _name(lr, now, form))


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
    yield _named(truth, [run.name for run in truth.runs], merge=True)


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
    yield _named(truth, again, merge=True).map_runs(lambda run: replace(run, name=rightly[run.name]))


@mistake(
    Aspect.RUN,
    "The event file lies in `runs_dir` itself; given a `log_dir`, SummaryWriter ignores `comment`.",
    "Build the whole path and give it as `log_dir`: `SummaryWriter(runs_dir / name)`.",
)
def comment_ignored(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Everything in `runs_dir` itself."""
    shared = _named(truth, ["."] * len(truth.runs), merge=True)
    yield shared
    seen = context.seen
    if seen is not None and [run.name for run in seen.runs] == ["."]:
        shared = replace(shared, ends=seen.ends)  # what is returned then may be anything
    yield shared


@mistake(
    Aspect.RUN,
    "The run does not lie directly in `runs_dir`, so nobody who opens that folder will see it there.",
    "Join the path to the parameter: `Path(runs_dir) / name`.",
)
def outside_runs_dir(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Runs elsewhere, or none to be found at all, though the path of one was returned."""

    def fits(name: RunName, *_: object) -> bool:
        return "/" in str(name) and not _is_torchs(name) and not is_curves_own(name, truth.tags)

    elsewhere = _adopted(truth, context, fits, lambda lr, now: f"../pixel_gen_lr{lr!r}_{_time(now)}")
    seen = context.seen
    lost = seen is None or (not seen.runs and Returned(None) not in seen.ends)
    nowhere = replace(truth, runs=()) if lost else truth
    for outcome in (elsewhere, nowhere):
        # What is returned then may be anything.
        adopted = context.seen is not None and outcome.runs != truth.runs
        yield replace(outcome, ends=context.seen.ends) if adopted and context.seen else outcome


@mistake(
    Aspect.RUN,
    "`log_dir` was not given to `SummaryWriter`, so it chose `runs/<date>_<host>` itself.",
    "Give it: `SummaryWriter(log_dir)`.",
)
def log_dir_not_given(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """One run elsewhere, with a name such as torch makes."""
    example = Run("../runs/Jan02_03-04-05_host")
    (run,) = context.seen.runs if context.seen and len(context.seen.runs) == 1 else (example,)
    if not _is_torchs(run.name):
        yield truth
        return
    named = truth.map_runs(lambda old: replace(old, name=run.name))
    yield replace(named, ends=context.seen.ends) if context.seen else named


def _is_torchs(name: RunName) -> bool:
    """Whether `SummaryWriter` chose the name."""
    return re.search(r"(^|/)runs/[A-Z][a-z]{2}\d{2}_\d{2}-\d{2}-\d{2}_[^/]+$", str(name)) is not None


@mistake(
    Aspect.RUN,
    "The validation has a writer and a directory of its own below the run: one training became two runs.",
    "Log all curves with the one writer: their tags tell training and validation apart.",
)
def validation_below_the_run(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A second run, named as it was seen, holds the curves of the validation."""
    below = [run.name for run in context.seen.runs if "/" in str(run.name)] if context.seen else ["run/val"]
    if not below or not truth.runs:
        yield truth
        return
    run, own = truth.runs[0], [tag for tag in truth.tags if tag.endswith("/Validation")]
    rest = {tag: curve for tag, curve in run.curves.items() if tag not in own}
    second = Run(below[0], {tag: run.curves[tag] for tag in own})
    yield replace(truth, runs=(replace(run, curves=rest), second))


@mistake(
    Aspect.END,
    "The function does not return the path of its run.",
    "`return log_dir`, the very path that you gave to `SummaryWriter`.",
)
def returns_wrong_path(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Something else than a run is returned, or the run of another call."""
    seen = context.seen.ends if context.seen else (Returned(None),) * len(truth.ends)
    ends = [
        got if isinstance(got, Returned) and isinstance(want, Returned) and want.value is not None else want
        for want, got in zip(truth.ends, seen, strict=False)
    ]
    yield replace(truth, ends=tuple(ends))


@mistake(
    Aspect.RUN,
    "A new writer was made in each epoch, so that one training is scattered over several "
    "directories or files.",
    "Make one `SummaryWriter` before the first epoch, and use it until the last.",
)
def writer_per_epoch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """An event file an epoch, in one directory or in one each."""
    # An epoch that was interrupted may have left a file too.
    broken = context.case.find(LoaderFailure) is not None
    for more in (0, int(broken), 1):  # or one was made before the first epoch too
        yield truth.map_runs(
            lambda run, more=more: replace(run, files=max(1, len(_longest(run)) + more))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        )
    if len(truth.runs) != 1 or not _longest(truth.runs[0]):
        yield from [truth] * 2
        return
    run = truth.runs[0]
    single = [
        Run(run.name, {tag: Curve(c.points[n : n + 1], c.rtol) for tag, c in run.curves.items()})
        for n in range(len(_longest(run)))
    ]
    for index in (len(single) - 1, 0):
        ends = tuple(returned_run(index) if isinstance(e, Returned) else e for e in truth.ends)
        yield replace(truth, runs=tuple(single), ends=ends)


def _longest(run: Run) -> tuple[tuple[int, Value], ...]:
    by_epochs = (curve.points for tag, curve in run.curves.items() if tag != BATCH_LOSS)
    return max(by_epochs, key=len, default=())
