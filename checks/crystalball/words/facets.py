"""Facets in words: what a difference is about, by its name for a learner."""

from __future__ import annotations

from collections.abc import Sequence

from crystalball.outcomes.facet import CurveFacet, Facet, Trait
from crystalball.reading.values import GRAPH, HPARAMS, LAYOUT
from crystalball.words.console import code

FAMILIES = ("Weights", "Gradients")
"""Groups of tags of which one is shown for all."""

FEW = 3
"""Tags of such a group that are named one by one."""

_NAMES = {
    Trait.NAME: "the name of the run directory",
    Trait.RUNS: "the number of run directories",
    Trait.FILES: "the number of event files",
    Trait.END: "how the call ends",
    Trait.DIRECTORIES: "the number of folders for runs",
    Trait.LIVE: "what others can see while it trains",
    Trait.CLOSED: "writers left open",
}
"""The facets that are no curves."""


def facet_name(facet: Facet) -> str:
    """A tag as code; what has no tag of its own, and what is no curve, in words.

    Args:
        facet: of a finding, or a family of them.
    """
    if not isinstance(facet, CurveFacet):
        return _NAMES[facet]
    return facet.tag if facet.tag in (GRAPH, HPARAMS, LAYOUT) else code(facet.tag)


def family(facet: Facet) -> Facet:
    """What a facet is told with: `Weights/…` for a tag of that group, else itself.

    Args:
        facet: of a finding.
    """
    group = facet.tag.partition("/")[0] if isinstance(facet, CurveFacet) else ""
    return CurveFacet(f"{group}/…") if group in FAMILIES else facet


def facet_list(facets: Sequence[Facet], *, counted: bool = True) -> str:
    """Facets as a list in words, the tags of one large group together.

    Args:
        facets: of findings, one at least.
        counted: say how many tags of such a group there are; where they are those of one run.
    """
    groups: dict[Facet, list[Facet]] = {}
    for facet in facets:
        groups.setdefault(family(facet), []).append(facet)
    words: list[str] = []
    for group, members in groups.items():
        many = len(members) > FEW
        told = f"{facet_name(group)} ({len(members)} tags)" if counted else facet_name(group)
        words += [told] if many else map(facet_name, members)
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
