"""The judge: runs the cases of an exercise on one answer, and reaches a verdict."""

from __future__ import annotations

import contextlib
import errno
import re
import shutil
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from crystalball.cases.inside.case import Case
from crystalball.curriculum.manifest import Curriculum, Exercise
from crystalball.curriculum.stubs import first_todo
from crystalball.jail.inside.seccomp import FORBIDDEN
from crystalball.judging.explain import Comparison, Explainer
from crystalball.judging.verdict import CheckResult, Finding, Status, Verdict, evidence_for, readable
from crystalball.mistakes import CATALOGUE
from crystalball.oracle.client import Oracle
from crystalball.outcomes.end import Raised as RaisedEnd
from crystalball.outcomes.end import Unfinished
from crystalball.outcomes.expect import Check, Spec
from crystalball.outcomes.facet import CurveFacet, Facet, Trait
from crystalball.outcomes.observe import count_directories, in_a_collective_call, observe
from crystalball.outcomes.run_name import Window
from crystalball.processes.inside import reports
from crystalball.processes.process import Ended, Garbled, Hung, StartError
from crystalball.processes.ready import Interrupted
from crystalball.processes.worker import Worker, WorkerOrder
from crystalball.processes.worker_files import Flooded, WorkerFiles
from crystalball.reading.event_log import Budget, EventLog, TooMuch, read_runs

OUTPUT = 4000
"""Bytes at the end of what the learner's code printed that are kept."""

ROOM = 1024 * 1024
"""Bytes that the disk of the runs must have left, or nothing that is missing is held against anybody."""

EXPLAINED = (Status.HUNG, Status.EXITED)
"""How a rank may come to no end by a mistake of the exercise: the others wait for it in vain."""

STACK = 100_000
"""Bytes of the stack of a code that hangs that are kept."""

THREADS_LEFT = "Threads of the code went on after it had returned."
"""A flag: the worker reports open writers alone, and would have waited for their threads."""

READ_AT_MOST = Budget(entries=5000, pixels=4 * 2**20)
"""What is read of one case: a case asks for some dozen points."""

OF_A_RUN: tuple[Facet, ...] = (Trait.NAME, Trait.FILES, Trait.LIVE, Trait.CLOSED)
"""Facets of which nothing can be said where a run is missing: a writer that nobody opened is not closed."""

SHRINK_SECONDS, SHRINK_CALLS = 2.0, 60
"""Budget of the search for the smallest failing case."""


@dataclass(frozen=True)
class SavedFailure:
    """What was kept of a failure, by paths from the kit's root.

    Attributes:
        folder: with the runs `yours` and `expected`, for TensorBoard.
        picture: a PNG of the first picture that differs, beside the expected one; empty for none.
        trouble: why it could not be kept; empty where it was.
    """

    folder: str
    picture: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class Raised:
    """An exception that the learner's code raised, as the worker reports it."""

    type: str
    line: int
    own: bool
    traceback: str

    @classmethod
    def of(cls, report: reports.Raised) -> Raised:
        """Reads a report."""
        return cls(report.type, report.line, report.own, report.traceback)

    @property
    def collective(self) -> bool:
        """Whether a call of all ranks raised it."""
        return in_a_collective_call(self.traceback)

    @property
    def status(self) -> Status:
        """The verdict when nothing explains it."""
        if self.type == "NotImplementedError" and self.own:
            return Status.NOT_STARTED
        if self.type in ("SyntaxError", "IndentationError", "TabError"):
            return Status.SYNTAX
        return {"SystemExit": Status.EXITED, "BreakpointMet": Status.BREAKPOINT}.get(
            self.type, Status.CRASHED
        )


