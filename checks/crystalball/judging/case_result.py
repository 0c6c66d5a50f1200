"""What a case showed: the observation beside what the laws say, and what else the worker reported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crystalball.cases.inside.case import Case
from crystalball.cases.inside.parts import Live, LoaderFailure
from crystalball.judging.verdict import CheckResult, Status, Verdict, evidence_for
from crystalball.oracle.trace import Trace
from crystalball.outcomes.difference import Difference, differences
from crystalball.outcomes.end import Raised, Unfinished
from crystalball.outcomes.expect import Check, Statement
from crystalball.outcomes.facet import CurveFacet, Facet, Trait
from crystalball.outcomes.observe import in_a_collective_call
from crystalball.outcomes.outcome import Outcome
from crystalball.processes.inside import reports

OF_A_RUN: tuple[Facet, ...] = (Trait.NAME, Trait.FILES, Trait.LIVE, Trait.CLOSED)
"""Facets of which nothing can be said where a run is missing: a writer that nobody opened is not closed."""

_STATUSES = {
    "SystemExit": Status.EXITED,
    "BreakpointMet": Status.BREAKPOINT,
    **dict.fromkeys(("SyntaxError", "IndentationError", "TabError"), Status.SYNTAX),
}


def status_of(raised: reports.RaisedReport) -> Status:
    """The verdict on an exception that nothing explains.

    Args:
        raised: as the worker reports it.
    """
    if raised.type == "NotImplementedError" and raised.own:
        return Status.NOT_STARTED
    return _STATUSES.get(raised.type, Status.CRASHED)


@dataclass(frozen=True)
class Comparison:
    """One case: the truth beside the observation.

    Attributes:
        case: what was asked.
        trace: of a right training.
        statement: what the laws say of it.
        seen: the observation.
    """

    case: Case
    trace: Trace
    statement: Statement
    seen: Outcome

    @property
    def expected(self) -> Outcome:
        """The truth."""
        return self.statement.outcome

    @property
    def facets(self) -> tuple[Facet, ...]:
        """All that the laws speak of, in their order."""
        spoken = (sorted(facets, key=str) for facets in self.statement.facets.values())
        return tuple(dict.fromkeys(facet for facets in spoken for facet in facets))

    @cached_property
    def differences(self) -> list[Difference]:
        """In what the observation differs from the truth."""
        return list(differences(self.expected, self.seen))


@dataclass(frozen=True)
class CaseResult:
    """One case that was run to its end.

    Attributes:
        comparison: what it showed.
        folder: its folder, with the event files.
        raised: an exception that was none of the case's own; `None` when there was none.
        output: what the learner's code printed; of several ranks, the one that raised, else the first.
        calls: what the worker reports of each call.
        stopped: the verdict of a rank that came to no end, should nothing explain that.
    """

    comparison: Comparison
    folder: Path
    raised: reports.RaisedReport | None
    output: str
    calls: Sequence[reports.Call | Unfinished] = ()
    stopped: Verdict | None = None

    @property
    def crashed(self) -> bool:
        """Whether it raised what nobody asked for."""
        asked = [end.error for end in self.comparison.expected.ends if isinstance(end, Raised)]
        return self.raised is not None and self.raised.type not in asked

    @property
    def as_asked(self) -> bool:
        """Whether the loader raised where it was to, as reported: who steps too rarely never meets that."""
        met = all(call.met for call in self.calls if isinstance(call, reports.Call))
        return met or not self.comparison.case.find(LoaderFailure)

    @cached_property
    def broken(self) -> set[Facet]:
        """The facets that differ; where a run is missing, all that it should have shown too."""
        want, got = self.comparison.expected, self.comparison.seen
        missing = len(got.runs_with_points) < len(want.runs_with_points) and not want.only_end
        shown = (*OF_A_RUN, *map(CurveFacet, want.tags)) if missing else ()
        return {difference.facet for difference in self.comparison.differences}.union(shown)

    @property
    def right(self) -> bool:
        """Whether all is as it should be."""
        spoken_of = self.raised is None or bool(self.comparison.expected.ends)
        return spoken_of and not self.comparison.differences


def raised_by_code(calls: Iterable[reports.Call | Unfinished]) -> tuple[int, reports.RaisedReport | None]:
    """The call that raised what is none of the case's own, the most telling one, and what.

    Args:
        calls: as a worker reports them, or each of the ranks.

    Returns:
        The index of the call, and the exception; 0 and `None` where none was raised.
    """
    raised: list[tuple[int, reports.RaisedReport]] = [
        (index, call.end)
        for index, call in enumerate(calls)
        if isinstance(call, reports.Call)
        and isinstance(call.end, reports.RaisedReport)
        and not call.end.planned
    ]
    # A rank that waits in vain for one that failed is the lesser news.
    return min(raised, key=lambda one: in_a_collective_call(one[1].traceback), default=(0, None))


def check_results(checks: Sequence[Check], results: Sequence[CaseResult]) -> tuple[CheckResult, ...]:
    """The result of each law over all cases.

    Args:
        checks: the laws.
        results: of the cases that were run.
    """
    return tuple(_check_result(check, results) for check in checks)


def _check_result(check: Check, results: Sequence[CaseResult]) -> CheckResult:
    facets = [one.comparison.statement.facets[check.name] for one in results]
    broken = set().union(*(spoken & one.broken for spoken, one in zip(facets, results, strict=True)))
    lives = [live for one in results if (live := one.comparison.case.find(Live))]
    evidence = evidence_for(frozenset().union(*facets), secret=all(live.secret for live in lives))
    return CheckResult(check.name, check.law, not broken, evidence, tuple(sorted(broken, key=str)))
