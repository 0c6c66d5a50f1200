"""Mistakes in the tag."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.mistakes.renaming import renamed
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.outcomes.run_name import ConventionalName, RunName
from crystalball.reading.values import Value, agree

NUMBER = r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
"""A number in a text."""

LOOKED_AT = 200
"""Characters of a text in which a number is looked for: a stranger may have written any number of them."""

ROUNDED = 0.01
"""By how much, relatively, a number in a text may differ from what it tells."""


@mistake(
    Aspect.TAG,
    "The points stand under another tag than the one that was asked for.",
    "A tag is matched letter by letter: copy it from the docstring.",
)
def wrong_tag(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """One curve under several tags; that it stands whole under another is seen by the explainer."""
    if context.seen is None:
        yield renamed(truth, {truth.tags[0]: "loss"})
        return
    yield _scattered(truth, context)


def _scattered(truth: Outcome, context: Context) -> Outcome:
    """The truth with the one curve that was not seen under several tags, where these hold its points."""
    runs = context.seen_runs
    missing = [tag for tag in truth.tags if context.seen and not has_points(context.seen, tag)]
    if len(runs) != 1 or len(truth.runs) != 1 or len(missing) != 1 or not has_points(truth, missing[0]):
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
    """The same tag in other letters; seen by the explainer, likewise."""
    yield renamed(truth, {tag: tag.lower() for tag in truth.tags}) if context.seen is None else truth


def has_points(outcome: Outcome, tag: str) -> bool:
    """Whether some run has points under a tag."""
    return any(tag in run.curves and run.curves[tag].points for run in outcome.runs)


@mistake(
    Aspect.TAG,
    "Curves changed places: they stand under each other's tags.",
    "Look at each `add_scalar`: does the tag say what the value is?",
)
def swapped_tags(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Any two tags, or training and validation throughout."""
    for one, other in combinations(truth.tags, 2):
        yield renamed(truth, {one: other, other: one})
    kinds = ("/Train", "/Validation")
    yield renamed(
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
    "Log it under this very tag: the docstring of the stub says what, and at which steps. If a tag is "
    "shown above that nobody asked for, what it holds may belong here.",
    last_resort=True,
)
def never_logged(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Some curves are missing, and so nothing of an epoch can be seen in full while it trains."""
    if context.seen is None:
        yield truth.without(truth.tags[:1])
        return
    found = {*context.logged, *(tag for run in context.seen.runs for tag in run.curves)}
    found |= {tag for tag in truth.tags if tag.casefold() in map(str.casefold, found)}  # in another case
    lost = {*truth.tags} - found
    yield replace(truth.without(lost), views=context.seen.views) if lost else truth


@mistake(
    Aspect.VALUE,
    "Numbers were logged as texts, of which TensorBoard draws no curve.",
    "A number takes `writer.add_scalar(tag, value, global_step=step)`: `add_text` is for words.",
)
def logged_as_text(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Curves of which each value stands in a text, in whatever words, and in whatever run."""
    if context.seen is None:
        yield truth.map_curves(lambda curve: curve.with_values([*map(str, curve.values)]))
        return
    runs = truth.runs
    for tag in truth.tags:
        texts = [text for run in context.seen_runs for text in run.curves.get(tag, Curve(())).values]
        numbers = [number for run in runs for number in run.curves.get(tag, Curve(())).values]
        if len(texts) == len(numbers) and all(map(_says, texts, numbers)):
            runs = tuple(_with_values(runs, tag, texts))
    yield replace(truth, runs=runs)


def _with_values(runs: Iterable[Run], tag: str, values: Iterable[Value]) -> Iterator[Run]:
    """The runs with these values under a tag, one run after the other."""
    left = iter(values)
    for run in runs:
        curve = run.curves.get(tag)
        yield run.with_curve(tag, curve.with_values([next(left) for _ in curve.points])) if curve else run


def _says(text: Value, number: Value) -> bool:
    """Whether one is a text, and the number stands in it, perhaps rounded."""
    found = re.findall(NUMBER, text[:LOOKED_AT]) if isinstance(text, str) else []
    return any(agree(number, float(one), ROUNDED) for one in found)


@mistake(
    Aspect.TAG,
    "`add_scalars` makes a run of its own for each curve, so the one run does not hold what was asked for.",
    "Call `add_scalar` once for each curve: TensorBoard lays curves of the same group side by side.",
)
def add_scalars_used(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Numbers are missing, and runs below the run are named after them; or have their whole tag.

    Whether they were flushed there is not looked at.
    """
    lost = {tag for tag in truth.tags if tag.startswith(("Loss/", "Accuracy/"))} or {*truth.tags}
    views = truth.views
    if context.seen is not None:
        found = {tag for run in context.seen.runs for tag, curve in run.curves.items() if curve.points}
        strays = [Path(run.path).name.lower() for run in context.seen.below]
        lost = {tag for tag in _numbers(truth) - found if _is_told_by(tag, strays)}
        views = context.seen.views if lost else views
    yield replace(truth.without(lost), below=(Run("a run below"),) if lost else (), views=views)
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
    below = [
        one.name for one in seen.runs if isinstance(one.name, str) and is_curves_own(one.name, truth.tags)
    ]
    parents = list(dict.fromkeys(name.rpartition("/")[0] for name in below))
    for run in truth.runs:
        start = run.name.start if isinstance(run.name, ConventionalName) else run.name
        parent = next((one for one in parents if one.startswith(start)), "")
        parents = [one for one in parents if one != parent]
        moved = [
            Run(name, {tag: curve})
            for tag, curve in run.curves.items()
            for name in below
            if name.rpartition("/")[0] == parent and is_curves_own(name, [tag])
        ]
        gone = {tag for one in moved for tag in one.curves}
        kept = {tag: curve for tag, curve in run.curves.items() if tag not in gone}
        runs += [replace(run, curves=kept), *moved]
    changed = len(runs) > len(truth.runs)
    return replace(truth, runs=tuple(runs), ends=seen.ends, views=seen.views) if changed else truth
