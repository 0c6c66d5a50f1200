"""Cases that show a failure to a learner: the smallest one, in words, and one with curves, on a board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from crystalball.cases.inside.case import Case
from crystalball.cases.inside.training import Training
from crystalball.curriculum.manifest import curriculum
from crystalball.judging.answer_run import AnswerRun
from crystalball.judging.case_result import CaseResult
from crystalball.judging.explain import Explainer
from crystalball.judging.hypothesis import Hypothesis
from crystalball.judging.stopped import Stopped

SECONDS, CALLS = 2.0, 60
"""Budget of the search."""

CURVE = 5
"""Epochs from which a curve is seen as one."""


@dataclass
class Shrinking:
    """The search for other cases that show the same as one that failed.

    Attributes:
        answer: runs the cases.
        failed: what is shown without them.
        hypotheses: what explains it; a case that each explanation explains, and nothing less does, shows
            the same. Without any, one does whose first difference is of the same facet.
        explainer: knows what a hypothesis predicts.
    """

    answer: AnswerRun
    failed: CaseResult
    hypotheses: Sequence[Hypothesis]
    explainer: Explainer
    _tried: dict[Case, CaseResult] = field(default_factory=dict)

    def smallest(self) -> CaseResult | None:
        """The smallest case; `None` when none was found that is no larger than the one that failed."""
        case = self.explainer.spec.cases.smallest(self._shows, SECONDS, CALLS)
        return None if case is None or case.size > self.failed.comparison.case.size else self._tried[case]

    def with_curves(self, shown: CaseResult) -> CaseResult:
        """A case with so many epochs that its curves are more than a point or two, where there is one.

        Args:
            shown: of which the words speak.
        """
        case = shown.comparison.case
        if not isinstance(case, Training):
            return self.failed
        if case.epochs >= CURVE:
            return shown
        longer = msgspec.structs.replace(case, epochs=CURVE)
        if longer.steps <= curriculum().max_steps and self._shows(longer):
            return self._tried[longer]
        return max(shown, self.failed, key=lambda one: one.comparison.case.size)

    def _shows(self, case: Case) -> bool:
        try:
            one = self._tried[case] = self.answer.run(case)
        except Stopped:
            self.answer.end_workers()  # the next case gets a new one, unless nobody waits any more
            return False
        found = one.comparison.differences
        if not one.comparison.trace.steady or one.raised is not None or not found:
            return False
        if self.hypotheses:
            return self.explainer.elsewhere(self.hypotheses, one.comparison) == ()
        return found[0].facet == self.failed.comparison.differences[0].facet
