"""The verdict: what is said of a submission's answer to one exercise, as plain data."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import msgspec

from crystalball.judging.disk import DiskError
from crystalball.judging.findings import Finding
from crystalball.outcomes.facet import Facet, Trait
from crystalball.reading.notebook_lines import in_traceback
from crystalball.reading.outside import NOTHING, Outside, outside, outside_line

LARGEST = 64 * 1024
"""Characters of a verdict's JSON, at most; one on a wrong program takes some thousands."""

CUTS = ((4000, 50), (1000, 20), (100, 5), (40, 3))
"""Letters of a text and entries of a list that are left of one that is too large: the first that do."""

FROM_OUTSIDE = ("findings", "detail", "traceback", "output", "flags")
"""Fields of a verdict into which a submission can bring more than a little."""

REPORTED = (Trait.END, Trait.CLOSED)
"""Facets that only the worker can report; all others are proven by what is on disk."""

STAGED = (*REPORTED, Trait.LIVE)
"""The same where nothing is secret: who knows all numbers ahead may train first, and then play it live."""


def evidence_for(facets: Collection[Facet], *, secret: bool) -> str:
    """What shows whether a law was kept: what is on disk, the worker's report, or both.

    Args:
        facets: that the law speaks of.
        secret: whether the learner's code could know nothing ahead of what is released step by step.
    """
    kinds = {"reported" if facet in (REPORTED if secret else STAGED) else "proven" for facet in facets}
    return " and ".join(sorted(kinds))


