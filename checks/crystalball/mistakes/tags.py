"""Mistakes in the tag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from crystalball.mistakes.catalogue import Slot, World, mistake
from crystalball.outcome import Outcome


def _renamed(truth: Outcome, names: dict[str, str]) -> Outcome:
    return truth.map_runs(
        lambda run: replace(run, curves={names.get(t, t): c for t, c in run.curves.items()})
    )


def _strangers(truth: Outcome, world: World) -> dict[str, list[str]]:
    """For each tag that is missing in the observation, the tags there that nobody asked for."""
    seen = world.seen.tags if world.seen else ()
    strange = [tag for tag in seen if tag not in truth.tags]
    return {tag: strange for tag in truth.tags if tag not in seen}


@mistake(
    Slot.TAG,
    "The points stand under another tag than the one that was asked for.",
    "A tag is matched letter by letter: copy it from the docstring.",
)
def wrong_tag(truth: Outcome, world: World) -> Iterator[Outcome]:
    """Another tag altogether."""
    if world.seen is None:
        yield _renamed(truth, {truth.tags[0]: "loss"})
        return
    names = {
        tag: other
        for tag, strange in _strangers(truth, world).items()
        for other in strange
        if other.casefold() != tag.casefold()
    }
    yield _renamed(truth, names)


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
    names = {
        tag: other
        for tag, strange in _strangers(truth, world).items()
        for other in strange
        if other.casefold() == tag.casefold()
    }
    yield _renamed(truth, names)