@dataclass(frozen=True)
class CaseResult:
    """One case that was run to its end.

    Attributes:
        evidence: what it showed.
        folder: its folder, with the event files.
        raised: an exception that was none of the case's own; `None` when there was none.
        output: what the learner's code printed.
        stopped: the verdict of a rank that came to no end, should nothing explain that.
    """

    evidence: Comparison
    folder: Path
    raised: Raised | None
    output: str
    stopped: Verdict | None = None

    @property
    def crashed(self) -> bool:
        """Whether it raised what nobody asked for."""
        asked = [end.error for end in self.evidence.expected.ends if isinstance(end, RaisedEnd)]
        return self.raised is not None and self.raised.type not in asked

    @cached_property
    def broken(self) -> set[Facet]:
        """The facets that differ; where a run is missing, all that it should have shown too."""
        want, got = self.evidence.expected, self.evidence.seen
        missing = len(got.runs_with_points) < len(want.runs_with_points) and not want.only_end
        shown = (*OF_A_RUN, *map(CurveFacet, want.tags)) if missing else ()
        return {difference.facet for difference in self.evidence.differences}.union(shown)

    @property
    def right(self) -> bool:
        """Whether all is as it should be."""
        spoken_of = self.raised is None or bool(self.evidence.expected.ends)
        return spoken_of and not self.evidence.differences


Tell = Callable[[Verdict], None]


def _told_to_nobody(verdict: Verdict) -> None:
    pass


class NotShared(Exception):
    """Two workers did not find all cases right; the verdict is reached in the usual way."""


