"""The workshop: starts the processes that torch lives in, and ends them."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol, cast

from crystalball.curriculum import curriculum
from crystalball.worker.protocol import Process
from crystalball.worker.warm import MESSAGE

WORKER = "crystalball.worker.child"
ORACLE = "crystalball.oracle"

NO_TORCH = (
    "The process that imports torch ended, or took too long; what it said stands above. "
    "Is the kit installed in this environment? pip install -e ."
)

ZONE = "<+0545>-05:45"
"""The time zone of every worker: nobody's UTC, so that UTC taken for local time always shows."""

ZONE_SECONDS = (5 * 60 + 45) * 60
"""Seconds by which the workers' local time is ahead of UTC."""


class WorkshopError(Exception):
    """Torch's processes cannot be started; the message says what to do."""


class Workshop(Protocol):
    """Starts processes that answer requests; `close` ends all of them.

    Attributes:
        forks: a new process takes milliseconds, not seconds.
    """

    forks: bool

    def process(self, role: str) -> Process:
        """A new process in a role: `WORKER` or `ORACLE`."""

    def close(self) -> None:
        """Ends every process."""


def workshop(*, training: bool) -> Workshop:
    """The workshop for this system, already warming up in the background.

    Args:
        training: whether some check trains a model, so that the imports of training pay.
    """
    mode = os.environ.get("CRYSTALBALL_WORKER", "fork" if sys.platform == "linux" else "standby")
    made: Workshop = WarmParent(training) if mode == "fork" else Standby(training)
    atexit.register(made.close)
    return made


def _environment() -> dict[str, str]:
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return os.environ | single | {"TZ": ZONE, "PYTHONHASHSEED": "0"}


class WarmParent:
    """Forks each process from one parent that has torch imported."""

    forks = True

    def __init__(self, training: bool) -> None:
        self._lock = threading.Lock()  # an order and its answer belong together
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(curriculum().seconds_to_warm)
        with theirs:
            self._parent = subprocess.Popen(
                [sys.executable, "-P", "-m", "crystalball.worker.warm", *["training"] * training],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )

    def _order(self, order: dict[str, object], descriptors: list[int]) -> int:
        try:
            with self._lock:
                socket.send_fds(self._control, [json.dumps(order).encode()], descriptors)
                answer = self._control.recv(MESSAGE)
        except OSError:
            answer = b""
        if not answer:
            raise WorkshopError(NO_TORCH)
        number: int = json.loads(answer)
        return number

    def process(self, role: str) -> Process:
        """Forks a process; waits for the imports of the parent when it is the first."""
        their_requests, requests = os.pipe()
        answers, their_answers = os.pipe()
        try:
            pid = self._order({"fork": role}, [their_requests, their_answers])
        finally:
            os.close(their_requests)
            os.close(their_answers)
        return Process(os.fdopen(requests, "wb"), os.fdopen(answers, "rb"), _once(self._end(pid)))

    def _end(self, pid: int) -> Callable[[float], int]:
        return lambda grace: self._order({"end": pid, "grace": grace}, [])

    def close(self) -> None:
        """Ends the parent, which ends its children."""
        self._control.close()
        self._parent.wait()


class Standby:
    """Keeps one warm process ahead: it is used once, and the next is started meanwhile."""

    forks = False

    def __init__(self, training: bool) -> None:
        self._training = training
        self._all: list[subprocess.Popen[bytes]] = []
        self._ready = {role: self._start(role) for role in ((WORKER, ORACLE) if training else (WORKER,))}

    def _start(self, role: str) -> subprocess.Popen[bytes]:
        popen = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "crystalball.worker.standby",
                role,
                *["training"] * self._training,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,
        )
        self._all.append(popen)
        return popen

    def process(self, role: str) -> Process:
        """Takes the standby process of the role, and starts the next worker."""
        popen = self._ready.pop(role, None) or self._start(role)
        if role == WORKER:
            self._ready[role] = self._start(role)
        requests, answers = cast(BinaryIO, popen.stdin), cast(BinaryIO, popen.stdout)
        return Process(requests, answers, _once(lambda grace: end_tree(popen, grace)))

    def close(self) -> None:
        """Ends every process that was started."""
        for popen in self._all:
            end_tree(popen, 0)


def _once(end: Callable[[float], int]) -> Callable[[float], int]:
    """The function, called at most once: a process ends once, and its id may be another's then."""
    lock = threading.Lock()
    statuses: list[int] = []

    def call(grace: float) -> int:
        with lock:
            if not statuses:
                statuses.append(end(grace))
            return statuses[0]

    return call


def end_tree(popen: subprocess.Popen[Any], grace: float) -> int:
    """Kills a process and all that it started, after `grace` seconds; returns its exit status."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        popen.wait(grace)
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(popen.pid)], capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(popen.pid, signal.SIGKILL)
    return popen.wait()
