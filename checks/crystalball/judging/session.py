"""Brings together what judges a folder of answers: processes, oracle, judge, specifications."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from crystalball.cases.inside.case import Case
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.judging.debugging import InProcess
from crystalball.judging.failures import keeper
from crystalball.judging.judge import Judge, Tell
from crystalball.judging.verdict import Verdict
from crystalball.oracle.client import Oracle
from crystalball.oracle.kept_traces import FOLDER, KeptTraces
from crystalball.outcomes.expect import Spec, load_spec
from crystalball.processes.pool import WarmPool
from crystalball.processes.programs import Role
from crystalball.processes.starter import Starter, open_starter
from crystalball.processes.worker import Worker, WorkerOrder, WorkerProcess


class JudgingSession:
    """Judges answers below one kit's root; torch's processes start when it is opened.

    Args:
        root: of the kit.
        answers: the folder with the answers.
        seed: chooses the drawn cases.
        training: whether some exercise trains, so that the imports of training pay.
        starter: of torch's processes, where it is at work already; the session closes it.
        debugging: the learner's code runs in this process, for a debugger.
    """

    def __init__(
        self,
        root: Path,
        answers: Path,
        *,
        seed: int = 0,
        training: bool = True,
        starter: Starter | None = None,
        debugging: bool = False,
    ) -> None:
        self.root, self.answers = root, answers
        self._seed, self._debugging = seed, debugging
        self._prepared: dict[str, tuple[Spec, list[Case]]] = {}
        self._starter = starter or open_starter(training=training)

    @cached_property
    def oracle(self) -> Oracle:
        """The oracle; its traces are kept for all exercises."""
        kept = KeptTraces(self.root / FOLDER)
        return Oracle(lambda: self._starter.process(Role.ORACLE), curriculum().seconds_to_warm, kept)

    def _worker(self, order: WorkerOrder) -> Worker:
        # A debugger can follow one process: the first.
        return InProcess() if self._debugging and order.rank == 0 else self._start_worker()

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
        runs: Path | None = None,
        helped: bool = False,
    ) -> Verdict:
        """Judges one answer.

        Args:
            exercise: the exercise.
            spec: its specification, where it is loaded already.
            path: the file; that of the exercise's id in `answers` without it.
            seed: instead of the session's own.
            learner: the verdict is for a learner's eyes: the smallest failing case is looked for,
                and its run is kept.
            only: see `Judge.judge`.
            cases: these are run, instead of drawing some.
            runs: see `Judge.judge`.
            helped: a second worker helps, where one starts in no time; no good where all may be wrong.
        """
        alone = self._debugging or only is not None or not self._starter.forks
        with _here():
            verdict = self._judge(seed).judge(
                exercise,
                spec or self.spec(exercise),
                path or self.answers / f"{exercise.id}.py",
                keep=keeper(self.root, exercise) if learner else None,
                only=only,
                cases=cases,
                runs=runs,
                helped=helped and not alone,
            )
        return self._from_root(verdict)

    def judge_text(self, exercise: Exercise, spec: Spec, text: str, cases: Iterable[Case]) -> Verdict:
        """Judges a program that lies in no file.

        Args:
            exercise: that it answers.
            spec: of the exercise.
            text: of the program.
            cases: these are run.
        """
        with TemporaryDirectory() as folder:
            path = Path(folder, f"{exercise.id}.py")
            path.write_text(text, encoding="utf-8")
            return self.judge(exercise, spec, path=path, cases=cases)

    def prepare(self, exercise: Exercise) -> None:
        """Does all that `judge_saved` needs and that does not depend on what is saved.

        Args:
            exercise: that will be saved.
        """
        if exercise.id not in self._prepared:
            spec = self.spec(exercise)
            self._prepared[exercise.id] = spec, list(self.cases(spec, self._seed))
        self.pool.refill()

    def judge_saved(self, exercise: Exercise, tell: Tell) -> Verdict:
        """Judges what a learner has just saved, and lets nobody wait.

        Args:
            exercise: the exercise.
            tell: is told the verdict as soon as it stands.

        Returns:
            The same verdict, with the smallest failing case, whose run is kept.

        Raises:
            Interrupted: `pool.interrupt` was called.
        """
        self.pool.begin()
        self.prepare(exercise)
        spec, cases = self._prepared[exercise.id]
        judge = Judge(curriculum(), lambda _: self.pool.take(), self.oracle, self._seed)
        path = self.answers / f"{exercise.id}.py"
        keep = keeper(self.root, exercise)

        def told(verdict: Verdict) -> None:
            tell(self._from_root(verdict))
            self.pool.refill()

        helped = self._starter.forks
        verdict = judge.judge(exercise, spec, path, cases=cases, keep=keep, tell=told, helped=helped)
        return self._from_root(verdict)

    @cached_property
    def pool(self) -> WarmPool:
        """Workers that wait for the next save: two; one where each takes seconds to start."""
        forks = self._starter.forks
        return WarmPool(self._start_worker, 2 if forks else 1, curriculum().seconds_to_warm, warm=forks)

    def _from_root(self, verdict: Verdict) -> Verdict:
        file = Path(verdict.file)
        if file.is_relative_to(self.root):
            return verdict.of_file(file.relative_to(self.root).as_posix())
        return verdict

    def _judge(self, seed: int | None) -> Judge:
        return Judge(curriculum(), self._worker, self.oracle, self._seed if seed is None else seed)

    def cases(self, spec: Spec, seed: int) -> Iterator[Case]:
        """The cases of a specification under a seed.

        Args:
            spec: the specification.
            seed: chooses the drawn ones.
        """
        return self._judge(seed).cases(spec)

    def spec(self, exercise: Exercise) -> Spec:
        """The specification of an exercise, from its file of checks.

        Args:
            exercise: the exercise.
        """
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
