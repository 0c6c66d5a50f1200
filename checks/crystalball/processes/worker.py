"""Our end of a worker, the process that runs a learner's code: what it is asked, what it reports.

Here its reports are parsed, and nowhere else: what comes out has the types of
`crystalball.processes.inside.reports`, whatever the learner's code made of its process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from crystalball.processes.inside.messages import HELD
from crystalball.processes.inside.reports import Call, Calls, LoadReport, Request
from crystalball.processes.process import Garbled, Hung, Process
from crystalball.processes.worker_files import WorkerFiles

MOST_HOLDS = 1000
"""Holds of one request: whoever says more and never reads would fill our pipe, and hold us."""


class Worker(Protocol):
    """A process that runs a learner's code; one for a debugger is ours (`crystalball.judging.session`).

    Attributes:
        files: where it finds things, and where we find what it left.
    """

    files: WorkerFiles

    def request(self, request: Request) -> None:
        """Sends a request.

        Raises:
            Ended: the process is gone.
        """

    def loaded(self, limit: float) -> LoadReport:
        """Waits for the report of a `LoadRequest`.

        Args:
            limit: seconds, at most.

        Raises:
            Ended: the process is gone.
            Hung: it gave no answer in time.
            Garbled: its report is none.
        """

    def calls(self, limit: float, held: Callable[[], int] | None = None) -> tuple[Call, ...]:
        """Waits for the report of a `RunRequest`; raises as `loaded` does.

        Args:
            limit: seconds until the report, all told.
            held: called whenever the process says that it is held; the number that lets it go.
        """

    def more_threads(self) -> int:
        """By how many its threads have grown, seen from outside; 0 where that cannot be had."""

    def end(self) -> int:
        """Ends it; returns its exit status."""


@dataclass(frozen=True)
class WorkerOrder:
    """What a worker is started for.

    Attributes:
        rank: which of the ranks of a training it is.
        network: whether there are several, which talk to each other.
        shares_files_with: a worker of the same answer, ended or not, whose files it shares.
    """

    rank: int = 0
    network: bool = False
    shares_files_with: Worker | None = None


class WorkerProcess:
    """A worker that is a process of its own.

    Args:
        process: it.
        files: what it sees; the same files as we do without it.
    """

    def __init__(self, process: Process, files: WorkerFiles | None = None) -> None:
        self._process, self.files = process, files or WorkerFiles()

    def request(self, request: Request) -> None:
        """Sends a request; see `Worker`."""
        self._process.request(msgspec.to_builtins(request))

    def warmed(self, limit: float) -> None:
        """Waits for the answer to a `WarmRequest`; raises as `loaded` does."""
        self._process.answer(limit)

    def loaded(self, limit: float) -> LoadReport:
        """Waits for the report of a `LoadRequest`; see `Worker`."""
        report: LoadReport = self._report(LoadReport, limit)
        return report

    def calls(self, limit: float, held: Callable[[], int] | None = None) -> tuple[Call, ...]:
        """Waits for the report of a `RunRequest`; see `Worker`."""
        report: Calls = self._report(Calls, limit, held)
        return report.calls

    def _report(self, kind: Any, limit: float, held: Callable[[], int] | None = None) -> Any:
        until = time.monotonic() + limit
        for _ in range(MOST_HOLDS):
            answer = self._process.answer(max(0, until - time.monotonic()))
            if answer != HELD:
                return _convert(answer, kind)
            if held is None:
                break
            go = held()
            if time.monotonic() > until:  # the looks are part of the request
                self.end()
                raise Hung
            self._process.request({"go": go})
        self.end()
        raise Garbled("it said that it is held over and over, or where nothing is run")

    def more_threads(self) -> int:
        """Nothing is known of its threads."""
        return 0

    def end(self) -> int:
        """Ends it; returns its exit status."""
        return self._process.end()

    def close(self) -> None:
        """Lets go what of it is held open."""


def _convert(answer: dict[str, Any], kind: Any) -> Any:
    """An answer in the types of a report.

    Raises:
        Garbled: it is none.
    """
    try:
        return msgspec.convert(answer, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise Garbled(f"a report is none: {error}") from error


for _kind in (LoadReport, Calls):
    msgspec.json.Decoder(_kind)  # looks at their types, at which two threads at once crash in msgspec
