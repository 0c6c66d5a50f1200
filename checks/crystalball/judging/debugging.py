"""A worker without a process of its own, for a learner who follows their code with a debugger."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator

from crystalball.processes.inside.reports import Call, Calls, LoadReport, Request, WarmRequest
from crystalball.processes.programs import ZONE
from crystalball.processes.worker_files import WorkerFiles


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
        self._held: Callable[[], int] = int
        self._child = Child(lambda: self._held(), debugging=True)
        self._request: Request = WarmRequest()

    def request(self, request: Request) -> None:
        """Takes the request down."""
        self._request = request

    def loaded(self, limit: float) -> LoadReport:
        """Loads the file here and now; nobody is hurried in a debugger."""
        report = self._answer()
        assert not isinstance(report, Calls)
        return report

    def calls(self, limit: float, held: Callable[[], int] | None = None) -> tuple[Call, ...]:
        """Runs the case here and now."""
        self._held = held or int
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
