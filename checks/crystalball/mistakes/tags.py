"""Mistakes in the tag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from crystalball.mistakes.catalogue import Slot, World, mistake
from crystalball.outcome import Curve, Outcome
from crystalball.values import HPARAMS, Hparams, Value


def _renamed(truth: Outcome, names: dict[str, str]) -> Outcome:
    """The truth with other tags; who waits for a tag that is gone sees no epoch in full."""
    gone = names.keys() - set(names.values())
    views = (0,) * len(truth.views) if gone else truth.views
    renamed = replace(truth, views=views).map_runs(
        lambda run: replace(run, curves={names.get(t, t): c for t, c in run.curves.items()})
    )
    return renamed.map_curves(
        lambda c: c.map(lambda step, one: (step, _measured_by(one, names))), [HPARAMS]
    )


def _measured_by(value: Value, names: dict[str, str]) -> Value:
    """The hyperparameters of a run whose metrics have other tags."""
    if not isinstance(value, Hparams):
        return value
    return replace(value, metrics=tuple(names.get(metric, metric) for metric in value.metrics))


def _strangers(truth: Outcome, world: World) -> dict[str, str]:
    """For each tag that was not seen, the one that nobody asked for under which its curve stands."""
    runs = world.seen.runs if world.seen else ()
    names: dict[str, str] = {}
    for tag in truth.tags:
        if any(run.curves.get(tag, Curve(())).points for run in runs):
            continue
        curve = next((run.curves[tag] for run in truth.runs if tag in run.curves), Curve(()))
        for run in runs:
            for other, seen in run.curves.items():
                if other not in (*truth.tags, *names.values()) and seen.points and curve.agrees(seen, 1):
                    names.setdefault(tag, other)
    return names


@mistake(
    Slot.TAG,
    "The points stand under another tag than the one that was asked for.",
    "A tag is matched letter by letter: copy it from the docstring.",
)
def wrong_tag(truth: Outcome, world: World) -> Iterator[Outcome]:
    """At least one other tag altogether."""
    if world.seen is None:
        yield _renamed(truth, {truth.tags[0]: "loss"})
        return
    names = _strangers(truth, world)
    other = any(tag.casefold() != name.casefold() for tag, name in names.items())
    yield _renamed(truth, names if other else {})
    yield _scattered(truth, world)


def _scattered(truth: Outcome, world: World) -> Outcome:
    """The truth with the one curve that was not seen under several tags, where these hold its points."""
    runs = world.seen.runs if world.seen else ()
    missing = [tag for tag in truth.tags if world.seen and tag not in world.seen.tags]
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
    Slot.TAG,
    "The tag differs from the one that was asked for only in upper and lower case.",
    "TensorBoard tells upper from lower case: write the tag as the docstring has it.",
)
def wrong_tag_case(truth: Outcome, world: World) -> Iterator[Outcome]:
    """The same tag in other letters."""
    if world.seen is None:
        yield _renamed(truth, {tag: tag.lower() for tag in truth.tags})
        return
    names = _strangers(truth, world)
    yield _renamed(truth, {tag: name for tag, name in names.items() if tag.casefold() == name.casefold()})


@mistake(
    Slot.TAG,
    "Two curves changed places: each stands under the tag of the other.",
    "Look at each `add_scalar`: does the tag say what the value is?",
)
def swapped_tags(truth: Outcome, world: World) -> Iterator[Outcome]:
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
    Slot.TAG,
    "`add_scalars` makes a run of its own for each curve, so nothing stands under the tags that were "
    "asked for.",
    "Call `add_scalar` once for each curve: TensorBoard lays curves of the same group side by side.",
)
def add_scalars_used(truth: Outcome, world: World) -> Iterator[Outcome]:
    """Some curves lie in runs below the run."""
    pairs = [{tag for tag in truth.tags if tag.startswith(start)} for start in ("Loss/", "Accuracy/")]
    for tags in (pairs[0] | pairs[1], *pairs):
        if world.seen is not None and not world.seen.strays:
            yield truth
            continue
        yield replace(truth, strays=("a run below",)).map_runs(
            lambda run, tags=tags: replace(  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                run, curves={tag: curve for tag, curve in run.curves.items() if tag not in tags}
            )
        )
