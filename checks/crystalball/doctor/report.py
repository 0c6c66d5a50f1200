"""Findings for readers: as text for a terminal, as JSON, and as SARIF for code-scanning tools."""

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

from crystalball.doctor.findings import RULES, Finding, Level, Spot
from crystalball.doctor.reading import Runs
from crystalball.words.console import Signs, prose

STYLES = {Level.ERROR: "bold red", Level.WARNING: "bold yellow", Level.NOTE: "bold cyan"}

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def shown(path: Path) -> str:
    """A path as a user names it: from the current folder, where it lies below that."""
    here = Path.cwd()
    absolute = path.absolute()
    return (absolute.relative_to(here) if absolute.is_relative_to(here) else path).as_posix()


def readable(text: str) -> str:
    """A text from a file without what would move a terminal's cursor, or cannot be printed."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def words(spot: Spot) -> str:
    """The place within its run, and what was found there."""
    tag = [f"`{spot.tag}`"] if spot.tag else []
    step = [f"at step {spot.step}"] if spot.step is not None else []
    place = " ".join([*tag, *step])
    return f"{place[0].upper()}{place[1:]}: {spot.what}" if place else spot.what


def to_text(runs: Runs, findings: Sequence[Finding], signs: Signs) -> RenderableType:
    """The findings by run, each remedy once; last a line that counts them."""
    parts: list[RenderableType] = []
    told: set[str] = set()
    for path, group in groupby(findings, key=lambda finding: finding.spot.run):
        parts.append(Text(readable(shown(path)), "bold"))
        parts.extend(_finding(finding, told) for finding in group)
        parts.append("")
    return Group(*parts, _count(runs, findings, signs))


def _finding(finding: Finding, told: set[str]) -> RenderableType:
    rule, spot = finding.rule, finding.spot
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=7)
    grid.add_column()
    grid.add_row(Text(rule.code, STYLES[rule.level]), prose(readable(words(spot))))
    if spot.file is not None:
        grid.add_row(Text("File", "dim"), Text(readable(spot.file.name), "dim", overflow="fold"))
    if rule.code not in told:
        told.add(rule.code)
        grid.add_row(Text("Why", "yellow"), prose(rule.title, "bold"))
        grid.add_row(Text("Next", "yellow"), prose(rule.remedy))
    return Padding(grid, (0, 2))


def _count(runs: Runs, findings: Sequence[Finding], signs: Signs) -> Text:
    curves = sum(len(run.curves) for run in runs.runs.values())
    looked = f"{_many(len(runs.runs), 'run')}, {_many(curves, 'curve')}"
    if not findings:
        return Text(f"{signs.done} {looked}: nothing found.", "green")
    return Text(f"{signs.wrong} {looked}: {_many(len(findings), 'finding')}.", "red")


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count != 1)}"


def to_json(runs: Runs, findings: Iterable[Finding]) -> str:
    """One JSON object: how many runs were read, and the findings with place, explanation, remedy."""
    listed = [
        {
            "code": finding.rule.code,
            "name": finding.rule.name,
            "level": finding.rule.level,
            "run": shown(finding.spot.run),
            "tag": finding.spot.tag or None,
            "step": finding.spot.step,
            "file": None if finding.spot.file is None else shown(finding.spot.file),
            "title": finding.rule.title,
            "explanation": finding.spot.what,
            "remedy": finding.rule.remedy,
        }
        for finding in findings
    ]
    return json.dumps({"runs": len(runs.runs), "findings": listed}, indent=2)


def to_sarif(findings: Iterable[Finding]) -> str:
    """A log of SARIF 2.1.0 (OASIS): all rules, and a result for each finding."""
    codes = sorted(RULES)
    driver = {
        "name": "crystalball doctor",
        "rules": [
            {
                "id": code,
                "name": RULES[code].name,
                "shortDescription": {"text": RULES[code].title},
                "help": {"text": RULES[code].remedy},
                "defaultConfiguration": {"level": RULES[code].level, "enabled": not RULES[code].opt_in},
            }
            for code in codes
        ],
    }
    results = [_result(finding, codes.index(finding.rule.code)) for finding in findings]
    log = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [log]}, indent=2)


def _result(finding: Finding, index: int) -> dict[str, Any]:
    rule, spot = finding.rule, finding.spot
    # `surrogateescape`: a name that is no UTF-8 keeps its bytes.
    uri = quote(shown(spot.file or spot.run).encode(errors="surrogateescape"))
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": uri}}}
    if spot.tag:
        location["logicalLocations"] = [{"name": spot.tag, "kind": "member"}]
    return {
        "ruleId": rule.code,
        "ruleIndex": index,
        "level": rule.level,
        "message": {"text": " ".join([words(spot), rule.title, rule.remedy])},
        "locations": [location],
    }
