"""Mistakes in the tag."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.outcomes.run_name import ConventionalName, RunName
from crystalball.reading.values import HPARAMS, Hparams, Value


def _renamed(truth: Outcome, names: dict[str, str]) -> Outcome:
    """The truth with other tags; who waits for a tag that is gone sees no epoch in full."""
    gone = names.keys() - set(names.values())
    views = (0,) * len(truth.views) if gone else truth.views
    renamed = replace(truth, views=views).map_runs(
        lambda run: replace(run, curves={names.get(t, t): c for t, c in run.curves.items()})
    )
    return renamed.map_points(lambda step, value: (step, _measured_by(value, names)), [HPARAMS])


def _measured_by(value: Value, names: dict[str, str]) -> Value:
    """The hyperparameters of a run whose metrics have other tags."""
    if not isinstance(value, Hparams):
        return value
    return replace(value, metrics=tuple(names.get(metric, metric) for metric in value.metrics))


def _strangers(truth: Outcome, context: Context) -> dict[str, str]:
    """For each tag that was not seen, the one that nobody asked for under which its points stand.

    It is the same tag in other letters, or it holds the very curve that was to stand under the other.
    """
    seen = context.seen.tags if context.seen else ()
    missing = [tag for tag in truth.tags if _curves(truth, tag) and not _curves(context.seen, tag)]
    strange = [tag for tag in seen if tag not in truth.tags]
    names: dict[str, str] = {}
    for alike in (_same_letters, _same_curve):
        for tag, other in product(missing, strange):
            if other not in names.values() and alike(tag, other, truth, context):
                names.setdefault(tag, other)
    return names


def _curves(outcome: Outcome | None, tag: str) -> list[Curve]:
    """The curves under a tag, of all runs that have points of it."""
    runs = outcome.runs if outcome else ()
    return [run.curves[tag] for run in runs if tag in run.curves and run.curves[tag].points]


def _same_letters(tag: str, other: str, truth: Outcome, context: Context) -> bool:
    return tag.casefold() == other.casefold()


def _same_curve(tag: str, other: str, truth: Outcome, context: Context) -> bool:
    pairs = product(_curves(truth, tag), _curves(context.seen, other))
    return any(curve.agrees(seen, 1) for curve, seen in pairs)


@mistake(
    Aspect.TAG,
    "The points stand under another tag than the one that was asked for.",
    "A tag is matched letter by letter: copy it from the docstring.",
)
def wrong_tag(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """At least one other tag altogether."""
    if context.seen is None:
        yield _renamed(truth, {truth.tags[0]: "loss"})
        return
    names = _strangers(truth, context)
    other = any(tag.casefold() != name.casefold() for tag, name in names.items())
    yield _renamed(truth, names if other else {})
    yield _scattered(truth, context)


def _scattered(truth: Outcome, context: Context) -> Outcome:
    """The truth with the one curve that was not seen under several tags, where these hold its points."""
    runs = context.seen_runs
    missing = [tag for tag in truth.tags if context.seen and not _curves(context.seen, tag)]
    if len(runs) != 1 or len(truth.runs) != 1 or len(missing) != 1:
        return truth
    strange = {tag: curve for tag, curve in runs[0].curves.items() if tag not in truth.tags}
    other = any(tag.casefold() != missing[0].casefold() for tag in strange)
    together = Curve.of(point for curve in strange.values() for point in curve.points)
    if not other or not truth.runs[0].curves[missing[0]].agrees(together, 1):
        return truth
    kept = {tag: curve for tag, curve in truth.runs[0].curves.items() if tag != missing[0]}
    return replace(truth, runs=(replace(truth.runs[0], curves=kept | strange),))


@mistake(
    Aspect.TAG,
    "The tag differs from the one that was asked for only in upper and lower case.",
    "TensorBoard tells upper from lower case: write the tag as the docstring has it.",
)
def wrong_tag_case(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The same tag in other letters."""
    if context.seen is None:
        yield _renamed(truth, {tag: tag.lower() for tag in truth.tags})
        return
    names = _strangers(truth, context)
    yield _renamed(truth, {tag: name for tag, name in names.items() if tag.casefold() == name.casefold()})


