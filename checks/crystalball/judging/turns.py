"""What is mended before what, and by what it may be mended."""

from __future__ import annotations

from collections.abc import Sequence

from crystalball.judging.broken import Broken, Part
from crystalball.mistakes import Aspect, Mistake, language
from crystalball.mistakes.language import VALUE_PARTS
from crystalball.outcomes.facet import CurveFacet, Facet, Trait

_ORDER: tuple[Facet, ...] = (Trait.RUNS, Trait.NAME, Trait.DIRECTORIES)
_LATE: tuple[Facet, ...] = (Trait.FILES, Trait.END, Trait.LIVE, Trait.CLOSED)
"""What is mended before the curves, and after them, in this order."""

MENDING: dict[Part, frozenset[language.Part]] = {
    Part.ABSENT: frozenset({language.Part.LOST, language.Part.KEPT, language.Part.SINGLE}),
    Part.COUNT: language.PLACES - {language.Part.STEP},
    Part.STEPS: language.PLACES | {language.Part.FILTER},  # a filter may move what is left out
    Part.VALUES: VALUE_PARTS | language.PLACES - {language.Part.STEP},
}
"""The parts of a logger of which one may mend what differs."""


def turn(broken: Broken, contract: Sequence[str], *, empty: bool) -> tuple[int, int, bool, int]:
    """The place of a thing in the order in which things are mended.

    A loss comes before other numbers: a wrong training shows in it, and what else is wrong with it is less.

    Args:
        broken: what differs.
        contract: the tags of the contract, in their order.
        empty: nothing at all was logged where runs are missing, which is a matter of the curves.
    """
    facet, part = broken
    if facet is Trait.RUNS and empty:
        return 2, -1, False, 0
    if facet in _ORDER:
        return 0, _ORDER.index(facet), False, 0
    if facet in _LATE:
        return 2, _LATE.index(facet), False, 0
    if isinstance(facet, CurveFacet) and facet.tag in contract:
        return 1, part or 0, not facet.tag.startswith("Loss/"), contract.index(facet.tag)
    return 1, part or 0, True, len(contract)


def about(mistake: Mistake, broken: Broken) -> bool:
    """Whether a mistake could mend a thing, as far as its aspect tells.

    Args:
        mistake: the mistake.
        broken: what differs.
    """
    facet, part = broken
    if facet in (Trait.NAME, Trait.DIRECTORIES):
        return mistake.aspect in (Aspect.TAG, Aspect.RUN)
    if facet is Trait.CLOSED:
        return mistake.aspect >= Aspect.RUN
    return part not in (Part.STEPS, Part.VALUES) or mistake.aspect <= Aspect.TAG
