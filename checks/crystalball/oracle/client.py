"""The trusted side's end of the oracle: traces by case, each trained once."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import msgspec

from crystalball.cases.inside.case import Case
from crystalball.cases.inside.training import Training
from crystalball.oracle.flaws import Flaw
from crystalball.oracle.kept_traces import KeptTraces
from crystalball.oracle.trace import Trace, TraceRequest
from crystalball.processes.process import Ended, Garbled, Hung, Process, StartError

LOST = (Ended, Hung, Garbled)
"""What is raised by a process that will answer no more."""

ATTEMPTS = 2

NO_ORACLE = f"The process in which the kit itself trains was lost {ATTEMPTS} times. Is there memory left?"

UNTRAINED = Trace()
"""The trace of every case that trains nothing."""


class Oracle:
    """Traces of cases; any thread may ask for one.

    Args:
        start: starts the oracle's process; called when the first trace is asked for.
        limit: seconds for one trace.
        kept: the traces of earlier calls; `None` to train all.
    """

    def __init__(self, start: Callable[[], Process], limit: float, kept: KeptTraces | None = None) -> None:
        self._start, self._limit, self._kept = start, limit, kept
        self._process: Process | None = None
        self._traces: dict[TraceRequest, Trace] = {}
        self._pending: deque[TraceRequest] = deque()
        self._lock = threading.RLock()

    def prepare(self, cases: Iterable[Case]) -> None:
        """Lets the oracle train these cases while we do something else."""
        for case in cases:
            if not isinstance(case, Training):
                continue
            wanted = TraceRequest(case.undisturbed())
            if not self._has(wanted):
                with contextlib.suppress(*LOST):  # whoever asks for the trace asks again
                    self._request(wanted)

    @contextlib.contextmanager
    def _talking(self) -> Iterator[None]:
        """One thread at a time talks with the process; one that is lost is not asked again."""
        with self._lock:
            try:
                yield
            except BaseException:
                self._process = None
                self._pending.clear()
                raise

    def _request(self, wanted: TraceRequest) -> None:
        with self._talking():
            if wanted in self._traces or wanted in self._pending:
                return
            if self._process is None:
                self._process = self._start()
            self._process.request(msgspec.to_builtins(wanted))
            self._pending.append(wanted)

    def trace(self, case: Case, flaws: tuple[Flaw, ...] = ()) -> Trace:
        """The trace of a case (an empty one, of a case that trains nothing).

        Raises:
            StartError: the process was lost, and a fresh one too.
        """
        if not isinstance(case, Training):
            return UNTRAINED
        wanted = TraceRequest(case.undisturbed(), flaws)
        for _ in range(ATTEMPTS):
            with contextlib.suppress(*LOST):
                if not self._has(wanted):
                    self._await(wanted)
                return self._traces[wanted]
        raise StartError(NO_ORACLE)

    def _has(self, wanted: TraceRequest) -> bool:
        if wanted in self._traces:
            return True
        found = self._kept.find(wanted) if self._kept and not wanted.flaws else None
        if found is not None:
            self._traces[wanted] = found
        return found is not None

    def _await(self, wanted: TraceRequest) -> None:
        with self._talking():
            self._request(wanted)
            while wanted not in self._traces:
                assert self._process is not None
                answer = self._process.answer(self._limit)
                asked, trace = self._pending.popleft(), msgspec.convert(answer, Trace)
                self._traces[asked] = trace
                if self._kept:
                    self._kept.keep(asked, trace)
