"""Explanations in words: the mistakes that explain a failure, and what none of them explains."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from crystalball.judging.verdict import Status, Verdict
from crystalball.mistakes import CATALOGUE
from crystalball.mistakes.already import next_in_place
from crystalball.outcomes.facet import CurveFacet, Facet, Trait
from crystalball.words.console import labelled, prose
from crystalball.words.facets import facet_list
from crystalball.words.findings import most_telling, what_is_right

SHOWN = 3
"""Broken laws that are told."""


def explained(verdict: Verdict) -> Iterator[RenderableType]:
    """Tells Why and Next of each mistake.

    Args:
        verdict: of a failed answer, or of one that crashed.

    Yields:
        A line, or some.
    """
    if verdict.mistakes and verdict.status != Status.FAILED:
        yield prose("Where it came to its end, there is more to mend:", "bold")
    if len(verdict.mistakes) > 1:
        yield prose("One of these explains it:", "bold")
    for explanation in verdict.mistakes:
        for index, name in enumerate(explanation):
            why = f"{_in_some_curves(verdict, name)}{CATALOGUE[name].why}"
            why += " (In other runs than the one below.)" * (name in verdict.elsewhere)
            yield labelled("And" if index else "Why", prose(why, "bold"))
            yield labelled("Next", prose(next_in_place(name, verdict.already) or CATALOGUE[name].next))


def _in_some_curves(verdict: Verdict, mistake: str) -> str:
    """The curves in which a mistake was made, where there are others."""
    made: list[Facet] = [CurveFacet(tag) for name, tag in verdict.curves if name == mistake]
    told = {*verdict.right, *(finding.facet for finding in verdict.findings)}
    others = {facet for facet in told if isinstance(facet, CurveFacet)}.difference(made)
    return f"{facet_list(made, counted=False)}: " if made and others else ""


def _right(verdict: Verdict) -> Iterator[str]:
    """What is right: of the curves that are not, and besides them."""
    wrong = [finding for finding in verdict.findings if finding.facet in verdict.unexplained]
    yield from filter(None, map(what_is_right, most_telling(wrong)[0]))
    if curves := [facet for facet in verdict.right if isinstance(facet, CurveFacet)]:
        yield f"{facet_list(curves)}, wholly."


def unexplained(verdict: Verdict) -> Iterator[RenderableType]:
    """Tells what no mistake explains, and the laws that ask for it.

    Args:
        verdict: one that has something unexplained.

    Yields:
        A line, or some.
    """
    why = "No mistake that this kit knows explains this."
    first = (
        "Nothing else that was logged or returned differs. "
        if len(verdict.unexplained) == 1 and not verdict.mistakes
        else ""
    )
    if len(verdict.unexplained) > 1:
        first = "More than one thing is wrong, perhaps for one reason: mend the first, and run again. "
    try_this = (
        f"{first}Where you see no reason, let your code `print` what it does, and replay this run: the "
        "output is shown here."
    )
    if any(finding.facet is Trait.RUNS and not finding.seen for finding in verdict.findings):
        why = "Nothing was logged: no event file was found there."
        try_this = "Make a `SummaryWriter` in the folder that the contract names, and log with it."
    if verdict.mistakes:
        about = facet_list(verdict.unexplained)
        why = f"Besides, no mistake that this kit knows explains what is wrong with {about}."
    yield labelled("Why", prose(why, "bold"))
    for index, text in enumerate(_right(verdict)):
        yield labelled("" if index else "Right", prose(text))
    laws = [check.law for check in verdict.checks if set(check.broken) & set(verdict.unexplained)]
    for index, law in enumerate(laws[:SHOWN]):
        yield labelled("" if index else "Wanted", prose(law))
    yield labelled("Next", prose(try_this))
