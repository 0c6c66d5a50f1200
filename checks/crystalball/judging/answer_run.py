"""An answer that is run: its workers, the folder in which its cases run, and what each case showed."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from crystalball.cases.inside.case import Case
from crystalball.curriculum.manifest import Curriculum, Exercise
from crystalball.curriculum.stubs import first_todo
from crystalball.jail.inside.seccomp import FORBIDDEN
from crystalball.judging.case_result import CaseResult, Comparison, raised_by_code, status_of
from crystalball.judging.looks import Looks
from crystalball.judging.readable import KnownPaths
from crystalball.judging.source import SourceFile
from crystalball.judging.stopped import Stopped, where_it_hung
from crystalball.judging.verdict import CheckResult, Detail, ExitStatus, Found, Limit, Status, Verdict
from crystalball.oracle.client import Oracle
from crystalball.outcomes.end import Unfinished
from crystalball.outcomes.expect import Spec
from crystalball.outcomes.observe import in_the_order_of_ranks, observe
from crystalball.outcomes.run_name import Window
from crystalball.processes.inside import reports
from crystalball.processes.pool import Interrupted
from crystalball.processes.process import LOST, Ended, Garbled, Hung
from crystalball.processes.worker import Worker, WorkerOrder
from crystalball.processes.worker_files import Flooded, Unread, WorkerFiles
from crystalball.reading.budget import TooMuch
from crystalball.reading.event_log import RunsLeft
from crystalball.reading.outside import NOTHING, outside_line, outside_name

OUTPUT = 4000
"""Bytes at the end of what the learner's code printed that are kept."""

STACK = 100_000
"""Bytes of the stack of a code that hangs that are kept."""

MAY_BE_EXPLAINED = (Status.HUNG, Status.EXITED)
"""How a rank may come to no end by a mistake of the exercise: the others wait for it in vain."""

THREADS_LEFT = "Threads of the code went on after it had returned."
"""A flag: the worker reports open writers alone, and would have waited for their threads."""


