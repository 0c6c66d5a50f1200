"""The lines of the learner's file that wrote into event files: for words, and for nothing else."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from crystalball.processes.inside.reports import LAST_LINE, LONGEST_TAG, MOST_WRITTEN, Written

WRITERS = ("tensorboard.summary.writer.event_file_writer", "tensorboardX.event_file_writer")
"""Modules with an `EventFileWriter`, through which all goes that a `SummaryWriter` logs."""


class WrittenLines:
    """The lines that wrote, each once a tag and step, in the order of their first writing.

    Args:
        path: of the learner's file.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._written: dict[Written, None] = {}

    @contextlib.contextmanager
    def remembered(self) -> Iterator[None]:
        """Remembers while it lasts; the writers are as they were then."""
        modules = [sys.modules[name] for name in WRITERS if name in sys.modules]
        writers = [module.EventFileWriter for module in modules if hasattr(module, "EventFileWriter")]
        originals = [writer.add_event for writer in writers]
        for writer, original in zip(writers, originals, strict=True):
            writer.add_event = self._noting(original)
        try:
            yield
        finally:
            for writer, original in zip(writers, originals, strict=True):
                writer.add_event = original

    def taken(self) -> tuple[Written, ...]:
        """What was written since the last time that it was asked."""
        taken, self._written = tuple(self._written), {}
        return taken

    def _noting(self, original: Callable[..., None]) -> Callable[..., None]:
        @wraps(original)
        def add_event(writer: Any, event: Any, *more: Any, **named: Any) -> None:
            original(writer, event, *more, **named)
            with contextlib.suppress(Exception):  # whatever it is that was written, it is not our affair
                self._note(event)

        return add_event

    def _note(self, event: Any) -> None:
        line = self._line()
        if not line or len(self._written) >= MOST_WRITTEN:
            return
        what = event.WhichOneof("what")
        tags = [value.tag for value in event.summary.value] if what == "summary" else [""]
        for tag in tags[: MOST_WRITTEN - len(self._written)]:
            self._written[Written(what, tag[:LONGEST_TAG], event.step, line)] = None

    def _line(self) -> int:
        """Of the innermost frame of the learner's file; 0 for none."""
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self._path:
            frame = frame.f_back  # type: ignore[assignment]  # None ends the loop
        return 0 if frame is None else min(frame.f_lineno or 0, LAST_LINE)
