"""The trusted side's end of the oracle: traces by case, each trained once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable

from crystalball.cases import Case, Training
from crystalball.trace import Trace
from crystalball.worker.protocol import Ended, Garbled, Hung, Process

Key = tuple[Training, str | None]

UNTRAINED = Trace()
"""The trace of every case that trains nothing."""


class Oracle:
    """Traces of cases; any thread may ask for one.

    Args:
        start: starts the oracle's process; called when the first trace is asked for.
        limit: seconds for one trace.
    """

    def __init__(self, start: Callable[[], Process], limit: float) -> None:
        self._start, self._limit = start, limit
        self._process: Process | None = None
        self._traces: dict[Key, Trace] = {}
        self._pending: deque[Key] = deque()
        self._lock = threading.RLock()

    def prepare(self, cases: Iterable[Case], flaw: str | None = None) -> None:
        """Lets the oracle train these cases while we do something else."""
        for case in cases:
            if not isinstance(case, Training):
                continue
            key = (case.undisturbed(), flaw)
            if key not in self._traces:
                self._request(key)

    def _request(self, key: Key) -> None:
        with self._lock:
            if key in self._traces or key in self._pending:
                return
            if self._process is None:
                self._process = self._start()
            self._process.request({"case": key[0].to_json(), "flaw": key[1]})
            self._pending.append(key)

    def trace(self, case: Case, flaw: str | None = None) -> Trace:
        """The trace of a case (an empty one, of a case that trains nothing)."""
        if not isinstance(case, Training):
            return UNTRAINED
        key = (case.undisturbed(), flaw)
        if key not in self._traces:
            self._await(key)
        return self._traces[key]

    def _await(self, key: Key) -> None:
        with self._lock:
            self._request(key)
            try:
                while key not in self._traces:
                    assert self._process is not None
                    answer = self._process.answer(self._limit)
                    self._traces[self._pending.popleft()] = Trace.from_json(answer)
            except (Ended, Hung, Garbled):
                self._process = None  # the next who asks gets a fresh one
                self._pending.clear()
                raise
