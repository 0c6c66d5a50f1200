"""The judge: all that happens between the cases of an exercise and the verdict on one answer.

    load        a worker imports the file and finds the function      AnswerRun.load
    run         the function is called as each case asks              AnswerRun.run
    observe     what is on disk then becomes an outcome               outcomes.observe
    compare     the outcome beside what the laws say                  CaseResult
    explain     the simplest mistakes that predict what was seen      Explainer
    verdict     all of that as plain data                             Verdict

For a learner, the smallest case that shows the same is looked for, and a run with curves is kept.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from crystalball.cases.inside.case import Case
from crystalball.curriculum.manifest import Curriculum, Exercise
from crystalball.judging.answer_run import AnswerRun
from crystalball.judging.case_result import CaseResult, check_results
from crystalball.judging.explain import Explainer, Explanation
from crystalball.judging.failures import SavedFailure
from crystalball.judging.hypothesis import Hypothesis
from crystalball.judging.shrink import Shrinking
from crystalball.judging.stopped import Stopped
from crystalball.judging.verdict import Status, Verdict
from crystalball.mistakes import CATALOGUE, Aspect
from crystalball.mistakes.already import in_place
from crystalball.oracle.client import Oracle
from crystalball.outcomes.expect import Spec
from crystalball.outcomes.facet import Trait
from crystalball.processes.pool import Interrupted
from crystalball.processes.process import StartError
from crystalball.processes.worker import Worker, WorkerOrder
from crystalball.reading.outside import NOTHING

LEAST_FREE_DISK = 1024 * 1024
"""Bytes that the disk of the runs must have left, or nothing that is missing is held against anybody."""

Tell = Callable[[Verdict], None]
Keep = Callable[[CaseResult], SavedFailure]

Reached = tuple[Verdict, CaseResult | None, tuple[Hypothesis, ...]]
"""A verdict, the case that it is shown on, where there is one, and what explains it as a whole."""


class Judge:
    """Judges answers to exercises.

    Args:
        curriculum: its limits hold.
        start_worker: starts a process for one learner's file.
        oracle: trains on the trusted side.
        seed: chooses the drawn cases.
    """

    def __init__(
        self,
        curriculum: Curriculum,
        start_worker: Callable[[WorkerOrder], Worker],
        oracle: Oracle,
        seed: int = 0,
    ) -> None:
        self._curriculum, self._start_worker = curriculum, start_worker
        self._oracle, self._seed = oracle, seed

    def cases(self, spec: Spec) -> Iterator[Case]:
        """The pinned cases, then as many drawn ones as the manifest says, of those that pass the gate.

        Args:
            spec: the specification of an exercise.
        """
        spec, missing = self._sealed(spec), self._curriculum.drawn
        # Drawn now, since torch may still be on its way into the worker. The gate refuses about a tenth.
        drawn = spec.cases.drawn(self._seed, 3 * missing)
        return self._admitted(spec.cases.pinned, drawn, missing)

    def _sealed(self, spec: Spec) -> Spec:
        """The specification whose cases keep their secrets, which the seed knows alone."""
        return replace(spec, cases=spec.cases.sealed(self._seed))

    def _admitted(self, pinned: Sequence[Case], drawn: Sequence[Case], missing: int) -> Iterator[Case]:
        first, *others = pinned
        yield first
        self._oracle.prepare([*others, *drawn[: missing + 2]])
        yield from others
        for case in drawn:
            if missing > 0 and self._oracle.trace(case).steady:
                missing -= 1
                yield case

    def judge(
        self,
        exercise: Exercise,
        spec: Spec,
        path: Path,
        *,
        cases: Iterable[Case] = (),
        only: Case | None = None,
        keep: Keep | None = None,
        tell: Tell = lambda verdict: None,
        helped: bool = False,
        runs: Path | None = None,
    ) -> Verdict:
        """Judges one file.

        Args:
            exercise: the exercise that it answers.
            spec: the exercise's laws.
            path: the learner's file.
            cases: these are run, instead of drawing some.
            only: this case alone is judged; where it is wrong, the pinned ones help to say why.
            keep: for a learner's eyes: keeps the run of the smallest failing case, and says where.
            tell: is told the verdict as soon as it stands, before the smallest case is looked for.
            helped: a second worker runs half of the cases.
            runs: a new folder, to which all that the cases left is copied: `case-1` is the first.

        Raises:
            OSError: the disk is full: what went wrong may be that.
        """
        asked = [only] if only else cases or self.cases(spec)
        explainer = Explainer(exercise, self._sealed(spec), self._oracle.trace)
        with contextlib.ExitStack() as stack:
            answer, *helpers = (
                stack.enter_context(closing(self._answer(exercise, spec, path))) for _ in range(1 + helped)
            )
            verdict, shown, why = _judged(answer, helpers, asked, explainer, only is not None, runs)
            tell(answer.stamped(verdict))
            if keep and shown:
                verdict = _refined(answer, verdict, shown, why, explainer, keep)
            return answer.stamped(verdict)

    def _answer(self, exercise: Exercise, spec: Spec, path: Path) -> AnswerRun:
        return AnswerRun(exercise, spec, path, self._curriculum, self._start_worker, self._oracle)


def _judged(
    answer: AnswerRun,
    helpers: Sequence[AnswerRun],
    cases: Iterable[Case],
    explainer: Explainer,
    alone: bool,
    runs: Path | None,
) -> Reached:
    """The verdict, what it is shown on, and what explains it.

    Raises:
        OSError: the disk is full.
    """
    pinned = explainer.spec.cases.pinned
    try:
        results = _run(answer, helpers, cases, pinned)
        if alone and not results[0].right:  # one case alone may fit many mistakes
            results += _more(answer, pinned)
        verdict, shown, why = _reached(answer, results, explainer)
    except Stopped as stopped:
        verdict, shown, why = stopped.verdict, None, ()
    if not verdict.passed and shutil.disk_usage(answer.folder).free < LEAST_FREE_DISK:
        raise OSError(errno.ENOSPC, "No space left on device", str(answer.folder))
    if runs:
        shutil.copytree(answer.folder, runs, symlinks=True)
    return verdict, shown, why


def _run(
    answer: AnswerRun, helpers: Sequence[AnswerRun], cases: Iterable[Case], pinned: Sequence[Case]
) -> list[CaseResult]:
    """The results of the cases; a helper runs the later half of them beside the first.

    What a helper finds counts only where everything is right: else the verdict is reached as it
    would be without one.
    """
    if not helpers:
        answer.load()
        return answer.run_all(cases, pinned)
    (helper,), later = helpers, iter(cases)
    first = [*islice(later, max(1, (len(pinned) + answer.drawn + 1) // 2))]
    rest: list[Case] = []
    with ThreadPoolExecutor(1) as beside:
        meanwhile = beside.submit(_helped, helper, _noted(later, rest))
        try:
            answer.load()
            results = answer.run_all(first, pinned)
        except BaseException:
            helper.close()
            raise
        if not all(one.right for one in results):
            helper.close()
            return results + answer.run_all([case for case in pinned if case not in first], pinned)
        others = meanwhile.result()
    if len(others) == len(rest) and all(one.right for one in others):
        return results + others
    return results + answer.run_all(chain(rest, later), pinned)


def _noted(cases: Iterable[Case], noted: list[Case]) -> Iterator[Case]:
    """The cases; each is noted when it is asked for."""
    for case in cases:
        noted.append(case)
        yield case


def _helped(helper: AnswerRun, cases: Iterable[Case]) -> list[CaseResult]:
    """A helper's results of some cases; none where it did not come to its end."""
    # What stops a helper stops us as well, or is nobody's business.
    with contextlib.suppress(Stopped, Interrupted, StartError):
        return _run(helper, (), cases, ())
    return []


