"""A pool of workers that are warm before they are needed, for a learner who waits for each verdict.

A worker is used for one saved file, and no other: what a learner's code did to its process is gone
with it. So some wait ahead, forked and with their memory touched: that takes 100 ms off a verdict.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from crystalball.processes.inside.reports import WarmRequest
from crystalball.processes.process import NO_TORCH, Ended, Garbled, Hung, StartError
from crystalball.processes.worker import WorkerProcess


class Interrupted(BaseException):
    """Nobody waits for the verdict any more.

    No `Exception`, as KeyboardInterrupt is none: hypothesis would take it for a failure of the case,
    and go on with its search.
    """


class WarmPool:
    """Workers that wait to be used, each once.

    Args:
        start: starts one.
        count: how many wait.
        limit: seconds for one to be warm.
        warm: whether they train a step while they wait.
    """

    def __init__(self, start: Callable[[], WorkerProcess], count: int, limit: float, *, warm: bool) -> None:
        self._start, self._count, self._limit, self._warm = start, count, limit, warm
        self._waiting: list[WorkerProcess] = []
        self._taken: list[WorkerProcess] = []
        self._lock = threading.Lock()
        self._interrupted = False

    def begin(self) -> None:
        """A new judging begins: the workers that were taken are done with."""
        with self._lock:
            self._taken, self._interrupted = [], False

    def refill(self) -> None:
        """Starts the workers that are missing."""
        with self._lock:
            while len(self._waiting) < self._count:
                worker = self._start()
                if self._warm:
                    worker.request(WarmRequest())
                self._waiting.append(worker)

    def take(self) -> WorkerProcess:
        """A warm worker.

        Raises:
            Interrupted: `interrupt` was called since the last `begin`.
            StartError: torch's processes are gone.
        """
        with self._lock:
            if self._interrupted:
                raise Interrupted
            waiting = self._waiting.pop(0) if self._waiting else None
            worker = waiting or self._start()
            self._taken.append(worker)
        if waiting:
            self._await(waiting)
        return worker

    def _await(self, worker: WorkerProcess) -> None:
        try:
            if self._warm:
                worker.warmed(self._limit)
        except (Ended, Hung, Garbled):
            raise StartError(NO_TORCH) from None

    def interrupt(self) -> None:
        """Ends the workers that were taken: whatever they run. For another thread."""
        with self._lock:
            self._interrupted = True
            taken = list(self._taken)
        for worker in taken:
            worker.end()
