"""Our end of a process that answers requests."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

from crystalball.processes.inside.messages import send

LONGEST_ANSWER = 8 * 1024 * 1024
"""Bytes; a longer answer breaks the protocol."""

GRACE = 1.0
"""Seconds for a process that closed its pipes to say its exit code."""

LOST = -1000
"""Stands for the exit status of a process whose warm parent was killed, and it with that."""

NO_TORCH = (
    "The process that imports torch ended, or took too long; what it said stands above. "
    "Is the kit installed in this environment? pip install -e ."
)


class StartError(Exception):
    """A process of ours cannot be started; the message says what to do."""


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
    """The process answered something that it was not asked for."""


class Process:
    """Our end of a process that answers requests.

    Args:
        requests: the stream that the process reads.
        answers: the stream that it writes.
        end: kills the process and all that it started after some seconds of grace, and returns
            its exit status; called once, since the process id may be another's then.
        longest: bytes of an answer, at most.
        unread: answers that wait to be read, at most; more stay in the pipe. Any number for 0.
    """

    def __init__(
        self,
        requests: BinaryIO,
        answers: BinaryIO,
        end: Callable[[float], int],
        longest: int = LONGEST_ANSWER,
        unread: int = 0,
    ) -> None:
        self._requests, self._answers, self._end = requests, answers, end
        self._longest, self._ended = longest, False
        self._lock = threading.Lock()
        self._status: int | None = None
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._room = threading.Semaphore(unread or sys.maxsize)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        # A thread, since a pipe cannot be waited for with a limit on every system.
        with self._answers, contextlib.suppress(OSError):
            while not self._ended and (line := self._answers.readline(self._longest)):
                self._room.acquire()
                self._lines.put(line)
        self._lines.put(b"")

    def request(self, message: Any) -> None:
        """Sends a request, whose answer `answer` waits for. Answers come in order.

        Args:
            message: plain data.

        Raises:
            Ended: the process is gone.
        """
        try:
            send(self._requests, message)
        except (OSError, ValueError):  # a closed stream is a ValueError: another thread ended it
            raise Ended(self.end(GRACE)) from None

    def answer(self, limit: float) -> dict[str, Any]:
        """Waits for the next answer.

        Args:
            limit: seconds, at most.

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
        self._room.release()
        if not line:
            raise Ended(self.end(GRACE))
        try:
            return _parsed(line)
        except Garbled:
            self.end()
            raise

    def end(self, grace: float = 0) -> int:
        """Kills the process and what it started; returns its exit status.

        Args:
            grace: seconds for an end of its own.
        """
        try:
            with self._lock:
                if self._status is None:
                    self._status = self._end(grace)
                return self._status
        finally:
            self._ended = True
            self._room.release()  # so that the listener can end
            with contextlib.suppress(queue.Empty):
                while True:
                    self._lines.get_nowait()
            self._lines.put(b"")  # whoever waits for an answer waits in vain
            with contextlib.suppress(OSError):
                self._requests.close()


def end_tree(popen: subprocess.Popen[Any], grace: float) -> int:
    """Kills a process and all that it started; returns its exit status.

    Args:
        popen: the process, which leads a group of its own.
        grace: seconds for an end of its own.
    """
    with contextlib.suppress(subprocess.TimeoutExpired):
        popen.wait(grace)
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(popen.pid)], capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(popen.pid, signal.SIGKILL)
    return popen.wait()


def _parsed(line: bytes) -> dict[str, Any]:
    """The JSON object of a line.

    Raises:
        Garbled: it is none, or was cut off.
    """
    if not line.endswith(b"\n"):
        raise Garbled("an answer was cut off, or too long")
    try:
        message = json.loads(line.decode())  # of bytes it would take UTF-16, and half characters
        if b"\\ud" in line.lower():  # half a character could not be printed, nor stored
            message = json.loads(json.dumps(message, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError) as error:
        raise Garbled(f"an answer is no JSON: {error}") from error
    if not isinstance(message, dict):
        raise Garbled("an answer is no JSON object")
    return message
