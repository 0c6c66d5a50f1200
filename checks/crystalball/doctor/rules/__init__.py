"""The rules, a module a theme; each function adds one."""

from __future__ import annotations

from crystalball.doctor.findings import RULES, Finding, Selection
from crystalball.doctor.reading import Runs
from crystalball.doctor.rules import (  # noqa: F401  # each adds its rules
    curriculum,
    files,
    learning,
    steps,
    tags,
    values,
)

__all__ = ["RULES", "examine"]


def examine(runs: Runs, selection: Selection | None = None) -> list[Finding]:
    """Looks at runs with the selected rules (all but the opt-in ones without a selection).

    Returns:
        What they found, by run, then by code.

    Raises:
        UnknownCode: the selection names a code that no rule has.
    """
    chosen = list((selection or Selection()).rules())
    found = [Finding(rule, spot) for rule in chosen for spot in rule.look(runs)]
    order = {path: index for index, path in enumerate(runs.runs)}
    return sorted(found, key=lambda finding: order.get(finding.spot.run, len(order)))
