"""Which outcomes, and which of their curves, are alike: that nobody asked for, and that was not seen."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import SequenceMatcher

from crystalball.judging.broken import Thing
from crystalball.outcomes.facet import CurveFacet, Trait
from crystalball.outcomes.outcome import Curve, Outcome

LIKELY, LONGEST_TAG = 4, 100
"""Tags that are looked at in the place of one that was not seen, and letters of each."""


def most_alike(tag: str, others: Iterable[str]) -> list[str]:
    """The tags that are most like one, the most alike first.

    Args:
        tag: the one.
        others: in whose place it may stand.
    """
    likeness = {other: SequenceMatcher(None, tag, other[:LONGEST_TAG]).ratio() for other in others}
    return sorted(likeness, key=lambda other: -likeness[other])[:LIKELY]


def unmatched(
    pairs: Iterable[tuple[Outcome, Outcome]], contract: Collection[str]
) -> tuple[dict[str, Curve], dict[str, Curve]]:
    """Curves that were not seen, and those that nobody asked for, each as in the first such case.

    Args:
        pairs: what is predicted of each case, and what was seen.
        contract: its tags.
    """
    missing: dict[str, Curve] = {}
    strange: dict[str, Curve] = {}
    for predicted, seen in pairs:
        wanted, found = _longest_curves(predicted), _longest_curves(seen)
        for tag in wanted.keys() - found.keys():
            missing.setdefault(tag, wanted[tag])
        for tag in found.keys() - wanted.keys() - set(contract):
            strange.setdefault(tag, found[tag])
    return dict(sorted(missing.items())), dict(sorted(strange.items()))


def matched(missing: Mapping[str, Curve], strange: Mapping[str, Curve]) -> dict[str, str]:
    """The tag under which each missing curve stands, where that is beyond doubt.

    Args:
        missing: curves that were not seen, by their tags.
        strange: curves that nobody asked for, likewise.
    """
    names: dict[str, str] = {}
    for alike in (_same_letters, _same_name, _same_points):
        for one, curve in missing.items():
            for other, found in strange.items():
                if one not in names and other not in names.values() and alike(one, other, curve, found):
                    names[one] = other
    return names


def _same_letters(tag: str, other: str, curve: Curve, found: Curve) -> bool:
    """Whether both have the same letters and digits, whatever stands between them."""
    return re.sub(r"[\W_]", "", tag.casefold()) == re.sub(r"[\W_]", "", other.casefold())


def _same_name(tag: str, other: str, curve: Curve, found: Curve) -> bool:
    """Whether only the group before the slash is another one."""
    return "/" in tag and tag.partition("/")[2] == other.partition("/")[2] and curve.agrees(found, 1)


def _same_points(tag: str, other: str, curve: Curve, found: Curve) -> bool:
    return curve.agrees(found, 1)


def _longest_curves(outcome: Outcome) -> dict[str, Curve]:
    """The curve under each tag that has points; of several runs the one with the most.

    Args:
        outcome: with these curves.
    """
    pairs = [(tag, curve) for run in outcome.runs for tag, curve in run.curves.items() if curve.points]
    return dict(sorted(pairs, key=lambda pair: len(pair[1].points)))


def says_the_same(before: Outcome, after: Outcome, thing: Thing) -> bool:
    """Whether two predictions say the same of a thing; of others than ends and curves, whether of all.

    Args:
        before: one prediction.
        after: the other.
        thing: the thing.
    """
    if thing is Trait.END:
        return before.ends == after.ends
    if isinstance(thing, CurveFacet):
        curves = [[run.curves.get(thing.tag) for run in outcome.runs] for outcome in (before, after)]
        return curves[0] == curves[1]
    return before == after
