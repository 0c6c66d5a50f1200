"""What all submissions of a grading share: the cases of each exercise, and what is right in them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crystalball.cases.inside.case import Case
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.judging.judge import Judge
from crystalball.oracle.client import Oracle
from crystalball.outcomes.expect import Spec, load_spec
from crystalball.processes.worker import Worker, WorkerOrder


@dataclass
class SharedCases:
    """Specifications and cases by exercise, each made when it is first asked for.

    The list of an exercise is drawn once, under the grading's seed; then no library that draws has a
    part in it any more, and every submission gets the very same list.

    Attributes:
        root: of the kit.
        oracle: trains each case once for all.
        seed: chooses the drawn cases.
    """

    root: Path
    oracle: Oracle
    seed: int = field(repr=False)
    _specs: dict[str, Spec] = field(default_factory=dict)
    _made: dict[str, tuple[Spec, Sequence[Case]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __getitem__(self, exercise: Exercise) -> tuple[Spec, Sequence[Case]]:
        """The laws of an exercise, and its cases."""
        with self._lock:
            if exercise.id not in self._made:
                spec = self.spec(exercise)
                self._made[exercise.id] = spec, list(self.judge(_no_worker).cases(spec))
            return self._made[exercise.id]

    def spec(self, exercise: Exercise) -> Spec:
        """The laws of an exercise alone, which take no training."""
        if exercise.id not in self._specs:
            self._specs[exercise.id] = load_spec(self.root, exercise.id)
        return self._specs[exercise.id]

    def judge(self, start_worker: Callable[[WorkerOrder], Worker]) -> Judge:
        """A judge of this grading.

        Args:
            start_worker: starts what runs an answer.
        """
        return Judge(curriculum(), start_worker, self.oracle, self.seed)


def _no_worker(order: WorkerOrder) -> Worker:
    raise NotImplementedError("to draw cases takes no worker")
