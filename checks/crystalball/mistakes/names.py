"""Mistakes in the name of the run directory: each wrong form is one, whatever others are in it besides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from crystalball.cases.inside.case import NewRuns
from crystalball.cases.inside.parts import Schedule
from crystalball.cases.inside.training import Training
from crystalball.mistakes.catalogue import Aspect, Context, Mistake, add, mistake
from crystalball.mistakes.name_forms import RIGHT, Wrong, readings
from crystalball.outcomes.end import End, OtherPath, Paths, Returned, returned_run
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.outcomes.run_name import ConventionalName, RunName
from crystalball.processes.programs import ZONE_SECONDS
from crystalball.run_directory import TIME_FORMAT

Name = Callable[[float, datetime | None], RunName]
"""Makes a name of the learning rate and the time; `None` is the clock's."""

CLOCK = "<clock>"
"""Stands for the clock's time in examples of names."""

A_SECOND, A_MINUTE = timedelta(seconds=1), timedelta(minutes=1)
"""Times that lie nearer are no stale ones."""

SOME_TIME = datetime(2001, 2, 3, 16, 5, 6)
"""Likewise, where the time is written in another form."""


class Partly(str):
    """A name of which some wrong forms were found; it stands for what was seen when all are."""

    right: ConventionalName
    wrong: Wrong

    def __new__(cls, right: ConventionalName, wrong: Wrong) -> Partly:
        """The name by the convention, and what is wrong."""
        self = super().__new__(cls, f"{right} with {sorted(wrong)}")
        self.right, self.wrong = right, wrong
        return self


def _misnamed(id: str, example: Name) -> Callable[[Outcome, Context], Iterator[Outcome]]:
    """Predicts names with one wrong form more, told apart by a suffix, or shared."""

    def predict(truth: Outcome, context: Context) -> Iterator[Outcome]:
        seen = [run.name for run in context.seen_runs]
        truth_names, names = {run.name for run in truth.runs}, []
        for index, run in enumerate(truth.runs):
            old = Partly(run.name, RIGHT) if isinstance(run.name, ConventionalName) else run.name
            if not isinstance(old, Partly):
                names.append(run.name)
                continue
            new = Partly(old.right, old.wrong | {id})
            moment, fitting = (old.right.lr, old.right.time), []
            there = seen[index : index + 1] if len(seen) == len(truth.runs) else seen
            if isinstance(context.case, Training):  # which has a mistake of its own
                defaults = [one for one in there if RIGHT in readings(one, context.case.default_lr, None)]
                there = [one for one in there if one not in defaults or RIGHT in readings(one, *moment)]
                if id == "lr_ignored":  # a name with the rate of another training is no rounded one
                    fitting = [one for one in there if one in truth_names]
            fitting = fitting or [
                one for one in there if any(w <= new.wrong for w in readings(one, *moment))
            ]
            names.append(fitting[0] if fitting else new if context.seen else example(*moment))
        yield named(truth, names, merge=False)
        yield truth if names == [run.name for run in truth.runs] else named(truth, names, alike=False)

    return predict


def named(truth: Outcome, names: Sequence[RunName], *, merge: bool = True, alike: bool = True) -> Outcome:
    """The truth with other names of its runs.

    Args:
        truth: the truth.
        names: a name for each run.
        merge: calls of one name share a directory, with the points and files of all, and return that.
        alike: those do, too, that had one name before, and were told apart by a suffix.
    """
    old = [run.name for run in truth.runs]
    again = [0 if alike else old[:index].count(name) for index, name in enumerate(old)]
    runs = tuple(replace(run, name=name) for run, name in zip(truth.runs, names, strict=True))
    new = dict(zip((run.name for run in truth.runs), names, strict=True))
    truth = replace(truth, ends=tuple(_with_paths(end, new) for end in truth.ends))
    if not merge:
        return replace(truth, runs=runs)
    keys = list(zip(names, again, strict=True))
    places = list(dict.fromkeys(keys))
    shared = tuple(
        _shared([run for run, key in zip(runs, keys, strict=True) if key == place]) for place in places
    )
    own: dict[End, End] = {
        returned_run(index): returned_run(places.index(key)) for index, key in enumerate(keys)
    }
    return replace(truth, runs=shared, ends=tuple(own.get(end, end) for end in truth.ends))


def _with_paths(end: End, new: Mapping[RunName, RunName]) -> End:
    """How a call ended that returned the paths of runs, which have other names."""
    if not (isinstance(end, Returned) and isinstance(end.value, Paths)):
        return end
    items = ((key, new.get(v, v) if not isinstance(v, OtherPath) else v) for key, v in end.value.items)
    return Returned(Paths.of(dict(items)))


def _shared(runs: Sequence[Run]) -> Run:
    """One run with the points and files of some that have its name."""
    points: dict[str, Curve] = {}
    for tag, curve in (pair for run in runs for pair in run.curves.items()):
        points[tag] = curve.with_points([*points[tag].points, *curve.points]) if tag in points else curve
    return Run(runs[0].name, points, sum(run.files for run in runs))


