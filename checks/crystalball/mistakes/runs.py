"""Mistakes in the run directory: its place, how many there are, what is returned."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import datetime

from crystalball.cases.inside.parts import LoaderFailure
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.mistakes.names import adopted, moments, named, time_told
from crystalball.mistakes.series import BATCH_LOSS
from crystalball.mistakes.tags import is_curves_own
from crystalball.outcomes.end import End, Paths, Returned, returned_run
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.outcomes.run_name import ConventionalName, RunName, canonical
from crystalball.processes.programs import ZONE_SECONDS
from crystalball.reading.values import HPARAMS, Value


@mistake(
    Aspect.RUN,
    "The event file lies in `runs_dir` itself; given a `log_dir`, SummaryWriter ignores `comment`.",
    "Give the whole path of the new directory as `log_dir`, its name and suffix included: "
    "`SummaryWriter(log_dir)`.",
)
def comment_ignored(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Everything in `runs_dir` itself."""
    shared = named(truth, ["."] * len(truth.runs))
    there = [run.name for run in context.seen_runs] == ["."]
    yield replace(shared, ends=context.seen_ends) if there else shared  # anything may be returned then
    yield shared


@mistake(
    Aspect.RUN,
    "The run does not lie directly in `runs_dir`, where it was asked for.",
    "Join the path to the parameter, `Path(runs_dir) / name`, with no folder between, and give it to "
    "`SummaryWriter` as it is.",
)
def outside_runs_dir(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Runs elsewhere, or none to be found at all, though the path of one was returned."""

    def fits(name: RunName, *_: object) -> bool:
        return "/" in str(name) and not _is_torchs(name) and not is_curves_own(name, truth.tags)

    elsewhere = adopted(truth, context, fits, lambda lr, now: f"../pixel_gen_lr{lr!r}_{time_told(now)}")
    lost = not context.seen_runs and any(
        isinstance(end, Returned) and end.value is not None for end in context.seen_ends
    )
    for outcome in (elsewhere, replace(truth, runs=()) if lost else truth):
        other = context.seen is not None and outcome.runs != truth.runs
        yield replace(outcome, ends=_of_other_places(outcome, context)) if other else outcome


def _of_other_places(truth: Outcome, context: Context) -> tuple[End, ...]:
    """How the calls ended, where any path may be returned for that of a run."""
    return tuple(
        got if _returns_paths(want) and _returns_paths(got) and keys_of(got) == keys_of(want) else want
        for want, got in zip(truth.ends, context.seen_ends, strict=False)
    )


@mistake(
    Aspect.RUN,
    "`log_dir` was not given to `SummaryWriter`, so it chose `runs/<date>_<host>` itself.",
    "Give it: `SummaryWriter(log_dir)`.",
)
def log_dir_not_given(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Runs elsewhere, with names such as torch makes; all in one where they begin in one second."""
    names = [run.name for run in context.seen_runs] or ["../runs/Jan02_03-04-05_host"]
    there = named(truth, names * len(truth.runs) if len(names) == 1 else names)
    yield replace(there, ends=context.returned(truth)) if all(map(_is_torchs, names)) else truth


@mistake(
    Aspect.RUN,
    "The run lies in a folder below the `log_dir` that was given, not in it.",
    "Give it as it is: `SummaryWriter(log_dir)`.",
)
def below_the_log_dir(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """One run, in a folder of whatever name."""
    runs = (
        context.seen_runs
        if context.seen
        else [replace(run, name=f"{run.name}/train") for run in truth.runs]
    )
    inside = len(runs) == len(truth.runs) == 1 and str(runs[0].name).startswith(f"{truth.runs[0].name}/")
    yield truth.map_runs(lambda run: replace(run, name=runs[0].name)) if inside else truth


@mistake(
    Aspect.RUN,
    "What belongs to the run lies, all or in part, in folders below it, by writers of their own: one "
    "training became several runs.",
    "Make one `SummaryWriter(log_dir)`, and log everything with it, not by `add_scalars`, which makes "
    "writers of its own: tags tell curves apart.",
)
def curves_below_the_run(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Each curve in the folder in which it was seen, which is any below the run; some may be in the run."""
    seen = context.seen_runs or [Run("run/a", {tag: Curve(()) for tag in truth.tags})]
    name = truth.runs[0].name if len(truth.runs) == 1 else ""
    below = [run for run in seen if run.name != name]
    if context.seen and not (below and all(_lies_below(run, name) for run in below)):
        yield truth
        return
    wanted = truth.runs[0].curves
    lost = {tag: curve for tag, curve in wanted.items() if not any(tag in run.curves for run in seen)}
    runs = [
        replace(truth.runs[0], name=run.name, curves={t: c for t, c in wanted.items() if t in run.curves})
        for run in seen
    ]
    runs[0] = replace(runs[0], curves={**runs[0].curves, **lost})
    ends = [
        got if isinstance(got, Returned) and _returns_paths(want) else want
        for want, got in zip(truth.ends, context.seen_ends or truth.ends, strict=False)
    ]
    yield replace(truth, runs=tuple(runs), ends=tuple(ends))


def _lies_below(run: Run, name: RunName) -> bool:
    """Whether a run lies in a folder of a directory that has this name by the convention."""
    above, slash, _ = str(run.name).partition("/")
    whole = canonical(above)
    if not isinstance(whole, ConventionalName) or not isinstance(name, ConventionalName):
        return False
    return bool(slash) and whole.lr == name.lr and HPARAMS not in run.curves  # that is another mistake


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
    yield below_the_run(truth, context, [tag for tag in truth.tags if tag.endswith("/Validation")])


def below_the_run(truth: Outcome, context: Context, tags: Collection[str]) -> Outcome:
    """The truth with some curves in a second run that lies below the first one, named as it was seen."""
    seen = context.seen_runs if context.seen else (Run("run/below"),)
    names = [run.name for run in seen if "/" in str(run.name)]
    if not names or not truth.runs:
        return truth
    run = truth.runs[0]
    rest = {tag: curve for tag, curve in run.curves.items() if tag not in tags}
    second = Run(names[0], {tag: run.curves[tag] for tag in tags if tag in run.curves})
    return replace(truth, runs=(replace(run, curves=rest), second))


@mistake(
    Aspect.END,
    "What is returned is not the path of the run that was written.",
    "Return the very path that you gave to `SummaryWriter(log_dir)`, made once: by itself, or in a dict "
    "where one is asked for.",
)
def returns_wrong_path(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Something else than a run is returned, or the run of another call; the runs lie where they should."""
    places = {run.name for run in context.seen_runs if run.curves}
    mixed = context.seen and len(context.seen.runs_with_points) < len(truth.runs_with_points)
    if mixed or (context.seen and not places <= {run.name for run in truth.runs}):
        yield truth
        return
    seen = context.seen_ends if context.seen else (Returned(None),) * len(truth.ends)
    ends = [
        got
        if isinstance(got, Returned)
        and _returns_paths(want)
        and (keys_of(want) is None or keys_of(got) in (None, keys_of(want)))
        else want
        for want, got in zip(truth.ends, seen, strict=False)
    ]
    yield replace(truth, ends=tuple(ends))


def _returns_paths(end: End) -> bool:
    return isinstance(end, Returned) and end.value is not None


def keys_of(end: End) -> tuple[str, ...] | None:
    """The keys of a dict of paths that was returned; `None` where none was.

    Args:
        end: how the call ended.
    """
    value = end.value if isinstance(end, Returned) else None
    return tuple(key for key, _ in value.items) if isinstance(value, Paths) else None


@mistake(
    Aspect.RUN,
    "One training is scattered over several directories or files, about one for each epoch: writers "
    "were made within it, or one was closed and used on, which begins another file.",
    "Make one `SummaryWriter` before the first epoch, in a `with` around all of the training, and no "
    "other; what others are to see meanwhile, `writer.flush()` shows them.",
)
def writer_per_epoch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """An event file an epoch, in one directory or in one each."""
    # An epoch that was interrupted may have left a file too.
    broken = context.case.find(LoaderFailure) is not None
    described = any(curve.steps == (0,) for run in truth.runs for curve in run.curves.values())
    returned = all(isinstance(end, Returned) for end in context.seen_ends or truth.ends)
    nothing = not truth.runs_with_points and not broken and returned
    for more in (0, broken, 1, described):  # or one was made before the first epoch too
        none = replace(truth, runs=(), ends=context.seen_ends or truth.ends)
        yield none if nothing and not more else _with_files(truth, context.training.completed, more)
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


def _with_files(truth: Outcome, epochs: int, more: int) -> Outcome:
    """The truth with an event file for each epoch that is logged, and some more."""

    def files(run: Run) -> int:
        logged = len(set(_longest(run)))
        return max(1, (logged or epochs) + more)

    return truth.map_runs(lambda run: replace(run, files=files(run)))


def _longest(run: Run) -> tuple[tuple[int, Value], ...]:
    by_epochs = (curve.points for tag, curve in run.curves.items() if tag != BATCH_LOSS)
    return max(by_epochs, key=len, default=())


@mistake(
    Aspect.STEP,
    "`Started` does not stand at step 0, but at a number such as the time.",
    '`writer.add_scalar("Started", 1.0, 0)`: the step comes last, and the time has its place in the name.',
)
def started_at_many_steps(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """One step in each run, none that is a usual constant; they are adopted."""
    seen = [run.curves["Started"].steps for run in context.seen_runs if "Started" in run.curves]
    steps = seen if context.seen else [(number + 100,) for number in range(len(truth.runs))]
    if len(steps) != len(truth.runs) or any(len(at) != 1 or at[0] in (0, 1, 2, 10) for at in steps):
        yield truth
        return
    runs = [
        run.with_curve("Started", run.curves["Started"].with_steps(at))
        for run, at in zip(truth.runs, steps, strict=True)
    ]
    yield replace(truth, runs=tuple(runs))


@mistake(
    Aspect.VALUE,
    "`Started` holds a number of the run, its time or its rate, or none: asked for is 1.0 in every run.",
    '`writer.add_scalar("Started", 1.0, 0)`: the value comes before the step.',
)
def number_of_the_run(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The time in seconds, the rate, or 0."""
    numbers: tuple[Callable[[float, datetime], float], ...] = (
        lambda lr, now: 0.0,
        lambda lr, now: lr,
        lambda lr, now: (now - datetime(1970, 1, 1)).total_seconds(),
        lambda lr, now: (
            (now - datetime(1970, 1, 1)).total_seconds() - ZONE_SECONDS
        ),  # the learner's process
    )
    for number in numbers:
        values = [number(lr, now) for lr, now in moments(truth, context) if now]
        runs = [
            replace(run, curves={tag: curve.with_values([value]) for tag, curve in run.curves.items()})
            for run, value in zip(truth.runs, values, strict=False)
        ]
        yield replace(truth, runs=tuple(runs))
