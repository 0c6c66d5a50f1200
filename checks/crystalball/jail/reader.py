"""Our end of a reader, the jailed process that parses what one submission left.

A reader serves one answer: what a hostile file may have done to it, no other submission meets.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from crystalball.jail.collect import Copy
from crystalball.jail.forker import Forker, ending
from crystalball.jail.inside.jailed import READER, READING
from crystalball.jail.setup import JailSetup
from crystalball.processes.inside.reader import (
    ReadReport,
    ReadRequest,
    Report,
    SyntaxReport,
    SyntaxRequest,
    TooMuchReport,
)
from crystalball.processes.inside.warm_parent import ForkOrder
from crystalball.processes.process import LOST, Ended, Garbled, Hung, Process
from crystalball.processes.worker_files import Flooded, Unread
from crystalball.reading.event_log import RunsLeft

LONGEST_REPORT = 32 * 1024 * 1024
"""Bytes of what a reader says, at most: all pictures of a case are in it."""

LEFT = msgspec.msgpack.Decoder(RunsLeft, dec_hook=lambda kind, text: kind(text))
"""Reads what a reader says; made here, since two threads that each make their first crash in msgspec."""

RUN = Path("run")
"""Name of the folder that is read, in the reader's file system."""


@dataclass(frozen=True)
class StartedReader:
    """A reader that runs.

    Attributes:
        process: our end of it.
        root: descriptor of its file system, which it can only read.
        pidfd: descriptor of its process.
        place: where its file system is, in its own view.
    """

    process: Process
    root: int
    pidfd: int
    place: Path

    @property
    def folder(self) -> Path:
        """Its file system, as we see it."""
        return Path(f"/proc/self/fd/{self.root}")

    def end(self, setup: JailSetup) -> None:
        """Ends it, and lets its file system go."""
        self.process.end()
        os.close(self.root)
        os.close(self.pidfd)
        setup.clear(self.place)


def start_reader(forker: Forker, setup: JailSetup) -> StartedReader:
    """Starts a reader.

    Args:
        forker: forks it.
        setup: of its jail.
    """
    place = setup.new_place()
    forked = forker.fork(ForkOrder(READER, str(place), filter=READING))
    process = Process(forked.requests, forked.answers, ending(forked), LONGEST_REPORT, unread=1)
    root, pidfd = forked.descriptors
    return StartedReader(process, root, pidfd, place)


class Reader:
    """The reader of one answer: started when it is first asked, and replaced once should it be killed.

    Args:
        forker: forks it.
        setup: of its jail.
    """

    def __init__(self, forker: Forker, setup: JailSetup) -> None:
        self._forker, self._setup = forker, setup
        self._started: StartedReader | None = None

    def read(self, source: int | None, limit: float) -> RunsLeft:
        """Reads a copy of what a worker left.

        Args:
            source: descriptor of the worker's folder; `None` where there is none any more.
            limit: seconds.

        Returns:
            What was left; paths begin with `RUN`.

        Raises:
            Flooded: there is too much of it.
            Unread: it takes longer.
            Ended: it was killed, and so was another in its place; it is `LOST`.
        """
        until = time.monotonic() + limit
        try:
            try:
                report = self._read(source, until)
            except Ended as ended:  # whoever killed it: perhaps not what it read
                if ended.status == -signal.SIGXCPU:
                    raise Hung from None
                report = self._read(source, until)
            if isinstance(report, TooMuchReport):
                raise Flooded(report.what)
            return LEFT.decode(report.left)
        except Hung:
            self.end()
            raise Unread from None
        except (Ended, Garbled, msgspec.MsgspecError) as error:
            self.end()
            if isinstance(error, Ended) and error.status in (-signal.SIGKILL, LOST):
                raise Ended(LOST) from None  # whoever killed it twice: what was left did not
            raise Flooded("more than can be told of event files") from error

    def _read(self, source: int | None, until: float) -> ReadReport | TooMuchReport:
        started = self._start()
        ours = started.folder / RUN
        shutil.rmtree(ours, ignore_errors=True)
        ours.mkdir()
        if source is not None:
            Copy().folder(source, ours)
        request = ReadRequest(str(RUN))
        report: ReadReport | TooMuchReport = self._ask(request, ReadReport | TooMuchReport, until)
        return report

    def calls_in(self, text: str, limit: float) -> frozenset[str]:
        """What a text calls, by its syntax tree; nothing where a parser cannot tell.

        Args:
            text: of the answer.
            limit: seconds.
        """
        try:
            report = self._ask(SyntaxRequest(text), SyntaxReport | TooMuchReport, time.monotonic() + limit)
        except (Hung, Ended, Garbled):
            self.end()
            return frozenset()
        return frozenset(report.names if isinstance(report, SyntaxReport) else ())

    def _ask(self, request: Any, kind: Any, until: float) -> Any:
        process = self._start().process
        try:
            process.request(msgspec.to_builtins(request))
            return msgspec.convert(process.answer(max(0, until - time.monotonic())), kind)
        except Ended:
            self.end()
            raise

    def _start(self) -> StartedReader:
        if self._started is None:
            self._started = start_reader(self._forker, self._setup)
        return self._started

    def end(self) -> None:
        """Ends it; the next request starts a new one."""
        if self._started is not None:
            self._started.end(self._setup)
            self._started = None


msgspec.json.Decoder(Report)  # looks at its types, likewise