def moments(truth: Outcome, context: Context) -> list[tuple[float, datetime | None]]:
    """For each run, its learning rate and its time; `None` for the clock's.

    Args:
        truth: what the laws expect.
        context: with the case.
    """
    if isinstance(context.case, NewRuns):
        return list(context.case.all_calls)
    return [(context.training.lr, None) for _ in truth.runs]


def adopted(
    truth: Outcome, context: Context, fits: Callable[[RunName, float, datetime | None], bool], example: Name
) -> Outcome:
    """The truth with the names that were seen where each of them fits, else as it is."""
    calls = moments(truth, context)
    if context.seen is None:
        seen = [example(*moment) for moment in calls][: len(truth.runs)]
    else:
        seen = [run.name for run in context.seen.runs]
    if not seen or not truth.runs:
        return truth
    if len(seen) == len(truth.runs) and all(map(fits, seen, *zip(*calls, strict=True))):
        return named(truth, seen, merge=False)
    if len(set(seen)) == 1 and all(fits(seen[0], *moment) for moment in calls):
        return named(truth, seen[:1] * len(truth.runs))
    return truth


def time_told(now: datetime | None) -> str:
    """The time as the convention has it in a name."""
    return CLOCK if now is None else now.strftime(TIME_FORMAT)


def _example(form: str) -> Name:
    """Makes names in a form, of the rate and the time."""
    return lambda lr, now: (now or SOME_TIME).strftime(form).format(lr=lr)


_MISNAMED = {
    "now_ignored": (
        lambda lr, now: ConventionalName(lr) if now else f"pixel_gen_lr{lr!r}",
        "The name does not tell the time that it should.",
        "Write the time into it that the contract names, all of it: `now` where that is given, and only "
        'else the local time of the call, `f"{now:%Y%m%d_%H%M%S}"`. Where a name is taken, a suffix '
        "makes another.",
    ),
    "lr_ignored": (
        lambda lr, now: ConventionalName(123.0, now),
        "The name does not tell the learning rate that was given.",
        "Write the number that was asked for (`lr`, or the rate of the first parameter group) into the "
        "name, in full; what a tensor of 32 bits holds is another.",
    ),
    "rate_rounded": (
        lambda lr, now: ConventionalName(float(f"{lr:.0e}"), now),
        "The learning rate in the name is rounded: `float()` does not read the given one back.",
        "Write it with all its digits: `{lr}`, without a format such as `:.3f`, `:g` or `:.0e`.",
    ),
    "point_replaced": (
        lambda lr, now: (now or SOME_TIME).strftime(
            f"pixel_gen_lr{repr(lr).replace('.', '_')}_%Y%m%d_%H%M%S"
        ),
        "The learning rate in the name has another sign in place of its point: `float()` does not read "
        "it from there.",
        "Leave the point: `{lr}`. A folder may have points in its name.",
    ),
    "prefix_changed": (
        _example("run_lr{lr}_%Y%m%d_%H%M%S"),
        "The name does not begin with `pixel_gen_lr` and, right behind it, the learning rate.",
        'Begin it so, sign for sign: `f"pixel_gen_lr{lr}_…"`.',
    ),
    "colons_in_name": (
        _example("pixel_gen_lr{lr}_%Y%m%d_%H:%M:%S"),
        "The name has colons, which Windows does not allow in a file name.",
        'Write the time without signs between its numbers: `f"{now:%Y%m%d_%H%M%S}"`.',
    ),
    "separators_changed": (
        _example("pixel_gen_lr{lr}-%Y%m%d-%H%M%S"),
        "The parts of the name are joined in another way: the convention has one `_` behind the rate, one "
        "between date and time, and no sign within them.",
        'Write it sign for sign: `f"pixel_gen_lr{lr}_{now:%Y%m%d_%H%M%S}"`.',
    ),
    "suffix_joined": (
        _example("pixel_gen_lr{lr}_%Y%m%d_%H%M%S-2"),
        "What follows the time in the name does not begin with `_`.",
        'End the time with its seconds, `f"{now:%Y%m%d_%H%M%S}"`, and set a suffix off by a `_`: '
        '`f"{name}_{number}"`.',
    ),
    "twelve_hour_clock": (
        _example("pixel_gen_lr{lr}_%Y%m%d_%I%M%S"),
        "The hour counts only to twelve: a run of the afternoon looks like one of the morning.",
        "Use `%H`, the hour of the day, and not `%I`.",
    ),
    "fields_in_wrong_order": (
        _example("pixel_gen_%Y%m%d_%H%M%S_lr{lr}"),
        "The parts of the name stand in another order, so that runs do not sort as they should.",
        "The rate, the date from the year on, the time: `pixel_gen_lr<lr>_<YYYYmmdd_HHMMSS>`.",
    ),
    "two_digit_year": (
        _example("pixel_gen_lr{lr}_%y%m%d_%H%M%S"),
        "The year in the name has two digits; the convention has all four.",
        "`%Y` is the whole year, `%y` its last two digits.",
    ),
    "time_cut_short": (
        _example("pixel_gen_lr{lr}_%Y%m%d_%H%M"),
        "The name leaves out a part of the time: it goes from the year to the second.",
        'Write all of it: `f"{now:%Y%m%d_%H%M%S}"`.',
    ),
    "numbers_not_padded": (
        lambda lr, now: f"pixel_gen_lr{lr}_{_unpadded(now or SOME_TIME)}",
        "A number below ten stands in the time with one digit, where two are asked for.",
        'Let the format fill them up with zeros: `f"{now:%Y%m%d_%H%M%S}"`.',
    ),
    "month_for_minute": (
        _example("pixel_gen_lr{lr}_%Y%m%d_%H%m%S"),
        "The month stands where the minute should, or the minute where the month should: `%m` is the "
        "month, `%M` the minute.",
        'Write `f"{now:%Y%m%d_%H%M%S}"`: small `m` in the date, capital `M` in the time.',
    ),
    "utc_for_local": (
        lambda lr, now: ConventionalName(lr, now and now - timedelta(seconds=ZONE_SECONDS), utc=not now),
        "The time in the name is UTC, not local time.",
        "Take local time: a `now` that is given as it is; where none is given, `datetime.now()` without "
        "a zone. No `timezone.utc`, no `utcnow()`, no `gmtime()`.",
    ),
}
"""For each wrong form: an example, and what is said of it."""

