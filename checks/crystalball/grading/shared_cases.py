"""What all submissions of a batch share: the cases of each exercise, and what is right in them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crystalball.cases.inside.case import Case
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.judging.judge import Judge
from crystalball.oracle.client import Oracle
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Check, Spec, load_spec
from crystalball.outcomes.outcome import Outcome
from crystalball.processes.worker import Worker, WorkerOrder


@dataclass(frozen=True)
class SharedSpec(Spec):
    """A specification that states what it expects of a case once for all submissions.

    It knows a trace by its identity, and so keeps it; there are as many as there are cases and flaws.
    """

    _stated: dict[tuple[object, ...], tuple[Trace, Any]] = field(default_factory=dict, repr=False)

    def expect(self, case: Case, trace: Trace) -> Outcome:
        """What all laws together expect of a case."""
        stated: Outcome = self._once(trace, (case,), lambda: super(SharedSpec, self).expect(case, trace))
        return stated

    def facets(self, check: Check, case: Case, trace: Trace) -> set[str]:
        """The facets of an outcome that a check speaks of."""
        about = (check.name, case)
        spoken: set[str] = self._once(
            trace, about, lambda: super(SharedSpec, self).facets(check, case, trace)
        )
        return spoken

    def _once(self, trace: Trace, about: tuple[object, ...], state: Callable[[], Any]) -> Any:
        key = (id(trace), *about)
        if key not in self._stated:
            self._stated[key] = trace, state()
        return self._stated[key][1]


@dataclass
class SharedCases:
    """Specifications and cases by exercise, each made when it is first asked for.

    The list of an exercise is drawn once, under the batch's seed; then no library that draws has a
    part in the batch any more, and every submission gets the very same list.

    Attributes:
        root: of the kit.
        oracle: trains each case once for all.
        seed: chooses the drawn cases.
    """

    root: Path
    oracle: Oracle
    seed: int = field(repr=False)
    _made: dict[str, tuple[Spec, Sequence[Case]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __getitem__(self, exercise: Exercise) -> tuple[Spec, Sequence[Case]]:
        """The laws of an exercise, and its cases."""
        with self._lock:
            if exercise.id not in self._made:
                stated = load_spec(self.root, exercise.id)
                spec = SharedSpec(stated.cases, stated.checks)
                judge = self.judge(_no_worker)
                self._made[exercise.id] = spec, list(judge.cases(spec, judge.draw(spec)))
            return self._made[exercise.id]

    def judge(self, start_worker: Callable[[WorkerOrder], Worker]) -> Judge:
        """A judge of this batch."""
        return Judge(curriculum(), start_worker, self.oracle, self.seed)


def _no_worker(post: WorkerOrder) -> Worker:
    raise NotImplementedError("to draw cases takes no worker")
