"""Diagnostics for readers: as text for a terminal, as JSON, and as SARIF for code-scanning tools."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crystalball.doctor.diagnostics import RULES, Diagnostic, Severity, Spot
from crystalball.doctor.summaries import Runs
from crystalball.words.console import Signs, counted, prose

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def shown(path: Path) -> str:
    """A path as a user names it: from the current folder, where it lies below that."""
    here = Path.cwd()
    absolute = path.absolute()
    return (absolute.relative_to(here) if absolute.is_relative_to(here) else path).as_posix()


def readable(text: str) -> str:
    """A text from a file without what would move a terminal's cursor, or cannot be printed."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def placed(spot: Spot) -> str:
    """The place within its run, and what was found there.

    Args:
        spot: what a rule found.
    """
    tag = [f"`{spot.tag}`"] if spot.tag else []
    step = [f"at step {spot.step}"] if spot.step is not None else []
    place = " ".join([*tag, *step])
    return f"{place[0].upper()}{place[1:]}: {spot.what}" if place else spot.what


def to_text(runs: Runs, diagnostics: Sequence[Diagnostic], signs: Signs) -> RenderableType:
    """The diagnostics by run, each remedy once; last a line that counts them.

    Args:
        runs: all that were read.
        diagnostics: by run.
        signs: those that the terminal can show.
    """
    parts: list[RenderableType] = []
    told: set[str] = set()
    for path, group in groupby(diagnostics, key=lambda diagnostic: diagnostic.spot.run):
        parts.append(Text(readable(shown(path)), "bold"))
        parts.extend(_diagnostic(diagnostic, told) for diagnostic in group)
        parts.append("")
    return Group(*parts, _count(runs, diagnostics, signs))


def _diagnostic(diagnostic: Diagnostic, told: set[str]) -> RenderableType:
    rule, spot = diagnostic.rule, diagnostic.spot
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=7)
    grid.add_column()
    grid.add_row(Text(rule.code, STYLES[rule.severity]), prose(readable(placed(spot))))
    if spot.file is not None:
        grid.add_row(Text("File", "dim"), Text(readable(spot.file.name), "dim", overflow="fold"))
    if rule.code not in told:
        told.add(rule.code)
        grid.add_row(Text("Why", "yellow"), prose(rule.title, "bold"))
        grid.add_row(Text("Next", "yellow"), prose(rule.remedy))
    return Padding(grid, (0, 2))


def _count(runs: Runs, diagnostics: Sequence[Diagnostic], signs: Signs) -> Text:
    curves = sum(len(run.curves) for run in runs)
    looked = f"{counted(len(runs), 'run')}, {counted(curves, 'curve')}"
    if not diagnostics:
        return Text(f"{signs.done} {looked}: nothing found.", "green")
    return Text(f"{signs.wrong} {looked}: {counted(len(diagnostics), 'finding')}.", "red")


def to_json(runs: Runs, diagnostics: Iterable[Diagnostic]) -> str:
    """One JSON object: how many runs were read, and the diagnostics with place, explanation, remedy.

    Args:
        runs: all that were read.
        diagnostics: in the order in which they are listed.
    """
    listed = [
        {
            "code": diagnostic.rule.code,
            "name": diagnostic.rule.name,
            "level": diagnostic.rule.severity,
            "run": shown(diagnostic.spot.run),
            "tag": diagnostic.spot.tag or None,
            "step": diagnostic.spot.step,
            "file": None if diagnostic.spot.file is None else shown(diagnostic.spot.file),
            "title": diagnostic.rule.title,
            "explanation": diagnostic.spot.what,
            "remedy": diagnostic.rule.remedy,
        }
        for diagnostic in diagnostics
    ]
    return json.dumps({"runs": len(runs), "findings": listed}, indent=2)


def to_sarif(diagnostics: Iterable[Diagnostic]) -> str:
    """A log of SARIF 2.1.0 (OASIS): all rules, and a result for each diagnostic.

    Args:
        diagnostics: in the order in which they are listed.
    """
    codes = sorted(RULES)
    driver = {
        "name": "crystalball doctor",
        "rules": [
            {
                "id": code,
                "name": RULES[code].name,
                "shortDescription": {"text": RULES[code].title},
                "help": {"text": RULES[code].remedy},
                "defaultConfiguration": {"level": RULES[code].severity, "enabled": not RULES[code].opt_in},
            }
            for code in codes
        ],
    }
    results = [_result(diagnostic, codes.index(diagnostic.rule.code)) for diagnostic in diagnostics]
    log = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [log]}, indent=2)


def _result(diagnostic: Diagnostic, index: int) -> dict[str, Any]:
    rule, spot = diagnostic.rule, diagnostic.spot
    # `surrogateescape`: a name that is no UTF-8 keeps its bytes.
    uri = quote(shown(spot.file or spot.run).encode(errors="surrogateescape"))
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": uri}}}
    if spot.tag:
        location["logicalLocations"] = [{"name": spot.tag, "kind": "member"}]
    return {
        "ruleId": rule.code,
        "ruleIndex": index,
        "level": rule.severity,
        "message": {"text": " ".join([placed(spot), rule.title, rule.remedy])},
        "locations": [location],
    }
