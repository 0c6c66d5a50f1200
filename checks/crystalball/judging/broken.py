"""In what a prediction is not what was seen, thing by thing: what is still to be mended of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from crystalball.judging.case_result import Comparison
from crystalball.outcomes.difference import Difference, differences
from crystalball.outcomes.end import Names, Returned
from crystalball.outcomes.facet import Facet, Trait
from crystalball.outcomes.outcome import Curve, Outcome


class Part(IntEnum):
    """What of a curve differs, in the order in which it is mended."""

    ABSENT = 1
    COUNT = 2
    STEPS = 3
    VALUES = 4


@dataclass(frozen=True)
class NameFacet:
    """One name in a returned set of names, of which each is mended by itself."""

    name: str


Thing = Facet | NameFacet
"""What is mended as one."""

Broken = tuple[Thing, Part | None]
"""What differs, and of a curve which part of it."""


def broken_parts(
    predicted: Outcome, one: Comparison, factor: float, about: Thing | None = None
) -> dict[Thing, Part | None]:
    """In what a prediction is not what was seen, and of curves in what part.

    Args:
        predicted: of the case.
        one: the case, with the observation.
        factor: by which the tolerances are multiplied.
        about: curves are compared only where this is one, and it alone; all are without it.
    """
    about = Trait.END if isinstance(about, NameFacet) else about
    broken: dict[Thing, Part | None] = {}
    for difference in differences(predicted, one.seen, one.expected.tags, factor, about):
        part = _part(difference)
        for thing in _things(difference):
            before = broken.get(thing)
            broken[thing] = part if before is None or part is None else min(part, before)
    return broken


def _things(difference: Difference) -> Iterable[Thing]:
    """What is mended one by one: of two sets of names each name, else the facet."""
    match difference.expected, difference.seen:
        case Returned(Names(wanted)), Returned(Names(said)):
            return map(NameFacet, sorted(wanted ^ said))
    return [difference.facet]


def _part(difference: Difference) -> Part | None:
    """What differs; `None` for what is no curve."""
    want, got = difference.expected, difference.seen
    return part_of(want, got) if isinstance(want, Curve) and isinstance(got, Curve) else None


def part_of(want: Curve, got: Curve) -> Part:
    """What differs of two curves that do not agree.

    Args:
        want: what is predicted.
        got: what was seen.
    """
    got = want.spoken_of(got)
    if len(want.points) != len(got.points):
        return Part.COUNT if got.points else Part.ABSENT
    same = want.steps == got.steps or want.by_step.steps == got.by_step.steps
    return Part.VALUES if want.any_step or same else Part.STEPS