class AnswerRun:
    """One file that is judged: its workers, and the folder in which its cases run.

    Args:
        exercise: that the file answers.
        spec: its laws.
        path: the file.
        limits: the manifest's.
        start_worker: starts a process for the file.
        oracle: trains each case on the trusted side.

    Attributes:
        folder: a new one, in which its cases run.
        source: the text of the file, as it was when it was loaded.
        paths: those that the learner knows, in place of ours.
        flags: what an instructor should know of it.
        drawn: the number of cases that are drawn for each exercise.
    """

    def __init__(
        self,
        exercise: Exercise,
        spec: Spec,
        path: Path,
        limits: Curriculum,
        start_worker: Callable[[WorkerOrder], Worker],
        oracle: Oracle,
    ) -> None:
        self._exercise, self._spec, self._path = exercise, spec, path
        self._limits, self._start_worker, self._oracle = limits, start_worker, oracle
        self._workers: list[Worker] = []
        self._first: Worker | None = None
        self._closed = False
        self._files = WorkerFiles()
        self._seconds_left, self._until = float(limits.seconds_a_submission), 0.0
        self.source, self.paths = SourceFile(), KnownPaths(path, str(path), Path())
        self.flags: dict[str, None] = {}
        self.drawn = limits.drawn
        # Resolved, so that a path that comes back from the worker is the same path.
        self.folder = Path(tempfile.mkdtemp(prefix="crystalball-")).resolve()
        self._log = self.folder / "output.txt"
        self._count, self._began = 0, time.monotonic()

    def close(self) -> None:
        """Ends the workers, whatever another thread lets them do, and removes what was not kept."""
        self._closed = True
        try:
            self.end_workers()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def end_workers(self) -> None:
        """Ends the workers; the next case gets new ones."""
        while self._workers:
            self._workers.pop().end()

    def verdict(
        self,
        status: Status,
        case: Case | None = None,
        *,
        detail: Detail | str = NOTHING,
        traceback: str = "",
        output: str = "",
        line: int = 0,
        checks: tuple[CheckResult, ...] = (),
    ) -> Verdict:
        """A verdict on the file.

        Args:
            status: how the judging ended.
            case: that shows it.
            detail: see `Verdict`; a stranger's text comes through its door here.
            traceback: likewise.
            output: likewise.
            line: of the file.
            checks: the result of each law; none where the judging was stopped.
        """
        return Verdict(
            self._exercise.id,
            outside_line(self._path.as_posix()),
            status,
            checks,
            case=case.to_json() if case else "",
            case_words=str(case) if case else "",
            line=line,
            detail=self.paths.told(detail) if isinstance(detail, str) else detail,
            traceback=self.paths.told(traceback, case),
            output=self.paths.told(output, case),
        )

    def stamped(self, verdict: Verdict) -> Verdict:
        """A verdict with what is known at its end: flags and time; no law was kept where it was stopped.

        Args:
            verdict: on the file.
        """
        checks = verdict.checks or tuple(CheckResult(one.name, one.law, False) for one in self._spec.checks)
        seconds = time.monotonic() - self._began
        told = replace(verdict, checks=checks, flags=tuple(self.flags), seconds=seconds)
        return told.within_bounds()

    def crash(self, raised: reports.RaisedReport, output: str, case: Case | None = None) -> Stopped:
        """What stops the judging when the code raised.

        Args:
            raised: what.
            output: what it had printed.
            case: in which it did.
        """
        status = status_of(raised)
        line = (first_todo(self._path) if status == Status.NOT_STARTED else 0) or raised.line
        told = self.verdict(status, case, traceback=raised.traceback, output=output, line=line)
        return Stopped(replace(told, line_raises=0 < line == raised.line))

    def _stop(self, status: Status, case: Case | None = None, *, rank: int = 0, **told: Any) -> Stopped:
        return Stopped(self.verdict(status, case, output=self._output(rank), **told))

    def _output(self, rank: int = 0) -> str:
        return self._files.tail(self._log_of(rank), OUTPUT).decode(errors="replace")

    @contextlib.contextmanager
    def _watched(self, case: Case | None, limit: float = 0, rank: int = 0) -> Iterator[None]:
        """The end of a worker, its silence or its nonsense is a verdict."""
        began = time.monotonic()
        try:
            yield
        except (Flooded, TooMuch) as flood:
            raise self._stop(Status.FLOODED, case, detail=str(flood)) from None
        except Unread:
            raise self._stop(Status.UNREAD, case, detail=Limit(limit)) from None
        except Hung:
            text = self._files.tail(reports.stack_file(self._log_of(rank)), STACK).decode(errors="replace")
            line, stack = where_it_hung(text, self.paths.seen)
            told = {"detail": Limit(limit), "traceback": stack, "line": line}
            raise self._stop(Status.HUNG, case, rank=rank, **told) from None
        except Ended as ended:
            if ended.status == LOST:  # whoever killed the parent, this answer could not
                raise
            if ended.status == FORBIDDEN:
                raise self._stop(Status.FORBIDDEN, case, rank=rank) from None
            raise self._stop(Status.EXITED, case, detail=ExitStatus(ended.status), rank=rank) from None
        except Garbled as garbled:
            raise self._stop(Status.PROTOCOL, case, detail=str(garbled)) from None
        finally:
            self._seconds_left -= time.monotonic() - began

    def _limit(self, seconds: float) -> float:
        """A limit, or what is left of that of all cases together."""
        return max(0, min(seconds, self._seconds_left))

    def load(self) -> None:
        """Lets a worker import the file and find the function.

        Raises:
            Stopped: there is nothing that could be run.
            Interrupted: this was closed.
        """
        if not self._path.is_file():
            raise self._stop(Status.MISSING_FILE)
        rank = len(self._workers)
        worker = self._start_worker(WorkerOrder(rank, self._exercise.network, self._first))
        self._first = self._first or worker
        self._workers.append(worker)
        if self._closed:
            self.end_workers()
            raise Interrupted
        self._files = worker.files
        with self._watched(None):
            there = self._files.bring(self._path)
        self.source = SourceFile.read(self._path)
        self.paths = KnownPaths(self._path, there, Path(self._files.there(self.folder / "case")).parent)
        function, parameters = self._exercise.function, tuple(self._exercise.parameters)
        limit = self._limit(self._limits.seconds_to_load)
        with self._watched(None, limit, rank):
            log = self._files.there(self._log_of(rank))
            worker.request(reports.LoadRequest(there, function, parameters, log, limit))
            report = worker.loaded(limit)
        match report:
            case reports.RaisedReport():
                raise self.crash(report, self._output(rank))
            case reports.MissingFunction():
                raise self._stop(
                    Status.MISSING_FUNCTION, detail=Found(tuple(map(outside_name, report.others)))
                )
            case reports.WrongSignature():
                raise self._stop(Status.SIGNATURE, detail=report.signature)

    def _log_of(self, rank: int) -> Path:
        return Path(f"{self._log}.{rank}") if rank else self._log

    def run_all(self, cases: Iterable[Case], pinned: Sequence[Case]) -> list[CaseResult]:
        """Runs cases; after one that is not right, only the pinned ones that are left.

        Args:
            cases: these.
            pinned: those of the specification that are pinned.

        Raises:
            Stopped: one could not be run to its end, or the work was not begun.
        """
        results: list[CaseResult] = []
        wrong = False
        for case in cases:
            if wrong and case not in pinned:
                break
            results.append(self.run(case))
            raised = results[-1].raised
            if raised and status_of(raised) in (Status.NOT_STARTED, Status.BREAKPOINT):
                raise self.crash(raised, results[-1].output, case)
            wrong = wrong or not results[-1].right
        return results

    def run(self, case: Case) -> CaseResult:
        """Runs one case, and compares what it left with what the laws say.

        Args:
            case: the case.

        Raises:
            Stopped: it could not be run to its end.
        """
        self._count += 1
        self._oracle.prepare([case])
        folder = self.folder / f"case-{self._count}"
        with self._watched(case):
            there = Path(self._files.enter(folder))
        start, began = time.time(), time.monotonic()
        looks = Looks(case, lambda: self._files.read(folder, self._until - time.monotonic()).logs)
        calls, stopped = self._call(case, there, looks)
        window = Window.since(start, time.monotonic() - began, case.taken)
        if len(self._workers) < 2:  # ranks talk by threads of their own
            self._count_threads()
        trace = self._oracle.trace(case)
        statement = self._spec.apply(case, trace)
        limit = self._limit(self._limits.seconds_a_case)
        with self._watched(case, limit):
            left = self._files.read(folder, limit) if case.leaves_runs else RunsLeft()
        try:
            logs = in_the_order_of_ranks(left.logs, calls) if case.ranks > 1 else left.logs
            tags = statement.outcome.tags
            seen = observe(there, logs, calls, tags, window, looks.views, left.folders)
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise self._stop(Status.PROTOCOL, detail=str(error)) from error
        comparison = Comparison(case, trace, statement, seen)
        index, raised = raised_by_code(calls)
        output = self._output(index if case.ranks > 1 else 0)
        return CaseResult(comparison, folder, raised, output, calls, stopped)

    def _call(
        self, case: Case, folder: Path, held: Callable[[], int]
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
                self.end_workers()
            while len(self._workers) < case.ranks:
                self.load()
            limit = self._limit(self._limits.seconds_a_case)
            self._until, ranks = time.monotonic() + limit, self._workers[: case.ranks]
            for rank, worker in enumerate(ranks):
                with self._watched(case):
                    log = self._files.there(self._log_of(rank))
                    worker.request(
                        reports.RunRequest(case.asked(), str(folder), log, limit, call_index, rank)
                    )
            for rank, worker in enumerate(ranks):
                try:
                    with self._watched(case, limit, rank):
                        calls += worker.calls(limit, held)
                except Stopped as stop:
                    if case.ranks == 1 or stop.verdict.status not in MAY_BE_EXPLAINED:
                        raise
                    stopped = stop.verdict
                    calls.append(Unfinished(exited=stopped.status == Status.EXITED))
        if stopped:
            self.end_workers()
        return calls, stopped

    def calls(self) -> frozenset[str]:
        """What the file calls, by its syntax tree."""
        return self._files.calls_in(self.source.text, self._limits.seconds_a_case)

    def _count_threads(self) -> None:
        """Flags threads that are left, seen from outside: the worker reports its writers alone."""
        if THREADS_LEFT in self.flags:
            return
        for power in range(10):  # a thread that has ended is counted a moment longer, on a busy machine too
            if all(worker.more_threads() <= 0 for worker in self._workers):
                return
            time.sleep(0.001 * 2**power)
        self.flags[THREADS_LEFT] = None
