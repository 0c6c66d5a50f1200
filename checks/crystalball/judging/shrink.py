"""The smallest case that shows a failure: what a learner should look at."""

from __future__ import annotations

from crystalball.cases.inside.case import Case
from crystalball.judging.answer_run import AnswerRun
from crystalball.judging.case_result import CaseResult
from crystalball.judging.explain import Explainer
from crystalball.judging.stopped import Stopped
from crystalball.judging.verdict import Verdict
from crystalball.mistakes import CATALOGUE

SECONDS, CALLS = 2.0, 60
"""Budget of the search."""


def smallest(
    answer: AnswerRun, failed: CaseResult, verdict: Verdict, explainer: Explainer
) -> CaseResult | None:
    """Looks for the smallest case that shows the same as one that failed.

    Args:
        answer: runs the cases.
        failed: what is shown without it.
        verdict: on the answer. A case that is explained by its one mistake shows the same; where
            there is no such mistake, one whose first difference is of the same facet.
        explainer: knows what a mistake predicts.

    Returns:
        The smallest; `None` when none was found that is no larger than the one that failed.
    """
    facet = failed.comparison.differences[0].facet
    tried: dict[Case, CaseResult] = {}
    told = verdict.mistakes[0] if len(verdict.mistakes) == 1 and not verdict.unexplained else ()

    def shows(case: Case) -> bool:
        try:
            one = tried[case] = answer.run(case)
        except Stopped:
            answer.end_workers()  # the next case gets a new one, unless nobody waits any more
            return False
        found = one.comparison.differences
        if not one.comparison.trace.steady or one.raised is not None or not found:
            return False
        if len(told) == 1:
            return explainer.fits([CATALOGUE[told[0]]], [one.comparison])
        return found[0].facet == facet

    case = explainer.spec.cases.smallest(shows, SECONDS, CALLS)
    return None if case is None or case.size > failed.comparison.case.size else tried[case]