def _more(answer: AnswerRun, pinned: Sequence[Case]) -> list[CaseResult]:
    """The pinned cases too, as far as they can be run to their end."""
    with contextlib.suppress(Stopped):
        return [one for one in answer.run_all(pinned, pinned) if not one.crashed]
    return []


def _reached(answer: AnswerRun, results: Sequence[CaseResult], explainer: Explainer) -> Reached:
    """The verdict over all cases that were run, what it is shown on, and what explains it.

    Raises:
        Stopped: the code crashed, or came to no end, and no mistake explains that.
    """
    checks = check_results(explainer.spec.checks, results)  # of all: a submission's word takes none away
    if all(one.right for one in results):
        return answer.verdict(Status.PASSED, checks=checks), None, ()
    for one in results:  # what no mistake ends so is a crash: no search would say more
        if one.crashed and one.raised and one.as_asked and not explainer.knows_the_end(one.comparison):
            raise _crash(answer, one, results, explainer)
    results, explanation = _explained(results, explainer)
    wrong = [one for one in results if not one.right]
    crashed = next((one for one in wrong if one.crashed), None)
    explained = explanation.mistakes and Trait.END not in explanation.unexplained
    if crashed and not (explained and crashed.comparison.expected.ends):
        raise _crash(answer, crashed, results, explainer)
    stopped = next((one.stopped for one in wrong if one.stopped), None)
    if stopped and not explained:
        raise Stopped(stopped)
    shown, elsewhere = _most_telling(wrong, explanation, explainer)
    # Of another case than the one that is shown, a traceback would explain nothing.
    raised = shown.raised if shown.crashed else None
    text = answer.paths.told(raised.traceback, shown.comparison.case) if raised else NOTHING
    verdict = replace(answer.verdict(Status.FAILED, checks=checks), traceback=text)
    verdict = replace(verdict, mistakes=explanation.mistakes, unexplained=explanation.unexplained)
    verdict = replace(verdict, curves=explanation.curves)
    asked = {call for one in verdict.mistakes for id in one for call in in_place().get(id, ())}
    verdict = replace(verdict, already=tuple(sorted(asked & answer.calls())) if asked else ())
    return _showing(answer, replace(verdict, elsewhere=elsewhere), shown), shown, explanation.hypotheses