@mistake(
    Aspect.TAG,
    "Two curves changed places: each stands under the tag of the other.",
    "Look at each `add_scalar`: does the tag say what the value is?",
)
def swapped_tags(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Any two tags, or training and validation throughout."""
    for one, other in combinations(truth.tags, 2):
        yield _renamed(truth, {one: other, other: one})
    kinds = ("/Train", "/Validation")
    yield _renamed(
        truth,
        {
            tag: tag.removesuffix(mine) + other
            for tag in truth.tags
            for mine, other in (kinds, kinds[::-1])
            if tag.endswith(mine) and tag.removesuffix(mine) + other in truth.tags
        },
    )


@mistake(
    Aspect.TAG,
    "Nothing was logged under a tag that was asked for.",
    "Log it: the docstring of the stub says under which tag, what, and at which steps.",
    last_resort=True,
)
def never_logged(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Some curves are missing, and so nothing of an epoch can be seen in full while it trains."""
    if context.seen is None:
        yield truth.without(truth.tags[:1])
        return
    found = {tag for run in context.seen.runs for tag, curve in run.curves.items() if curve.points}
    lost = set(truth.tags) - found
    yield replace(truth.without(lost), views=context.seen.views if lost else truth.views)


@mistake(
    Aspect.TAG,
    "`add_scalars` makes a run of its own for each curve, so the one run does not hold what was asked for.",
    "Call `add_scalar` once for each curve: TensorBoard lays curves of the same group side by side.",
)
def add_scalars_used(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Numbers are missing, and runs below the run are named after them; or have their whole tag.

    Whether they were flushed there is not looked at.
    """
    lost = {tag for tag in truth.tags if tag.startswith(("Loss/", "Accuracy/"))}
    views = truth.views
    if context.seen is not None:
        found = {tag for run in context.seen.runs for tag, curve in run.curves.items() if curve.points}
        strays = [Path(stray).name.lower() for stray in context.seen.strays]
        lost = {tag for tag in _numbers(truth) - found if _is_told_by(tag, strays)}
        views = context.seen.views if lost else views
    yield replace(truth.without(lost), strays=("a run below",) if lost else (), views=views)
    yield _apart(truth, context.seen) if context.seen is not None else truth


def _numbers(truth: Outcome) -> set[str]:
    curves = [(tag, curve) for run in truth.runs for tag, curve in run.curves.items()]
    return {tag for tag, curve in curves if any(isinstance(value, float) for value in curve.values)}


def _is_told_by(tag: str, names: Sequence[str]) -> bool:
    return any(word in name for name in names for word in tag.lower().split("/"))


def is_curves_own(name: RunName, tags: Iterable[str]) -> bool:
    """Whether `add_scalars(tag, {key: value})` gives a run below another one this name."""
    own = tuple(f"{tag.replace('/', '_')}_" for tag in tags)
    return isinstance(name, str) and "/" in name and name.rpartition("/")[2].startswith(own)


def _apart(truth: Outcome, seen: Outcome) -> Outcome:
    """The truth with those curves in runs of their own that `add_scalars(tag, {key: value})` put there."""
    runs: list[Run] = []
    for run in truth.runs:
        start = run.name.start if isinstance(run.name, ConventionalName) else run.name
        below = [one.name for one in seen.runs if isinstance(one.name, str) and one.name.startswith(start)]
        moved = [
            Run(name, {tag: curve})
            for tag, curve in run.curves.items()
            for name in below
            if is_curves_own(name, [tag])
        ]
        gone = {tag for one in moved for tag in one.curves}
        kept = {tag: curve for tag, curve in run.curves.items() if tag not in gone}
        runs += [replace(run, curves=kept), *moved]
    changed = len(runs) > len(truth.runs)
    return replace(truth, runs=tuple(runs), ends=seen.ends, views=seen.views) if changed else truth
