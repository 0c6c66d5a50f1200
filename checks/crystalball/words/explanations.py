"""Explanations in words: the mistakes that explain a failure, and what none of them explains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from crystalball.judging.verdict import Verdict
from crystalball.mistakes import CATALOGUE
from crystalball.outcomes.facet import Trait
from crystalball.words.console import labelled, prose
from crystalball.words.facets import facet_list

SHOWN = 3
"""Broken laws that are told."""


def explained(mistakes: Sequence[Sequence[str]]) -> Iterator[RenderableType]:
    """Tells Why and Next of each mistake.

    Args:
        mistakes: the explanations of a verdict, each the ids of its mistakes.

    Yields:
        A line, or some.
    """
    if len(mistakes) > 1:
        yield prose("One of these explains it:", "bold")
    for explanation in mistakes:
        for index, name in enumerate(explanation):
            yield labelled("And" if index else "Why", prose(CATALOGUE[name].why, "bold"))
            yield labelled("Next", prose(CATALOGUE[name].next))


def unexplained(verdict: Verdict) -> Iterator[RenderableType]:
    """Tells what no mistake explains, and the laws that ask for it.

    Args:
        verdict: one that has something unexplained.

    Yields:
        A line, or some.
    """
    why = "No mistake that this kit knows explains this."
    try_this = (
        "Several things may be wrong at once: mend what the first lines show, and run again. Where you see "
        "no reason, let your code `print` what it does, and replay this run: the output is shown here."
    )
    if any(finding.facet is Trait.RUNS and not finding.seen for finding in verdict.findings):
        why = "Nothing was logged: no event file was found there."
        try_this = "Make a `SummaryWriter` in the folder that the contract names, and log with it."
    if verdict.mistakes:
        about = facet_list(verdict.unexplained)
        why = f"Besides, no mistake that this kit knows explains what is wrong with {about}."
    yield labelled("Why", prose(why, "bold"))
    laws = [check.law for check in verdict.checks if set(check.broken) & set(verdict.unexplained)]
    for index, law in enumerate(laws[:SHOWN]):
        yield labelled("" if index else "Wanted", prose(law))
    yield labelled("Next", prose(try_this))
