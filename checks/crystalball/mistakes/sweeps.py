"""Mistakes in comparing runs: what is shared that should not be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from crystalball.cases.inside.parts import Sweep
from crystalball.mistakes.catalogue import Aspect, Context, mistake, training_mistake
from crystalball.mistakes.language import logged
from crystalball.mistakes.names import named
from crystalball.mistakes.right import own_window
from crystalball.mistakes.series import Batches, Clock, Moment, Quantity, Series
from crystalball.mistakes.tags import is_curves_own
from crystalball.oracle.flaws import Flaw
from crystalball.outcomes.end import End, Names, Paths, Returned, returned_paths
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.outcomes.run_name import ConventionalName


def _perhaps_named_alike(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Each run by its own rate, or all by the first, or by the last."""
    yield truth
    for rate in context.training.part(Sweep).lrs[::-1][:: max(1, len(truth.runs) - 1)]:
        yield named(truth, [ConventionalName(rate)] * len(truth.runs), merge=False)


training_mistake(
    "model_carried_over",
    Flaw.MODEL_CARRIED_OVER,
    needs=Sweep,
    why="The second training went on with the model of the first one: only the first rate began fresh.",
    next="Call `make_model()` inside the loop over the learning rates.",
)
training_mistake(
    "model_shared_side_by_side",
    Flaw.MODEL_SHARED_IN_TURNS,
    Flaw.MODEL_SHARED_IN_TURNS_OF_EPOCHS,
    needs=Sweep,
    why="All trainings, side by side, train one and the same model: each goes on from what the steps at "
    "the other rates have made of it.",
    next="Call `make_model()` once for each learning rate: `[make_model()] * n` holds one model `n` times.",
)
training_mistake(
    "optimizer_shared",
    Flaw.OPTIMIZER_SHARED,
    needs=Sweep,
    why="Only the first model learned: the optimizer is that of its parameters, and knows no other's.",
    next="Call `make_optimizer(model.parameters(), lr)` inside the loop, for each new model.",
)
training_mistake(
    "optimizer_state_carried_over",
    Flaw.OPTIMIZER_STATE_CARRIED_OVER,
    needs=Sweep,
    why="One optimizer served all trainings: the momentum that it had gathered in one went into the next.",
    next="Call `make_optimizer(model.parameters(), lr)` inside the loop, for each new model.",
)
training_mistake(
    "one_training_for_all",
    Flaw.MODEL_AND_OPTIMIZER_SHARED,
    Flaw.ONE_TRAINING_AT_ALL_RATES,
    needs=Sweep,
    why="One training went on from run to run, with one model and one optimizer: only the first run began "
    "fresh.",
    next="Call `make_model()` and `make_optimizer(model.parameters(), lr)` inside the loop over the rates.",
)
training_mistake(
    "one_rate_for_all",
    Flaw.FIRST_RATE_FOR_ALL,
    Flaw.LAST_RATE_FOR_ALL,
    needs=Sweep,
    why="All models were trained with one and the same learning rate, the first or the last.",
    next="Give the rate of the run to the optimizer, `make_optimizer(model.parameters(), lr)`, and to "
    "the name, inside the loop: a variable that is read after a loop, or in a function that is called "
    "later, holds the last rate.",
    predict=_perhaps_named_alike,
)


def _for_each_rate(moment: Moment, last: int, series: Series) -> Batches:
    """The epoch's batches, once for each of the trainings."""
    rates = series.training.part(Sweep).lrs if series.training else ()
    return [*own_window(series)(moment, last, series)] * len(rates)


logged(
    "samples_counted_at_each_rate",
    "The samples of a batch were counted once for each of the trainings, which share the count: each mean "
    "is too small by their number.",
    "Where the trainings go on side by side, count the samples of each batch once, before the loop over "
    "the rates, or for each training by itself.",
    where=lambda series: series.training is not None and series.training.find(Sweep) is not None,
).windows([(lambda *at: own_window(at[2])(*at), _for_each_rate)], Quantity.LOSS, Clock.EPOCH)