class Status(StrEnum):
    """How the judging of one answer ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_STARTED = "not started"
    MISSING_FILE = "missing file"
    MISSING_FUNCTION = "missing function"
    SIGNATURE = "wrong signature"
    SYNTAX = "syntax error"
    CRASHED = "crashed"
    HUNG = "hung"
    EXITED = "exited"
    BREAKPOINT = "breakpoint"
    PROTOCOL = "protocol broken"
    EMPTY = "empty file"
    NOT_UTF8 = "not UTF-8"
    NOTEBOOK = "a notebook"
    TOO_LARGE = "too large"
    REFUSED = "refused"
    NOT_JUDGED = "not judged"
    FLOODED = "wrote too much"
    UNREAD = "cannot be read in time"
    FORBIDDEN = "forbidden"


class Found(msgspec.Struct, frozen=True, tag="found"):
    """The names of the functions and classes that a file has, where one is missing."""

    names: tuple[Outside, ...]


class ExitStatus(msgspec.Struct, frozen=True, tag="exit"):
    """How a process ended: its exit code, or minus the number of the signal that ended it."""

    status: int


class Limit(msgspec.Struct, frozen=True, tag="limit"):
    """The seconds within which there was no answer."""

    seconds: float


Detail = Found | ExitStatus | Limit | Outside
"""What there is to say of a status. A text is somebody else's: a signature, a path, an error's message."""


@dataclass(frozen=True)
class CheckResult:
    """Whether one law of the exercise was kept.

    Attributes:
        name: of the check.
        law: what it says.
        passed: whether it was kept in every case.
        evidence: whether that is proven, reported by the worker, or both; empty when nothing was seen.
        broken: the facets in which it was not kept.
    """

    name: str
    law: str
    passed: bool
    evidence: str = ""
    broken: tuple[Facet, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What is said of one answer.

    Attributes:
        exercise: its id.
        file: the learner's, from the kit's root where it lies below that.
        status: how the judging ended.
        checks: the result of each law.
        mistakes: the explanations that fit, each one mistake's id or two; empty when none does. Of a code
            that crashed, what is wrong where it did not.
        unexplained: facets in which it is wrong for another reason than these mistakes.
        curves: of each mistake that was made in how curves are logged, and each of its curves, both.
        elsewhere: mistakes that the case that is shown does not show: others do.
        findings: the differences on the case that is shown, most telling first.
        right: facets that the laws speak of, and that are right on that case.
        already: what the file does, by its syntax tree, of what the mistakes' Next may ask for.
        case: that case, as JSON.
        case_words: that case, in words.
        smallest: whether it is the smallest that was found.
        line: of the learner's file that it is about, of a failed one that of its first finding; 0 for none.
        line_raises: whether an exception was raised there; in a stub, the first TODO may stand there.
        detail: what there is to say of the status; empty for nothing.
        traceback: the learner's lines that led to an exception, or that ran when nobody waited longer.
        output: the end of what the learner's code printed.
        kept: the folder of the failed run, from the kit's root; empty for none.
        not_kept: why the failed run could not be kept, where it should have been.
        picture: a PNG of a picture that was logged beside the expected one, likewise.
        seconds: that the judging took.
        withheld: whether all that tells of the case is left out: see `without_case`.
        flags: for an instructor: what was seen from outside and is not explained by what the
            worker reports. They are not scored.
    """

    exercise: str
    file: Outside
    status: Status
    checks: tuple[CheckResult, ...] = ()
    mistakes: tuple[tuple[str, ...], ...] = ()
    unexplained: tuple[Facet, ...] = ()
    curves: tuple[tuple[str, str], ...] = ()
    elsewhere: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    right: tuple[Facet, ...] = ()
    already: tuple[str, ...] = ()
    case: str = ""
    case_words: str = ""
    smallest: bool = False
    line: int = 0
    line_raises: bool = False
    detail: Detail = NOTHING
    traceback: Outside = NOTHING
    output: Outside = NOTHING
    kept: str = ""
    not_kept: DiskError | None = None
    picture: str = ""
    seconds: float = 0.0
    withheld: bool = False
    flags: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every law was kept."""
        return self.status == Status.PASSED

    @property
    def explained(self) -> str | None:
        """How much of a failure its mistakes explain: `all`, `part` or `none`; `None` where none is."""
        if self.status != Status.FAILED:
            return None
        return ("part" if self.unexplained else "all") if self.mistakes else "none"

    def within_bounds(self) -> Verdict:
        """The verdict, cut where a submission has made it larger than `LARGEST`."""
        text = self.to_json()
        if len(text) <= LARGEST:
            return self
        whole, cuts = json.loads(text), iter(CUTS)
        while len(text) > LARGEST and (bounds := next(cuts, None)):
            text = json.dumps(whole | {name: _cut(whole[name], *bounds) for name in FROM_OUTSIDE})
        return Verdict.from_json(text)

    def of_file(self, name: str) -> Verdict:
        """The verdict with another name for the learner's file, in the traceback too.

        Args:
            name: as whoever reads it knows the file.
        """
        traceback = self.traceback.replace(f'"{self.file}"', f'"{name}"')
        return replace(self, file=outside_line(name), traceback=outside(in_traceback(traceback, name)))

    def without_case(self) -> Verdict:
        """The verdict as it is told of a case that nobody may know: without what could hold its values."""
        bare = Verdict(self.exercise, self.file, self.status, self.checks, self.mistakes, self.unexplained)
        return replace(
            bare,
            findings=tuple(Finding(one.facet, line=one.line, source=one.source) for one in self.findings),
            curves=self.curves,
            already=self.already,
            line=self.line,
            seconds=self.seconds,
            withheld=True,
        )

    def to_json(self) -> str:
        """The verdict in one line of JSON, the same in every process; NaN and infinities are strings."""
        return json.dumps(_plain(msgspec.to_builtins(self, order="deterministic")), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Verdict:
        """The verdict that `to_json` wrote."""
        return _DECODER.decode(text)


_DECODER = msgspec.json.Decoder(Verdict)
"""Made here, since two threads that each make their first crash in msgspec."""


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value


def _cut(value: Any, letters: int, entries: int) -> Any:
    """Plain data with less of it: texts keep both their ends, lists their begin."""
    if isinstance(value, dict):
        return {key: _cut(one, letters, entries) for key, one in value.items()}
    if isinstance(value, list):
        return [_cut(one, letters, entries) for one in value[:entries]]
    return outside(value, letters) if isinstance(value, str) and len(value) > letters else value
