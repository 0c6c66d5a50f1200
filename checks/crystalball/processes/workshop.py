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
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol, cast

from crystalball.curriculum.manifest import curriculum
from crystalball.processes.inside.warm_parent import MESSAGE
from crystalball.processes.process import Process

WORKER = "crystalball.processes.inside.child"
ORACLE = "crystalball.oracle.loop"

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


TORCH_ENVIRONMENT = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1") | {
    "TZ": ZONE,
    "PYTHONHASHSEED": "0",
}
"""What the environment of every process of torch's has."""


@dataclass(frozen=True)
class Forked:
    """A process that a warm parent forked.

    Attributes:
        requests: the stream that it reads.
        answers: the stream that it writes.
        end: see `Process`.
        descriptors: what the warm parent handed out with it.
    """

    requests: BinaryIO
    answers: BinaryIO
    end: Callable[[float], int]
    descriptors: list[int]


class Control:
    """Our end of a warm parent.

    Args:
        command: starts it.
        environment: of the command.
    """

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._lock = threading.Lock()  # an order and its answer belong together
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(curriculum().seconds_to_warm)
        with theirs:
            self._parent = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._parent.poll() is None

    def tell(self, text: str) -> None:
        """Sends a message that has no answer."""
        with contextlib.suppress(OSError):  # it ended: the first order will say so
            self._socket.send(text.encode())

    def _order(self, order: dict[str, object], descriptors: list[int]) -> tuple[int, list[int]]:
        try:
            with self._lock:
                socket.send_fds(self._socket, [json.dumps(order).encode()], descriptors)
                answer, carried, _, _ = socket.recv_fds(self._socket, MESSAGE, 2)
        except OSError:
            answer, carried = b"", []
        if not answer:
            raise WorkshopError(NO_TORCH)
        number: int = json.loads(answer)
        return number, carried

    def fork(self, order: dict[str, object]) -> Forked:
        """Forks a process; waits for the imports of the parent when it is the first.

        Raises:
            WorkshopError: the warm parent is gone, or does not answer.
        """
        their_requests, requests = os.pipe()
        answers, their_answers = os.pipe()
        try:
            pid, carried = self._order(order, [their_requests, their_answers])
        finally:
            os.close(their_requests)
            os.close(their_answers)
        end = _once(lambda grace: self._order({"end": pid, "grace": grace}, [])[0])
        return Forked(os.fdopen(requests, "wb"), os.fdopen(answers, "rb"), end, carried)

    def close(self) -> None:
        """Ends the parent, which ends its children; an order of another thread fails."""
        with contextlib.suppress(OSError):  # closed before
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits on it, as `close` does not
        self._parent.wait()
        with self._lock:
            self._socket.close()

    def kill(self) -> None:
        """Ends a parent that does not answer, and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._parent.pid, signal.SIGKILL)
        self.close()


class WarmParent:
    """Forks each process from one parent that has torch imported."""

    forks = True

    def __init__(self, training: bool) -> None:
        words = ["-P", "-m", "crystalball.processes.inside.warm_parent", *["training"] * training]
        self._control = Control([sys.executable, *words], os.environ | TORCH_ENVIRONMENT)

    def process(self, role: str) -> Process:
        """Forks a process; waits for the imports of the parent when it is the first."""
        forked = self._control.fork({"fork": role})
        return Process(forked.requests, forked.answers, forked.end)

    def close(self) -> None:
        """Ends the parent, which ends its children."""
        self._control.close()


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
                "crystalball.processes.inside.standby",
                role,
                *["training"] * self._training,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | TORCH_ENVIRONMENT,
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