def _crash(
    answer: AnswerRun, crashed: CaseResult, results: Sequence[CaseResult], explainer: Explainer
) -> Stopped:
    """What stops the judging where the code crashed; what explains the other cases is told as well."""
    assert crashed.raised is not None
    stopped = answer.crash(crashed.raised, crashed.output, crashed.comparison.case)
    ended = [one.comparison for one in results if not one.crashed]
    if stopped.verdict.status != Status.CRASHED or not any(one.differences for one in ended):
        return stopped
    why = explainer.explain(ended)
    if why.unexplained:
        return stopped
    return Stopped(replace(stopped.verdict, mistakes=why.mistakes, curves=why.curves))


def _most_telling(
    wrong: Sequence[CaseResult], explanation: Explanation, explainer: Explainer
) -> tuple[CaseResult, tuple[str, ...]]:
    """The case that shows what is not explained, and most mistakes; and those that others show."""
    hidden = [explainer.elsewhere(explanation.hypotheses, one.comparison) or () for one in wrong]

    def shows_less(index: int) -> tuple[bool, int]:
        whole = explainer.explains_all(explanation.hypotheses, wrong[index].comparison)
        return bool(explanation.unexplained) and whole, len(hidden[index])

    index = min(range(len(wrong)), key=shows_less)
    return wrong[index], hidden[index]


def _explained(
    results: Sequence[CaseResult], explainer: Explainer
) -> tuple[Sequence[CaseResult], Explanation]:
    """The explanation, and the results that it speaks of.

    Where a loader never raised as it was to, nobody can say that its error was swallowed.
    """
    met = [one for one in results if one.as_asked]
    if all(one.right for one in met):
        met = list(results)
    explanation = explainer.explain([one.comparison for one in met])
    if len(met) == len(results) or explanation.unexplained:
        return met, explanation
    whole = explainer.explain([one.comparison for one in results])  # a shorter training meets less, too
    ends = any(CATALOGUE[id].aspect is Aspect.END for ids in whole.mistakes for id in ids)
    more = whole.mistakes and len(whole.mistakes[0]) > len(explanation.mistakes[0])
    return (met, explanation) if ends or more or whole.unexplained else (results, whole)


def _refined(
    answer: AnswerRun,
    verdict: Verdict,
    failed: CaseResult,
    why: Sequence[Hypothesis],
    explainer: Explainer,
    keep: Keep,
) -> Verdict:
    """The verdict with the smallest case that shows the same; a run that shows it in curves is kept."""
    shrinking = Shrinking(answer, failed, why, explainer)
    found = None if verdict.traceback else shrinking.smallest()
    shown = found or failed
    saved = keep(failed if verdict.traceback else shrinking.with_curves(shown))
    verdict = replace(verdict, kept=saved.folder, picture=saved.picture, not_kept=saved.trouble)
    if found and why:  # it shows all of them
        verdict = replace(verdict, elsewhere=())
    return replace(_showing(answer, verdict, shown), smallest=found is not None)


def _showing(answer: AnswerRun, verdict: Verdict, result: CaseResult) -> Verdict:
    """The verdict, shown on one case."""
    case = result.comparison.case
    findings = [answer.source.finding(one, result) for one in result.comparison.differences]
    if verdict.unexplained:  # a difference that is explained needs no look at its numbers
        findings.sort(key=lambda one: (one.facet not in verdict.unexplained, one.rank))
    told_wrong = {*result.broken, *verdict.unexplained}  # in another case, perhaps
    facets = () if {Trait.RUNS, Trait.NAME} & told_wrong else result.comparison.facets
    return replace(
        verdict,
        findings=tuple(findings),
        right=tuple(one for one in facets if one not in told_wrong),
        line=next((one.line for one in findings if one.line), 0),
        case=case.to_json(),
        case_words=str(case),
        output=answer.paths.told(result.output, case),
    )
