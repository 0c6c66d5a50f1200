"""Facets in words: what a difference is about, by its name for a learner."""

from __future__ import annotations

from collections.abc import Sequence

from crystalball.reading.values import GRAPH, HPARAMS, LAYOUT
from crystalball.words.console import code

FAMILIES = ("curve Weights", "curve Gradients")
"""Groups of tags of which one is shown for all."""

FEW = 3
"""Tags of such a group that are named one by one."""

_NAMES = {
    "name": "the name of the run directory",
    "runs": "the number of run directories",
    "files": "the number of event files",
    "end": "how the call ends",
    "directories": "the folders in `runs_dir`",
    "live": "what others can see while it trains",
    "closed": "writers left open",
}
"""The facets that are no curves."""


def facet_name(facet: str) -> str:
    """A tag as code; what has no tag of its own, and what is no curve, in words.

    Args:
        facet: of a finding, or a family of them.
    """
    tag = facet.removeprefix("curve ")
    return _NAMES.get(tag) or (tag if tag in (GRAPH, HPARAMS, LAYOUT) else code(tag))


def family(facet: str) -> str:
    """What a facet is told with: `curve Weights/…` for a tag of that group, else itself.

    Args:
        facet: of a finding.
    """
    group = facet.partition("/")[0]
    return f"{group}/…" if group in FAMILIES else facet


def facet_list(facets: Sequence[str]) -> str:
    """Facets as a list in words, the tags of one large group together.

    Args:
        facets: of findings, one at least.
    """
    groups: dict[str, list[str]] = {}
    for facet in facets:
        groups.setdefault(family(facet), []).append(facet)
    words: list[str] = []
    for group, members in groups.items():
        many = len(members) > FEW
        words += [f"{facet_name(group)} ({len(members)} tags)"] if many else map(facet_name, members)
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
