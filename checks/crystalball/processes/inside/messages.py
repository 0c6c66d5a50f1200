"""How the kit and its processes talk: one JSON object a line, of bounded length, over two pipes.

JSON and not pickle: what a worker answers is hostile until proven otherwise, and unpickling runs
code.
"""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from crystalball.processes.inside.worker_files import WorkerFiles

LONGEST_LINE = 8 * 1024 * 1024
"""Bytes; a longer answer breaks the protocol."""

GRACE = 1.0
"""Seconds for a process that closed its pipes to say its exit code."""

MOST_HOLDS = 100
"""Holds of one request: whoever says more and never reads would fill our pipe, and hold us."""

WRITER_THREADS = ("_AsyncWriterThread", "_EventLoggerThread")
"""Types of the threads of an open writer: TensorBoard's and tensorboardX's."""


class Ended(Exception):
    """The process ended without an answer.

    Attributes:
        status: its exit code, or minus the number of the signal that ended it.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"ended with status {status}")
        self.status = status


class Hung(Exception):
    """The process gave no answer within its limit, and was killed."""


class Garbled(Exception):
    """The process answered something that is no JSON object of bounded length."""


def send(stream: BinaryIO, message: dict[str, Any]) -> None:
    """Writes one message."""
    stream.write(json.dumps(message).encode() + b"\n")
    stream.flush()


def receive(line: bytes) -> dict[str, Any]:
    """Reads one message.

    Raises:
        Garbled: it is no JSON object, or too long a line.
    """
    if not line.endswith(b"\n"):
        raise Garbled("an answer was cut off, or too long")
    try:
        message = json.loads(line)
        if b"\\ud" in line.lower():  # half a character could not be printed, nor stored
            message = json.loads(json.dumps(message, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError) as error:
        raise Garbled(f"an answer is no JSON: {error}") from error
    if not isinstance(message, dict):
        raise Garbled("an answer is no JSON object")
    return message


def serve(inbox: BinaryIO, outbox: BinaryIO, handle: Callable[[dict[str, Any]], Any]) -> None:
    """Answers each request until the inbox ends: the loop of every process that we start."""
    for line in inbox:
        send(outbox, handle(json.loads(line)))


class Process:
    """Our end of a process that answers requests.

    Args:
        requests: the stream that the process reads.
        answers: the stream that it writes.
        end: kills the process and all that it started after some seconds of grace, and returns
            its exit status.
        site: where it finds things.
        longest: bytes of an answer, at most.
        unread: answers that wait to be read, at most; more stay in the pipe. Any number for 0.
    """

    def __init__(
        self,
        requests: BinaryIO,
        answers: BinaryIO,
        end: Callable[[float], int],
        site: WorkerFiles | None = None,
        longest: int = LONGEST_LINE,
        unread: int = 0,
    ) -> None:
        self.files = site or WorkerFiles()
        self._requests, self._answers, self._end = requests, answers, end
        self._longest, self._ended = longest, False
        self._lines: queue.Queue[bytes] = queue.Queue(unread)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        # A thread, since a pipe cannot be waited for with a limit on every system.
        with self._answers, contextlib.suppress(OSError):
            while not self._ended and (line := self._answers.readline(self._longest)):
                self._lines.put(line)
        self._lines.put(b"")

    def request(self, message: dict[str, Any]) -> None:
        """Sends a request, whose answer `answer` waits for. Answers come in order.

        Raises:
            Ended: the process is gone.
        """
        try:
            send(self._requests, message)
        except (OSError, ValueError):  # a closed stream is a ValueError: another thread ended it
            raise Ended(self.end(GRACE)) from None

    def answer(self, limit: float) -> dict[str, Any]:
        """Waits for the next answer, for `limit` seconds at most.

        Raises:
            Ended: the process is gone.
            Hung: it gave no answer in time.
            Garbled: its answer is none.
        """
        try:
            line = self._lines.get(timeout=limit)
        except queue.Empty:
            self.end()
            raise Hung from None
        if not line:
            raise Ended(self.end(GRACE))
        try:
            return receive(line)
        except Garbled:
            self.end()
            raise

    def ask(
        self, message: dict[str, Any], limit: float, held: Callable[[], None] | None = None
    ) -> dict[str, Any]:
        """Sends a request and waits for its answer; raises as `request` and `wait` do."""
        self.request(message)
        return self.wait(limit, held)

    def wait(self, limit: float, held: Callable[[], None] | None = None) -> dict[str, Any]:
        """Waits for the answer to a request, and lets go of a process that is held; raises as `answer`.

        Args:
            limit: seconds until the answer, all told.
            held: called whenever the process says that it is held; then it is let go.
        """
        until = time.monotonic() + limit
        for _ in range(MOST_HOLDS):
            answer = self.answer(max(0, until - time.monotonic()))
            if "held" not in answer:
                return answer
            if held is not None:
                held()
            self.request({"go": True})
        self.end()
        raise Garbled("it said that it is held over and over")

    def end(self, grace: float = 0) -> int:
        """Kills the process and what it started; returns its exit status."""
        try:
            return self._end(grace)
        finally:
            self._ended = True
            with contextlib.suppress(queue.Empty):  # so that the listener can end
                while True:
                    self._lines.get_nowait()
            self._lines.put(b"")  # whoever waits for an answer waits in vain
            with contextlib.suppress(OSError):
                self._requests.close()