class Stopped(Exception):
    """The answer could not be judged further; holds the verdict."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.status)
        self.verdict = verdict


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

    def judge(
        self,
        exercise: Exercise,
        spec: Spec,
        path: Path,
        *,
        keep: Callable[[CaseResult], SavedFailure] | None = None,
        only: Case | None = None,
        cases: Iterable[Case] = (),
        factor: float = 1,
        tell: Tell = _told_to_nobody,
        ran: Callable[[CaseResult], None] = lambda result: None,
    ) -> Verdict:
        """Judges one file.

        Args:
            exercise: the exercise that it answers.
            spec: the exercise's laws.
            path: the learner's file.
            keep: for a learner's eyes: the smallest failing case is looked for, and this keeps its
                run and says where.
            only: this case alone is judged; where it is wrong, the pinned ones help to say why.
            cases: these are run, instead of drawing some.
            factor: tolerances of the diagnosis (not of right and wrong) are multiplied by it.
            tell: is told the verdict as soon as it stands, before the smallest failing case is
                looked for and everything is tidied up.
            ran: is told of each case that was run, while its runs are still there.

        Returns:
            The verdict.
        """
        # Drawn now, since torch may still be on its way into the worker.
        asked = [only] if only else cases or self.cases(spec, self.draw(spec))
        trial = self._trial(exercise, spec, path, factor)

        def run() -> list[CaseResult]:
            trial.load()
            results = trial.run_all(asked, spec.cases.pinned)
            for result in results:
                ran(result)
            if only and not results[0].right:  # one case alone may fit many mistakes
                with contextlib.suppress(Stopped):
                    more = trial.run_all(spec.cases.pinned, spec.cases.pinned)
                    results += [one for one in more if not one.crashed]
            return results

        return self._judged(trial, run, keep, tell)

    def judge_shared(
        self,
        exercise: Exercise,
        spec: Spec,
        path: Path,
        cases: Sequence[Case],
        *,
        keep: Callable[[CaseResult], SavedFailure] | None = None,
        tell: Tell = _told_to_nobody,
    ) -> Verdict:
        """The verdict of `judge` sooner: two workers share the cases that were drawn.

        One runs the pinned cases, in order, as `judge` does: if one of them is not right, the
        verdict is reached from these alone, there as here. Else both take drawn cases until none
        is left. Where one of those is not right, `judge` has the word.

        Args:
            exercise: the exercise that it answers.
            spec: the exercise's laws.
            path: the learner's file.
            cases: all of `cases`, with their traces known to the oracle, which is asked by two
                threads then.
            keep: as for `judge`.
            tell: as for `judge`.

        Returns:
            The verdict.
        """
        trial, other = (self._trial(exercise, spec, path, 1) for _ in range(2))
        drawn = deque(case for case in cases if case not in spec.cases.pinned)

        def run() -> list[CaseResult]:
            with other.sharing(drawn) as shared:
                trial.load()
                ran = trial.run_all(spec.cases.pinned, spec.cases.pinned)
                if not all(one.right for one in ran):
                    return ran
                with contextlib.suppress(Stopped):
                    ran += trial.take(drawn)
            ran += shared
            if len(ran) < len(cases) or not all(one.right for one in ran):
                raise NotShared
            return ran

        try:
            return self._judged(trial, run, keep, tell)
        except NotShared:
            return self.judge(exercise, spec, path, keep=keep, tell=tell)
        finally:
            other.close()

    def _trial(self, exercise: Exercise, spec: Spec, path: Path, factor: float) -> AnswerRun:
        return AnswerRun(exercise, spec, path, self._curriculum, self._start_worker, self._oracle, factor)

    def _judged(
        self,
        trial: AnswerRun,
        run: Callable[[], list[CaseResult]],
        keep: Callable[[CaseResult], SavedFailure] | None,
        tell: Tell,
    ) -> Verdict:
        began = time.monotonic()

        def whole(verdict: Verdict) -> Verdict:
            checks = verdict.checks or tuple(CheckResult(c.name, c.law, False) for c in trial.spec.checks)
            seconds = time.monotonic() - began
            return replace(verdict, checks=checks, flags=tuple(trial.flags), seconds=seconds)

        try:
            first, shown = trial.reached(run)
            tell(whole(first))
            return whole(trial.refined(first, shown, keep)) if keep and shown else whole(first)
        finally:
            trial.close()

    def cases(self, spec: Spec, drawn: Sequence[Case]) -> Iterator[Case]:
        """The pinned cases, then as many drawn ones as the manifest says, of those that pass the gate."""
        first, *others = spec.cases.pinned
        yield first
        missing = self._curriculum.drawn
        self._oracle.prepare([*others, *drawn[: missing + 2]])
        yield from others
        for case in drawn:
            if missing > 0 and self._oracle.trace(case).steady:
                missing -= 1
                yield case

    def draw(self, spec: Spec) -> list[Case]:
        """Draws more cases than it takes: the gate refuses about a tenth, some are pinned already."""
        return spec.cases.drawn(self._seed, 3 * self._curriculum.drawn)


class AnswerRun:
    """One file before the judge: its worker, and the folder in which its cases run."""

    def __init__(
        self,
        exercise: Exercise,
        spec: Spec,
        path: Path,
        limits: Curriculum,
        start_worker: Callable[[WorkerOrder], Worker],
        oracle: Oracle,
        factor: float,
    ) -> None:
        self.exercise, self.spec, self.path = exercise, spec, path
        self._limits, self._start_worker, self._oracle = limits, start_worker, oracle
        self._diagnosis = Explainer(exercise, spec, oracle.trace, factor)
        self._workers: list[Worker] = []
        self._first: Worker | None = None
        self._files, self._seen_path = WorkerFiles(), str(path)
        self._seconds_left = limits.seconds_a_submission
        self.flags: dict[str, None] = {}
        # Resolved, so that a path that comes back from the worker is the same path.
        self._scratch = Path(tempfile.mkdtemp(prefix="crystalball-")).resolve()
        self._log = self._scratch / "output.txt"
        self._count = 0

    def close(self) -> None:
        """Ends the workers and removes what was not kept."""
        try:
            self._end_workers()
        finally:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _end_workers(self) -> None:
        while self._workers:
            self._workers.pop().end()

    def _say(self, status: Status, **details: Any) -> Verdict:
        for text in ("detail", "output"):
            details[text] = readable(details.get(text, ""))
        return Verdict(self.exercise.id, self.path.as_posix(), status, **details)

    def _stop(self, status: Status, **details: Any) -> Stopped:
        return Stopped(self._say(status, output=self._output(), **details))

    def _output(self) -> str:
        return self._files.tail(self._log, OUTPUT).decode(errors="replace")

    @contextlib.contextmanager
    def _watched(self, case: Case | None, limit: float = 0) -> Iterator[None]:
        """The end of a worker, its silence or its nonsense is a verdict."""
        shown = {} if case is None else {"case": case.to_json(), "case_words": str(case)}
        began = time.monotonic()
        try:
            yield
        except (Flooded, TooMuch) as flood:
            raise self._stop(Status.FLOODED, detail=str(flood), **shown) from None
        except Hung:
            line, stack = self._where()
            detail = f"no answer within {limit:g} seconds"
            raise self._stop(Status.HUNG, detail=f"{detail}\n{stack}".strip(), line=line, **shown) from None
        except Ended as ended:
            if ended.status == FORBIDDEN:
                raise self._stop(Status.FORBIDDEN, **shown) from None
            how = f"signal {-ended.status}" if ended.status < 0 else f"exit code {ended.status}"
            raise self._stop(Status.EXITED, detail=how, **shown) from None
        except Garbled as garbled:
            raise self._stop(Status.PROTOCOL, detail=str(garbled), **shown) from None
        finally:
            self._seconds_left -= time.monotonic() - began

    def _limit(self, seconds: float) -> float:
        """A limit, or what is left of that of all cases together."""
        return max(0, min(seconds, self._seconds_left))

    def _where(self) -> tuple[int, str]:
        """Line of the learner's file, and stack, at which the code stood when it hung."""
        text = self._files.tail(Path(f"{self._log}.stack"), STACK).decode(errors="replace")
        lines = [line.strip() for line in text.splitlines() if f'"{self._seen_path}"' in line]
        numbers = [int(number) for line in lines for number in re.findall(r", line ([0-9]{1,6})\b", line)]
        return (numbers[0] if numbers else 0), "\n".join(lines[:5])

    def load(self) -> None:
        """Lets a worker import the file and find the function.

        Raises:
            Stopped: there is nothing that could be run.
        """
        if not self.path.is_file():
            raise self._stop(Status.MISSING_FILE, detail=str(self.path))
        rank = len(self._workers)
        worker = self._start_worker(WorkerOrder(rank, self.exercise.network, self._first))
        self._first = self._first or worker
        self._workers.append(worker)
        self._files = worker.files
        with self._watched(None):
            self._seen_path = self._files.bring(self.path)
        function, parameters = self.exercise.function, tuple(self.exercise.parameters)
        limit = self._limit(self._limits.seconds_to_load)
        with self._watched(None, limit):
            worker.request(reports.Load(self._seen_path, function, parameters, self._log_of(rank)))
            report = worker.loaded(limit)
        match report:
            case reports.Raised():
                raise self._crash(Raised.of(report), None)
            case reports.MissingFunction():
                raise self._stop(Status.MISSING_FUNCTION, detail=", ".join(report.others))
            case reports.WrongSignature():
                raise self._stop(Status.SIGNATURE, detail=report.signature)

    def _log_of(self, rank: int) -> str:
        return self._files.there(Path(f"{self._log}.{rank}") if rank else self._log)

    def _crash(self, raised: Raised, case: Case | None) -> Stopped:
        shown = {} if case is None else {"case": case.to_json(), "case_words": str(case)}
        line = raised.line
        if raised.status == Status.NOT_STARTED:
            line = first_todo(self.path) or line
        return self._stop(raised.status, detail=raised.traceback, line=line, **shown)

    def run_all(self, cases: Iterable[Case], pinned: Sequence[Case]) -> list[CaseResult]:
        """Runs the cases; after one that is not right, only the pinned ones that are left.

        Raises:
            Stopped: one could not be run to its end, or the work was not begun.
        """
        ran: list[CaseResult] = []
        wrong = False
        for case in cases:
            if wrong and case not in pinned:
                break
            ran.append(self.run(case))
            raised = ran[-1].raised
            if raised and raised.status in (Status.NOT_STARTED, Status.BREAKPOINT):
                raise self._crash(raised, case)
            wrong = wrong or not ran[-1].right
        return ran

    def take(self, cases: deque[Case]) -> list[CaseResult]:
        """Runs cases from the front, until none is left or one is not right."""
        ran: list[CaseResult] = []
        with contextlib.suppress(IndexError):  # another trial may take the last one
            while not ran or ran[-1].right:
                ran.append(self.run(cases.popleft()))
        return ran

    @contextlib.contextmanager
    def sharing(self, cases: deque[Case]) -> Iterator[list[CaseResult]]:
        """Runs cases beside another trial; those that were run are there after the block.

        When the block raises, or leaves cases to run, the workers are ended at once.
        """
        ran: list[CaseResult] = []

        def work() -> None:
            # What stops this trial stops the other one too, or leaves a case that nobody ran.
            with contextlib.suppress(Stopped, Interrupted, StartError):
                self.load()
                ran.extend(self.take(cases))

        thread = threading.Thread(target=work)
        thread.start()
        done = False
        try:
            yield ran
            done = not cases
        finally:
            cases.clear()
            if not done:
                self._end_workers()
            thread.join()

    def run(self, case: Case) -> CaseResult:
        """Runs one case.

        Raises:
            Stopped: it could not be run to its end.
        """
        self._count += 1
        self._oracle.prepare([case])
        folder = self._scratch / f"case-{self._count}"
        with self._watched(case):
            there = Path(self._files.enter(folder))
        start = time.time()
        views: list[list[EventLog]] = []
        calls, stopped = self._call(case, there, lambda: views.append(self._logs(folder, there)))
        window = Window(start, time.time())
        if len(self._workers) < 2:  # ranks talk by threads of their own
            self._count_threads()
        trace = self._oracle.trace(case)
        law = self.spec.state(case, trace)
        try:
            with self._watched(case):
                logs = self._logs(folder, there) if case.leaves_runs else []
            seen = observe(there, logs, calls, law.outcome.tags, window, views, count_directories(folder))
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise self._stop(Status.PROTOCOL, detail=f"a report is none: {error}") from error
        ends = [call.end for call in calls if isinstance(call, reports.Call)]
        raised = [Raised.of(end) for end in ends if isinstance(end, reports.Raised) and not end.planned]
        evidence = Comparison(case, trace, law, seen)
        # A rank that waits in vain for one that failed is the lesser news.
        raised.sort(key=lambda one: one.collective)
        return CaseResult(evidence, folder, raised[0] if raised else None, self._output(), stopped)

    def _call(
        self, case: Case, folder: Path, held: Callable[[], None]
    ) -> tuple[list[reports.Call | Unfinished], Verdict | None]:
        """Lets the function be called as a case asks: by each rank, and again when it was interrupted.

        Returns:
            What is reported of each call; and the verdict of a rank that came to no end, should
            nothing explain that.
        """
        calls: list[reports.Call | Unfinished] = []
        stopped = None
        for call_index in range(1 + case.restarts):
            if call_index:
                self._end_workers()
            while len(self._workers) < case.ranks:
                self.load()
            limit = self._limit(self._limits.seconds_a_case)
            asked = case.asked()
            crew = self._workers[: case.ranks]
            for rank, worker in enumerate(crew):
                with self._watched(case):
                    log = self._log_of(rank)
                    worker.request(reports.Run(asked, str(folder), log, limit, call_index, rank))
            for worker in crew:
                try:
                    with self._watched(case, limit):
                        calls += worker.calls(limit, held)
                except Stopped as stop:
                    if case.ranks == 1 or stop.verdict.status not in EXPLAINED:
                        raise
                    stopped = stop.verdict
                    calls.append(Unfinished(exited=stopped.status == Status.EXITED))
        if stopped:
            self._end_workers()
        return calls, stopped

    def _logs(self, folder: Path, there: Path) -> list[EventLog]:
        """What the worker's folder holds now, under the worker's own paths, as it reports them."""
        self._files.fetch(folder)
        logs = read_runs(folder, READ_AT_MOST)
        return [replace(log, path=there / log.path.relative_to(folder)) for log in logs]

    def _count_threads(self) -> None:
        """Flags threads that are left, seen from outside: the worker reports its writers alone."""
        if THREADS_LEFT in self.flags:
            return
        for power in range(10):  # a thread that has ended is counted a moment longer, on a busy machine too
            if all(worker.more_threads() <= 0 for worker in self._workers):
                return
            time.sleep(0.001 * 2**power)
        self.flags[THREADS_LEFT] = None

    def results(self, ran: Sequence[CaseResult]) -> tuple[CheckResult, ...]:
        """The result of each law over all cases."""
        return tuple(self._result(check, ran) for check in self.spec.checks)

    def _result(self, check: Check, ran: Sequence[CaseResult]) -> CheckResult:
        facets = [one.evidence.law.facets[check.name] for one in ran]
        found = set().union(*(spoken & one.broken for spoken, one in zip(facets, ran, strict=True)))
        evidence = evidence_for(frozenset().union(*facets))
        return CheckResult(check.name, check.law, not found, evidence, tuple(sorted(found, key=str)))

    def reached(self, run: Callable[[], list[CaseResult]]) -> tuple[Verdict, CaseResult | None]:
        """What `verdict` says of the cases that are run.

        Raises:
            OSError: the disk is full: what went wrong may be that.
        """
        try:
            verdict, shown = self.verdict(run())
        except Stopped as stopped:
            verdict, shown = stopped.verdict, None
        if not verdict.passed and shutil.disk_usage(self._scratch).free < ROOM:
            raise OSError(errno.ENOSPC, "No space left on device", str(self._scratch))
        return verdict, shown

    def verdict(self, ran: list[CaseResult]) -> tuple[Verdict, CaseResult | None]:
        """The verdict over all cases that were run, and the one that it shows; `None` when all are right.

        Raises:
            Stopped: the code crashed, or came to no end, and no mistake explains that.
        """
        wrong = [one for one in ran if not one.right]
        if not wrong:
            return self._say(Status.PASSED, checks=self.results(ran)), None
        crashed = next((one for one in wrong if one.crashed), None)
        mistakes, unexplained = self._explain([one.evidence for one in ran])
        explained = mistakes and Trait.END not in unexplained
        if crashed and not (explained and crashed.evidence.expected.ends):
            assert crashed.raised is not None
            raise self._crash(crashed.raised, crashed.evidence.case)
        stopped = next((one.stopped for one in wrong if one.stopped), None)
        if stopped and not explained:
            raise Stopped(stopped)
        verdict = self._say(
            Status.FAILED,
            checks=self.results(ran),
            mistakes=tuple(mistakes),
            unexplained=unexplained,
            # Of another case than the one that is shown, it would explain nothing.
            detail=wrong[0].raised.traceback if wrong[0].crashed and wrong[0].raised else "",
        )
        return _showing(verdict, wrong[0]), wrong[0]

    def refined(
        self, verdict: Verdict, failed: CaseResult, keep: Callable[[CaseResult], SavedFailure]
    ) -> Verdict:
        """The verdict with the smallest case that shows the same, whose run is kept."""
        smallest = False
        if not verdict.detail:
            failed, smallest = self._smallest(failed, [] if verdict.unexplained else list(verdict.mistakes))
        kept = keep(failed)
        verdict = replace(verdict, kept=kept.folder, picture=kept.picture, not_kept=kept.trouble)
        return replace(_showing(verdict, failed), smallest=smallest)

    def _explain(self, evidence: list[Comparison]) -> tuple[list[tuple[str, ...]], tuple[Facet, ...]]:
        """What explains everything; else what explains the part that a law speaks of.

        Returns:
            The explanations, and the facets that they leave unexplained.
        """
        if mistakes := self._diagnosis.explain(evidence):
            return mistakes, ()
        partly: dict[str, None] = {}
        open_facets: dict[Facet, None] = {}
        broken = {difference.facet for one in evidence for difference in one.differences}
        for check in self.spec.checks:
            facets = broken & evidence[0].law.facets[check.name]
            found = self._diagnosis.explain(evidence, facets) if facets else []
            if len(found) == 1:
                partly[found[0][0]] = None
            else:
                open_facets |= dict.fromkeys(sorted(facets, key=str))
        return ([tuple(partly)] if partly else []), tuple(open_facets)

    def _smallest(self, failed: CaseResult, mistakes: list[tuple[str, ...]]) -> tuple[CaseResult, bool]:
        """The smallest case that shows the same, and whether it was found."""
        facet = failed.evidence.differences[0].facet
        tried: dict[Case, CaseResult] = {}

        def shows(case: Case) -> bool:
            try:
                one = tried[case] = self.run(case)
            except Stopped:
                self._end_workers()  # the next case gets a new one, unless nobody waits any more
                return False
            steady = one.evidence.trace.steady and one.raised is None
            found = one.evidence.differences
            if not steady or not found:
                return False
            if len(mistakes) == 1 and len(mistakes[0]) == 1:
                return self._diagnosis.fits([CATALOGUE[mistakes[0][0]]], [one.evidence])
            return found[0].facet == facet

        case = self.spec.cases.smallest(shows, SHRINK_SECONDS, SHRINK_CALLS)
        if case is None or case.size > failed.evidence.case.size:
            return failed, False
        return tried[case], True


def _showing(verdict: Verdict, ran: CaseResult) -> Verdict:
    """The verdict, shown on one case."""
    return replace(
        verdict,
        findings=tuple(Finding.of(one, ran.evidence.case) for one in ran.evidence.differences),
        case=ran.evidence.case.to_json(),
        case_words=str(ran.evidence.case),
        output=ran.output,
    )