def _all_in_one(truth: Outcome, context: Context) -> Outcome:
    """The truth in one directory; where one was seen, its name and what is returned are as they were."""
    seen = context.seen_runs
    name = seen[0].name if len(seen) == 1 else truth.runs[0].name
    shared = named(truth, [name] * len(truth.runs))
    return replace(shared, ends=truth.ends if len(seen) > 1 else context.returned(truth))


@mistake(
    Aspect.RUN,
    "All trainings were written into one directory: TensorBoard draws them as one tangled curve.",
    "Make a new run directory for each learning rate, inside the loop.",
)
def one_directory_for_all(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A writer for each, in the same directory."""
    yield _all_in_one(truth, context)


@mistake(
    Aspect.RUN,
    "All trainings went into one run directory: none has a run of its own.",
    "Make a directory and a `SummaryWriter` for each learning rate, inside the loop.",
)
def one_writer_for_all(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """One writer for all."""
    yield _all_in_one(truth, context).map_runs(lambda run: replace(run, files=1))


@mistake(
    Aspect.RUN,
    "All trainings share one run directory, in which `add_scalars` made a run for each curve: none of "
    "these is the run of its learning rate.",
    "Make a directory and a `SummaryWriter` for each learning rate, inside the loop, and log by "
    "`add_scalar`.",
)
def one_directory_of_add_scalars(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A run below the one directory for each rate, named as it was seen."""
    example = [f"run/Loss_Train_{number}" for number in range(len(truth.runs))]
    seen = [str(run.name) for run in context.seen_runs] if context.seen else example
    parents = {name.rpartition("/")[0] for name in seen if is_curves_own(name, truth.tags)}
    if len(seen) != len(truth.runs) or len(parents) != 1:
        yield truth
        return
    runs = (replace(run, name=name) for run, name in zip(truth.runs, seen, strict=True))
    yield replace(truth, runs=tuple(runs), ends=context.returned(truth))


@mistake(
    Aspect.TAG,
    "The learning rate stands in the tag, so that each curve gets a chart of its own, and none can be "
    "compared.",
    "Use the same tag in every run; the name of the run tells the rate.",
)
def rate_in_the_tag(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A tag for each rate, in its run."""
    yield replace(truth, runs=_with_rate_in_tag(truth, context))


@mistake(
    Aspect.RUN,
    "All trainings went into one run directory, told apart by the tag: each curve gets a chart of its own, "
    "and none has a run.",
    "Make a directory and a `SummaryWriter` for each learning rate, inside the loop, and use the same tag "
    "in every run.",
)
def tag_for_each_rate_in_one_run(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A tag for each rate, in one run for all."""
    apart = _with_rate_in_tag(truth, context)
    together = {tag: curve for run in apart for tag, curve in run.curves.items()}
    single = len(context.seen_runs) == 1
    like = context.seen_runs[0] if single else replace(truth.runs[0], files=1)
    ends = context.returned(truth) if single else truth.ends
    yield replace(truth, runs=(Run(like.name, together, like.files),), ends=ends)


def _with_rate_in_tag(truth: Outcome, context: Context) -> tuple[Run, ...]:
    tags = [_tag_of(lr, context.seen) for lr in context.training.part(Sweep).lrs]
    pairs = zip(tags, truth.runs, strict=False)
    return tuple(replace(run, curves={tag: _only_curve(run)}) for tag, run in pairs)


def _only_curve(run: Run) -> Curve:
    return [*run.curves.values()][0]  # noqa: RUF015  # one without curves is a LookupError


def _tag_of(lr: float, seen: Outcome | None) -> str:
    """The tag in which a rate stands."""
    tags = seen.tags if seen else ()
    rate = rf"(?<![\d.]){re.escape(repr(lr))}(?![\d.])"
    return next((tag for tag in tags if re.search(rate, tag)), f"Loss/Train/lr{lr!r}")


FORMS = ("g", ".0e", *(f".{digits}{kind}" for digits in range(1, 7) for kind in "fge"))
"""In which a rate may be rounded."""


@mistake(
    Aspect.RUN,
    "Learning rates stand in the names with few digits: two which print alike get one directory, where "
    "their runs are mixed, or one is deleted for the other.",
    'Write the rate in full, `f"{lr}"`, take a fresh directory where the name is taken, and delete none.',
)
def runs_overwritten(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Rates that one format prints alike share a run, or the last of them replaces the others."""
    lrs = context.training.part(Sweep).lrs
    for form in FORMS:
        names = [_rounded(format(lr, form), context) for lr in lrs]
        ends = (returned_paths(dict(zip(lrs, names, strict=True))),)
        lasts = dict(zip(names, truth.runs, strict=False))
        last = tuple(replace(run, name=name) for name, run in lasts.items())
        for runs in (named(truth, names[: len(truth.runs)]).runs, last):
            yield replace(truth, runs=runs, ends=ends)


def _rounded(text: str, context: Context) -> ConventionalName:
    """The name with a rate as it is written; nobody looks whether it is taken."""
    lr = float(text)
    return ConventionalName(lr, taken=lr in context.case.taken and text == repr(lr))


def _have_the_same_paths(*ends: End) -> bool:
    """Whether two dicts were returned that have the same paths, under whatever keys."""
    values = [end.value for end in ends if isinstance(end, Returned)]
    paths = [sorted(str(path) for _, path in value.items) for value in values if isinstance(value, Paths)]
    return len(paths) == len(ends) and paths[0] == paths[1]


@mistake(
    Aspect.END,
    "What is returned is not a dict from each learning rate, as the number that was given, to its "
    "directory.",
    "`log_dirs[lr] = log_dir` for each `lr` as it was given: no list, no `str(lr)`, nothing rounded, "
    "nor what a tensor holds of it.",
)
def not_a_dict_of_rates(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The rates as strings, or as other numbers; or no dict at all, which may be anything but `None`."""
    lrs = context.training.part(Sweep).lrs
    texts = [[format(lr, form) for lr in lrs] for form in FORMS]
    rounded = [
        *([repr(float(one)) for one in some] for some in texts),
        *(map(repr, some) for some in texts),
    ]
    for keys in ([repr(repr(lr)) for lr in lrs], *rounded):
        names = {key: run.name for key, run in zip(keys, truth.runs, strict=False)}
        yield replace(truth, ends=(Returned(Paths.of(names)),))
    seen = context.seen_ends if context.seen else (Returned("a list"),)
    yield replace(truth, ends=seen) if all(map(_have_the_same_paths, seen, truth.ends)) else truth
    values = [end.value for end in seen if isinstance(end, Returned)]
    other = len(seen) == len(values) == 1 and not isinstance(values[0], Paths | Names | None)
    yield replace(truth, ends=seen) if other else truth


@mistake(
    Aspect.RUN,
    "One of the learning rates has no run.",
    "Go over all of `lrs`: is the first or the last one left out?",
)
def missing_rate(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The first or the last rate was not trained, or the first alone was; each has a run of its own."""
    rates = context.training.part(Sweep).lrs
    for kept in (slice(1, None), slice(None, -1), slice(None, 1)):
        lrs, runs = rates[kept], truth.runs[kept]
        names = {lr: run.name for lr, run in zip(lrs, runs, strict=False)}
        missing = replace(truth, runs=runs, ends=(returned_paths(names),))
        yield missing if len(truth.runs) == len(rates) else truth


@mistake(
    Aspect.END,
    "The dict that is returned holds one of the learning rates alone.",
    "Return one dict of all of them, with `log_dirs[lr] = log_dir` for each rate.",
)
def one_rate_returned(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The last one, or the first; or any, such as the best."""
    names = {lr: run.name for lr, run in zip(context.training.part(Sweep).lrs, truth.runs, strict=False)}
    alone = [(returned_paths({lr: name}),) for lr, name in names.items()]
    for ends in (alone[-1], alone[0], context.seen_ends):
        yield replace(truth, ends=ends) if ends in alone else truth
