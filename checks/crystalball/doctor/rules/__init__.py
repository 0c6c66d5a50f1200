"""The rules, one module for each theme and hundred of codes; each function adds one.

A new module is imported below; `RULES` holds them all, by their codes.
"""

from __future__ import annotations

from crystalball.doctor.diagnostics import RULES, Diagnostic, Selection
from crystalball.doctor.rules import (  # noqa: F401  # each adds its rules
    curriculum,
    files,
    learning,
    steps,
    tags,
    values,
)
from crystalball.doctor.summaries import Runs

__all__ = ["RULES", "examine"]


def examine(runs: Runs, selection: Selection | None = None) -> list[Diagnostic]:
    """Looks at runs with the selected rules (all but the opt-in ones without a selection).

    Args:
        runs: all that were read.
        selection: which rules are looked at.

    Returns:
        What they found, by run, then by code.

    Raises:
        UnknownCode: the selection names a code that no rule has.
    """
    chosen = list((selection or Selection()).rules())
    found = [Diagnostic(rule, spot) for rule in chosen for spot in rule.look(runs)]
    order = {path: index for index, path in enumerate(runs.by_path)}
    return sorted(found, key=lambda diagnostic: order.get(diagnostic.spot.run, len(order)))
