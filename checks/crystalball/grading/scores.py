"""Points for a verdict: those of the manifest, each check its share."""

from __future__ import annotations

from crystalball.judging.verdict import Status, Verdict


def points(verdict: Verdict, max_points: float) -> float:
    """The points for a verdict; only code that ran to its end on every case gets some.

    Whoever exited, hung, was killed, broke the protocol or tried what is forbidden gets none.
    """
    if verdict.status not in (Status.PASSED, Status.FAILED) or not verdict.checks:
        return 0.0
    kept = sum(check.passed for check in verdict.checks)
    return round(max_points * kept / len(verdict.checks), 2)
