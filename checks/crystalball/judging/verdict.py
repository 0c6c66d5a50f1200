"""The verdict: what is said of a submission's answer to one exercise, as plain data."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from crystalball.judging.disk import DiskError
from crystalball.judging.findings import Finding
from crystalball.outcomes.facet import Facet, Trait

REPORTED = (Trait.END, Trait.CLOSED)
"""Facets that only the worker can report; all others are proven by what is on disk."""


def evidence_for(facets: Collection[Facet]) -> str:
    """What shows whether a law was kept: what is on disk, the worker's report, or both.

    Args:
        facets: that the law speaks of.
    """
    kinds = {"reported" if facet in REPORTED else "proven" for facet in facets}
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
    FORBIDDEN = "forbidden"


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
        mistakes: the explanations that fit, each one mistake's id or two; empty when none does.
        unexplained: facets in which it is wrong for another reason than these mistakes.
        findings: the differences on the case that is shown.
        case: that case, as JSON.
        case_words: that case, in words.
        smallest: whether it is the smallest that was found.
        line: of the learner's file that it is about; 0 for none.
        line_raises: whether an exception was raised there; in a stub, the first TODO may stand there.
        detail: a signature, names, a limit, or what the worker said.
        traceback: the learner's lines that led to an exception, or that ran when nobody waited longer.
        output: the end of what the learner's code printed.
        kept: the folder of the failed run, from the kit's root; empty for none.
        not_kept: why the failed run could not be kept, where it should have been.
        picture: a PNG of a picture that was logged beside the expected one, likewise.
        seconds: that the judging took.
        flags: for an instructor: what was seen from outside and is not explained by what the
            worker reports. They are not scored.
    """

    exercise: str
    file: str
    status: Status
    checks: tuple[CheckResult, ...] = ()
    mistakes: tuple[tuple[str, ...], ...] = ()
    unexplained: tuple[Facet, ...] = ()
    findings: tuple[Finding, ...] = ()
    case: str = ""
    case_words: str = ""
    smallest: bool = False
    line: int = 0
    line_raises: bool = False
    detail: str = ""
    traceback: str = ""
    output: str = ""
    kept: str = ""
    not_kept: DiskError | None = None
    picture: str = ""
    seconds: float = 0.0
    flags: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every law was kept."""
        return self.status == Status.PASSED

    def to_json(self) -> str:
        """The verdict in one line of JSON; NaN and infinities are strings."""
        return json.dumps(_plain(msgspec.to_builtins(self)), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Verdict:
        """The verdict that `to_json` wrote."""
        verdict: Verdict = msgspec.convert(json.loads(text), Verdict)
        return verdict


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value
