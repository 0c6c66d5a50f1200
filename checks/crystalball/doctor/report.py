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

from crystalball.doctor.diagnostics import RULES, Diagnostic, Rule, Severity, Spot
from crystalball.doctor.pictures import PICTURES
from crystalball.doctor.summaries import Runs
from crystalball.reading.outside import outside_line
from crystalball.words.console import Signs, counted, labelled, prose

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def shown(path: Path) -> str:
    """A path as a user names it: from the current folder, where it lies below that."""
    here = Path.cwd()
    absolute = path.absolute()
    return (absolute.relative_to(here) if absolute.is_relative_to(here) else path).as_posix()


def placed(spot: Spot) -> str:
    """The place within its run, and what was found there.

    Args:
        spot: what a rule found.
    """
    tag = [f"`{spot.tag}`"] if spot.tag else []
    step = [f"at step {spot.step}"] if spot.step is not None else []
    place = " ".join([*tag, *step])
    return f"{place[0].upper()}{place[1:]}: {spot.what}" if place else spot.what


FIRST = 3
"""Places of a rule that are named in a summary."""


def in_short(runs: Runs, diagnostics: Sequence[Diagnostic], signs: Signs) -> RenderableType:
    """The diagnostics by rule, the most serious first, with the first places of each.

    Args:
        runs: all that were read.
        diagnostics: in any order.
        signs: those that the terminal can show.
    """
    parts: list[RenderableType] = []
    for rule, found in _by_rule(diagnostics):
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=7)
        grid.add_column()
        grid.add_row(Text(rule.code, STYLES[rule.severity]), Text(rule.name, "bold"))
        for spot in (one.spot for one in found[:FIRST]):
            where = outside_line(f"`{shown(spot.run)}` {placed(spot)}")
            grid.add_row("", prose(where))
            if spot.file is not None:
                grid.add_row(
                    Text("File", "dim"), Text(outside_line(spot.file.name), "dim", overflow="fold")
                )
        if len(found) > FIRST:
            places = len({one.spot.run for one in found})
            more = f"{len(found) - FIRST} more, {counted(len(found), 'place')} in {counted(places, 'run')}"
            grid.add_row("", prose(f"{signs.more} and {more}: `--verbose` shows them.", "dim"))
        grid.add_row(Text("Why", "yellow"), prose(rule.title, "bold"))
        grid.add_row(Text("Next", "yellow"), prose(rule.remedy))
        parts += [grid, ""]
    return Group(*parts, _count(runs, diagnostics, signs))


def statistics(runs: Runs, diagnostics: Sequence[Diagnostic], signs: Signs) -> RenderableType:
    """How often each rule found something, and in how many runs; the most serious first.

    Args:
        runs: all that were read.
        diagnostics: in any order.
        signs: those that the terminal can show.
    """
    table = Table.grid(padding=(0, 2))
    for rule, found in _by_rule(diagnostics):
        places = {one.spot.run for one in found}
        count = f"{counted(len(found), 'place')} in {counted(len(places), 'run')}"
        table.add_row(Text(rule.code, STYLES[rule.severity]), count, prose(rule.title))
    return Group(table, "", _count(runs, diagnostics, signs))


def _by_rule(diagnostics: Sequence[Diagnostic]) -> list[tuple[Rule, list[Diagnostic]]]:
    found: dict[str, list[Diagnostic]] = {}
    for one in diagnostics:
        found.setdefault(one.rule.code, []).append(one)
    grave = {severity: index for index, severity in enumerate(Severity)}
    codes = sorted(found, key=lambda code: (grave[RULES[code].severity], -len(found[code]), code))
    return [(RULES[code], found[code]) for code in codes]


def explanation(rule: Rule, signs: Signs) -> RenderableType:
    """A rule in full: what it looks for, what it looks like, why that is wrong, and the mend.

    Args:
        rule: which.
        signs: those that the terminal can show.
    """
    picture = PICTURES[rule.code]
    if signs != Signs():
        picture = picture.encode("ascii", "replace").decode()
    asked = f" Asked for by `--{rule.opt_in}`." if rule.opt_in else ""
    looked = (rule.look.__doc__ or "").strip().split("\n\n")[0]
    return Group(
        Text.assemble((rule.code, STYLES[rule.severity]), f" {rule.name} ({rule.severity})"),
        "",
        *(Text(line, "cyan", no_wrap=True) for line in picture.splitlines()),
        "",
        labelled("Looks", prose(f"for this: {looked[0].lower()}{looked[1:]}{asked}")),
        labelled("Why", prose(rule.title, "bold")),
        labelled("Next", prose(rule.remedy)),
    )


def list_of_rules() -> str:
    """All rules as the table that README.md has."""
    lines = ["| code | severity | what is wrong |", "| --- | --- | --- |"]
    for code, rule in sorted(RULES.items()):
        asked = f" (with `--{rule.opt_in}`)" if rule.opt_in else ""
        title = rule.title.replace("|", "\\|")
        lines.append(f"| {code} `{rule.name}` | {rule.severity} | {title}{asked} |")
    return "\n".join(lines)


def to_text(runs: Runs, diagnostics: Sequence[Diagnostic], signs: Signs) -> RenderableType:
    """All diagnostics by run, each remedy once; last a line that counts them.

    Args:
        runs: all that were read.
        diagnostics: by run.
        signs: those that the terminal can show.
    """
    parts: list[RenderableType] = []
    told: set[str] = set()
    for path, group in groupby(diagnostics, key=lambda diagnostic: diagnostic.spot.run):
        parts.append(Text(outside_line(shown(path)), "bold"))
        parts.extend(_diagnostic(diagnostic, told) for diagnostic in group)
        parts.append("")
    return Group(*parts, _count(runs, diagnostics, signs))


def _diagnostic(diagnostic: Diagnostic, told: set[str]) -> RenderableType:
    rule, spot = diagnostic.rule, diagnostic.spot
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=7)
    grid.add_column()
    grid.add_row(Text(rule.code, STYLES[rule.severity]), prose(outside_line(placed(spot))))
    if spot.file is not None:
        grid.add_row(Text("File", "dim"), Text(outside_line(spot.file.name), "dim", overflow="fold"))
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
            "run": outside_line(shown(diagnostic.spot.run)),
            "tag": outside_line(diagnostic.spot.tag) or None,
            "step": diagnostic.spot.step,
            "file": None if diagnostic.spot.file is None else outside_line(shown(diagnostic.spot.file)),
            "title": diagnostic.rule.title,
            "explanation": outside_line(diagnostic.spot.what),
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
        location["logicalLocations"] = [{"name": outside_line(spot.tag), "kind": "member"}]
    return {
        "ruleId": rule.code,
        "ruleIndex": index,
        "level": rule.severity,
        "message": {"text": outside_line(" ".join([placed(spot), rule.title, rule.remedy]))},
        "locations": [location],
    }
