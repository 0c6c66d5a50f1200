"""The learner's file as it was judged: its lines, which of them wrote what is told, and what it calls.

All of it is for words: it says where a wrong point came from, never what is wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

from crystalball.judging.case_result import CaseResult
from crystalball.judging.findings import Finding, Row
from crystalball.outcomes.difference import Difference
from crystalball.outcomes.facet import CurveFacet, Trait
from crystalball.processes.inside.reports import LONGEST_TAG, Call, RaisedReport, Written
from crystalball.reading.outside import NOTHING, Outside, outside_line
from crystalball.reading.values import GRAPH, HPARAMS, LAYOUT

LARGEST = 256 * 1024
"""Bytes of a file that are looked at."""

LONGEST_LINE = 160
"""Characters of a line that are shown."""

MOST_OTHERS = 100
"""Tags that are looked at for one that stands in place of another."""

ALIKE = 0.4
"""Likeness of two tags (`SequenceMatcher.ratio`), of which one may stand in place of the other."""

_TAGS = {"_hparams_/session_start_info": HPARAMS, "custom_scalars__config__": LAYOUT}
"""The tags in an event file of what has none of its own."""


@dataclass(frozen=True)
class SourceFile:
    """The text of a learner's file, when it was loaded."""

    text: str = ""

    @classmethod
    def read(cls, path: Path) -> SourceFile:
        """The file as it is now; an empty one where it cannot be read.

        Args:
            path: of the file.
        """
        try:
            with path.open("rb") as file:
                return cls.of(file.read(LARGEST))
        except OSError:
            return cls()

    @classmethod
    def of(cls, content: bytes) -> SourceFile:
        """A file of this content.

        Args:
            content: of the file.
        """
        return cls(content[:LARGEST].decode("utf-8-sig", errors="replace"))

    def line(self, number: int) -> Outside:
        """The text of a line, without its indent; empty where there is no such line.

        Args:
            number: of the line, from 1.
        """
        lines = re.split(r"\r\n?|\n", self.text) if number else []  # what Python counts as lines
        if not 0 < number <= len(lines):
            return NOTHING
        line = lines[number - 1].strip()
        shown = line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"
        return outside_line(shown, LONGEST_LINE)

    def finding(self, difference: Difference, result: CaseResult) -> Finding:
        """The finding that tells a difference, with the line that it is about.

        Args:
            difference: between truth and observation.
            result: the case on which it was seen.
        """
        told = Finding.of(difference, result.comparison.case)
        line = line_of(told, result.calls, result.comparison.expected.tags, difference.call or 0)
        return replace(told, line=line, source=self.line(line))


def line_of(finding: Finding, calls: Sequence[object], contract: Collection[str], index: int) -> int:
    """The line that a finding is about: that wrote the first wrong point, made the writer, or raised.

    Args:
        finding: as it is told.
        calls: what is reported of each; only a `Call` has lines.
        contract: the tags that were asked for.
        index: of the call that it is about.

    Returns:
        The line; 0 where none is known.
    """
    heard = [report for report in calls if isinstance(report, Call)]
    written = list(dict.fromkeys(one for call in heard for one in call.written))
    if finding.facet is Trait.END:
        end = getattr(calls[index], "end", None) if index < len(calls) else None
        return end.line if isinstance(end, RaisedReport) else 0
    if isinstance(finding.facet, CurveFacet):
        return _line_of_curve(finding.facet.tag, finding.rows, written, contract)
    if finding.facet is Trait.DIRECTORIES:  # no writer made a folder that is too much
        return 0
    begun = [Counter(one.line for one in call.written if one.what == "file_version") for call in heard]
    often = [line for lines in begun for line, times in lines.items() if times > 1]
    made = list(dict.fromkeys(line for lines in begun for line in lines))
    if finding.facet in (Trait.FILES, Trait.RUNS):  # more than one; of several lines any may be the one
        made = often or made[-1:] * (len(made) <= 2)
    return made[0] if len(made) == 1 else 0


def _line_of_curve(
    tag: str, rows: Sequence[Row], written: Sequence[Written], contract: Collection[str]
) -> int:
    """The line that wrote the first wrong point; of a missing one, the line that last wrote the tag."""
    if tag == GRAPH:
        mine = [one for one in written if one.what == "graph_def"]
    else:
        mine = [one for one in written if _name(one) == tag[:LONGEST_TAG]] or _instead(
            tag, written, contract
        )
    wrong = next((row for row in rows if not row.agrees), None)
    if wrong and wrong.logged is not None:
        there = [one.line for one in mine if wrong.step is None or one.step == wrong.step]
        index = sum(row.step == wrong.step for row in rows[: rows.index(wrong)])
        if there:
            return there[min(index, len(there) - 1)]
    return mine[-1].line if mine else 0


def _name(one: Written) -> str:
    """The tag as it is told; empty of what is no summary."""
    return _TAGS.get(one.tag, one.tag.removesuffix("/text_summary"))


def _instead(tag: str, written: Sequence[Written], contract: Collection[str]) -> list[Written]:
    """Of a tag that was never written: what nobody asked for, under the name that is most like it."""
    asked = {name[:LONGEST_TAG] for name in contract}
    names = dict.fromkeys(_name(one) for one in written if not one.tag.startswith("_hparams_/"))
    others = [name for name in names if name and name not in asked][:MOST_OTHERS]
    likeness = {other: SequenceMatcher(None, other.lower(), tag.lower()).ratio() for other in others}
    like = max(others, key=lambda other: (likeness[other], other), default="")
    stands_for_it = like and (likeness[like] >= ALIKE or len(others) == 1)
    return [one for one in written if _name(one) == like] if stands_for_it else []
