"""Brings together what judges a folder of answers: processes, oracle, judge, specifications."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from crystalball.cases.inside.case import Case
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.judging.failures import keeper
from crystalball.judging.judge import CaseResult, Judge, Tell
from crystalball.judging.verdict import Verdict
from crystalball.oracle.client import Oracle
from crystalball.outcomes.expect import Spec, load_spec
from crystalball.processes.inside.reports import Call, Calls, LoadReport, Request, Warm
from crystalball.processes.programs import ZONE, Role
from crystalball.processes.ready import Ready
from crystalball.processes.starter import Starter, open_starter
from crystalball.processes.worker import Worker, WorkerOrder, WorkerProcess
from crystalball.processes.worker_files import WorkerFiles


class JudgingSession:
    """Judges answers below one kit's root; torch's processes start when it is opened.

    Args:
        root: of the kit.
        answers: the folder with the answers.
        seed: chooses the drawn cases.
        training: whether some exercise trains, so that the imports of training pay.
        debugging: the learner's code runs in this process, for a debugger.
    """

    def __init__(
        self,
        root: Path,
        answers: Path,
        *,
        seed: int = 0,
        training: bool = True,
        debugging: bool = False,
    ) -> None:
        self.root, self.answers = root, answers
        self._seed, self._debugging = seed, debugging
        self._prepared: dict[str, tuple[Spec, list[Case]]] = {}
        self._starter: Starter = open_starter(training=training)

    @cached_property
    def oracle(self) -> Oracle:
        """The oracle; its traces are kept for all exercises."""
        return Oracle(lambda: self._starter.process(Role.ORACLE), curriculum().seconds_to_warm)

    def _worker(self, post: WorkerOrder) -> Worker:
        # A debugger can follow one process: the first.
        return InProcess() if self._debugging and post.rank == 0 else self._start_worker()

    def _start_worker(self) -> WorkerProcess:
        return WorkerProcess(self._starter.process(Role.WORKER))

    def judge(
        self,
        exercise: Exercise,
        spec: Spec | None = None,
        *,
        path: Path | None = None,
        seed: int | None = None,
        learner: bool = False,
        only: Case | None = None,
        cases: Iterable[Case] = (),
        factor: float = 1,
        runs: Path | None = None,
    ) -> Verdict:
        """Judges one answer.

        Args:
            exercise: the exercise.
            spec: its specification, where it is loaded already.
            path: the file; that of the exercise's id in `answers` without it.
            seed: instead of the judging_session's own.
            learner: the verdict is for a learner's eyes: the smallest failing case is looked for,
                and its run is kept.
            only: see `Judge.judge`.
            cases: these are run, instead of drawing some.
            factor: see `Judge.judge`.
            runs: a folder for copies of the runs of the pinned cases, each in one named by its number.
        """
        spec = spec or self.spec(exercise)

        def copy(result: CaseResult) -> None:
            if runs and (case := result.evidence.case) in spec.cases.pinned:
                number = spec.cases.pinned.index(case)
                shutil.copytree(result.folder, runs / str(number), symlinks=True)

        with _here():
            verdict = self._judge(seed).judge(
                exercise,
                spec,
                path or self.answers / f"{exercise.id}.py",
                keep=keeper(self.root, exercise) if learner else None,
                only=only,
                cases=cases,
                factor=factor,
                ran=copy,
            )
        return self._from_root(verdict)

    def prepare(self, exercise: Exercise) -> None:
        """Does all that `judge_saved` needs and that does not depend on what is saved."""
        if exercise.id not in self._prepared:
            spec = self.spec(exercise)
            self._prepared[exercise.id] = spec, list(self.cases(spec, self._seed))
        self.ready.refill()

    def judge_saved(self, exercise: Exercise, tell: Tell) -> Verdict:
        """Judges what a learner has just saved, and lets nobody wait.

        Args:
            exercise: the exercise.
            tell: is told the verdict as soon as it stands.

        Returns:
            The same verdict, with the smallest failing case, whose run is kept.

        Raises:
            Interrupted: `ready.interrupt` was called.
        """
        self.ready.begin()
        self.prepare(exercise)
        spec, cases = self._prepared[exercise.id]
        judge = Judge(curriculum(), lambda _: self.ready.take(), self.oracle, self._seed)
        path = self.answers / f"{exercise.id}.py"
        keep = keeper(self.root, exercise)

        def told(verdict: Verdict) -> None:
            tell(self._from_root(verdict))
            self.ready.refill()

        if self._starter.forks:
            verdict = judge.judge_shared(exercise, spec, path, cases, keep=keep, tell=told)
        else:
            verdict = judge.judge(exercise, spec, path, keep=keep, tell=told)
        return self._from_root(verdict)

    @cached_property
    def ready(self) -> Ready:
        """Workers that wait for the next save: two share a judging, a third one waits for a second look.

        Where a process takes seconds to start, one waits.
        """
        forks = self._starter.forks
        return Ready(self._start_worker, 3 if forks else 1, curriculum().seconds_to_warm, warm=forks)

    def _from_root(self, verdict: Verdict) -> Verdict:
        file = Path(verdict.file)
        if file.is_relative_to(self.root):
            short = file.relative_to(self.root).as_posix()
            return replace(verdict, file=short, detail=verdict.detail.replace(f'"{file}"', f'"{short}"'))
        return verdict

    def _judge(self, seed: int | None) -> Judge:
        return Judge(curriculum(), self._worker, self.oracle, self._seed if seed is None else seed)

    def cases(self, spec: Spec, seed: int) -> Iterator[Case]:
        """The cases of a specification under a seed."""
        judge = self._judge(seed)
        return judge.cases(spec, judge.draw(spec))

    def spec(self, exercise: Exercise) -> Spec:
        """The specification of an exercise, from its file of checks."""
        return load_spec(self.root, exercise.id)

    def close(self) -> None:
        """Ends every process."""
        self._starter.close()


@contextlib.contextmanager
def _here() -> Iterator[None]:
    """Comes back to the current folder: a debugged case changes it."""
    folder = Path.cwd()
    try:
        yield
    finally:
        os.chdir(folder)


@contextlib.contextmanager
def _workers_zone() -> Iterator[None]:
    """Tells the time as a worker does, by whose time zone the names of runs are judged."""
    before = os.environ.get("TZ")
    _set_zone(ZONE)
    try:
        yield
    finally:
        _set_zone(before)


def _set_zone(zone: str | None) -> None:
    os.environ.pop("TZ", None)
    if zone is not None:
        os.environ["TZ"] = zone
    if hasattr(time, "tzset"):  # Windows has none
        time.tzset()


class InProcess:
    """A worker in this very process, for a debugger: exceptions of the learner's code come through."""

    def __init__(self) -> None:
        from crystalball.processes.inside.child import Child
        from crystalball.processes.inside.warm_up import import_torch

        self.files = WorkerFiles()
        import_torch()
        self._held: Callable[[], None] = lambda: None
        self._child = Child(lambda: self._held(), debugging=True)
        self._request: Request = Warm()

    def request(self, request: Request) -> None:
        """Takes the request down."""
        self._request = request

    def loaded(self, limit: float) -> LoadReport:
        """Loads the file here and now; nobody is hurried in a debugger."""
        report = self._answer()
        assert not isinstance(report, Calls)
        return report

    def calls(self, limit: float, held: Callable[[], None] | None = None) -> tuple[Call, ...]:
        """Runs the case here and now."""
        self._held = held or (lambda: None)
        report = self._answer()
        assert isinstance(report, Calls)
        return report.calls

    def _answer(self) -> LoadReport | Calls:
        with _workers_zone():
            return self._child.handle(self._request)

    def more_threads(self) -> int:
        """Its threads are ours, too."""
        return 0

    def end(self) -> int:
        """Nothing to end."""
        return 0