MISNAMED = tuple(_MISNAMED)
"""The mistakes that are a wrong form in a name."""


def _unpadded(now: datetime) -> str:
    return f"{now.year}{now.month}{now.day}_{now:%H%M%S}"


for _id, (_name, _why, _next) in _MISNAMED.items():
    add(Mistake(_id, Aspect.RUN, _why, _next, _misnamed(_id, _name)))


@mistake(
    Aspect.RUN,
    "The new run has the name of a directory that was there already: two runs are mixed into one, or one "
    "had to make way for the other.",
    "Let `new_log_dir` make it, or do as it does: where the name is taken, add a suffix, `_2`, `_3`, until "
    "the name is free, and leave what is there as it is.",
)
def directory_not_fresh(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The agreed name, where it is taken, too."""
    taken = _misnamed("directory_not_fresh", lambda lr, now: ConventionalName(lr, now, taken=True))
    yield from taken(truth, context) if context.case.taken else [truth]


@mistake(
    Aspect.RUN,
    "The name tells the optimizer's default rate, not the one that its first parameter group trains with.",
    'Take `optimizer.param_groups[0]["lr"]`: `optimizer.defaults` is for groups without a rate.',
)
def default_rate_in_name(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The name by the convention, for another rate."""
    yield _with_rate(truth, context.training.default_lr)


def _with_rate(truth: Outcome, lr: float) -> Outcome:
    """The truth with another rate in all names by the convention."""
    right = [run.name for run in truth.runs]
    return named(
        truth,
        [ConventionalName(lr, name.time) if isinstance(name, ConventionalName) else name for name in right],
        merge=False,
    )


@mistake(
    Aspect.RUN,
    "The seconds in the name were rounded up, from a part of a second that `now` has beside them.",
    'Cut it off, as `f"{now:%Y%m%d_%H%M%S}"` does: a time that is not yet there is not told.',
)
def seconds_rounded(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The next second, where it is nearer."""
    case = context.case
    assert isinstance(case, NewRuns)
    parts = [datetime.fromisoformat(now).microsecond for _, now in case.calls] * (1 + case.restarts)
    names = [
        msgspec.structs.replace(run.name, time=run.name.time + A_SECOND * (part >= 500_000))
        if isinstance(run.name, ConventionalName) and run.name.time
        else run.name
        for run, part in zip(truth.runs, parts, strict=True)
    ]
    yield named(truth, names, merge=False)


@mistake(
    Aspect.RUN,
    "The name tells the rate from which the schedule was made (`initial_lr`, or the scheduler's "
    "`base_lrs`), not the one that the first epoch trains with.",
    'Take `optimizer.param_groups[0]["lr"]`, when the function is called.',
)
def initial_rate_in_name(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The name for that rate: `OneCycleLR` begins at a 25th of the given one, and others at that itself."""
    schedule = context.training.part(Schedule)
    yield _with_rate(truth, context.training.lr / (25 if schedule.name == "onecycle" else 1))


@mistake(
    Aspect.RUN,
    "The name tells the rate that the schedule had come to when the training ended, not the one that the "
    "first epoch trains with.",
    "Make the directory, or its name at least, before the first epoch.",
)
def last_rate_in_name(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The name for the rate after the last epoch, of which the scheduler was told, or not."""
    last = context.trace.epochs[-1]
    yield _with_rate(truth, last.rates_after[0])
    yield _with_rate(truth, last.rates[0])
