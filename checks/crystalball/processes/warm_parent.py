"""Our end of a warm parent, the process that forks workers."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import msgspec

from crystalball.curriculum.manifest import curriculum
from crystalball.processes.inside.warm_parent import LONGEST_ORDER, EndOrder, ForkOrder
from crystalball.processes.process import NO_TORCH, StartError


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


class WarmParent:
    """Our end of a warm parent.

    Args:
        command: starts it.
        environment: of the command.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._lock = threading.Lock()  # an order and its answer belong together
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(curriculum().seconds_to_warm)
        with theirs:
            self._popen = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        self._pidfd = os.pidfd_open(self._popen.pid)

    def tell(self, message: bytes) -> None:
        """Sends a message that has no answer.

        Args:
            message: what the parent reads before all orders.
        """
        with contextlib.suppress(OSError):  # it ended: the first order will say so
            self._socket.send(message)

    def _order(self, order: ForkOrder | EndOrder, descriptors: Sequence[int] = ()) -> tuple[int, list[int]]:
        try:
            with self._lock:
                socket.send_fds(self._socket, [msgspec.json.encode(order)], descriptors)
                # A jail that was killed may leave orphans behind, who hold the other end of the socket.
                wait = [self._socket.fileno(), self._pidfd]
                ready = select.select(wait, [], [], self._socket.gettimeout())[0]
                if wait[0] not in ready:
                    raise OSError("the warm parent ended, or does not answer")
                answer, carried, _, _ = socket.recv_fds(self._socket, LONGEST_ORDER, 2)
        except OSError:
            answer, carried = b"", []
        if not answer:
            self._hang_up()  # an answer that still came would be taken for that of the next order
            raise StartError(NO_TORCH)
        return msgspec.json.decode(answer, type=int), carried

    def fork(self, order: ForkOrder) -> Forked:
        """Forks a process; waits for the imports of the parent when it is the first.

        Args:
            order: says what the process is for.

        Raises:
            StartError: the warm parent is gone, or does not answer.
        """
        their_requests, requests = os.pipe()
        answers, their_answers = os.pipe()
        try:
            pid, carried = self._order(order, [their_requests, their_answers])
        finally:
            os.close(their_requests)
            os.close(their_answers)

        def end(grace: float) -> int:
            return self._order(EndOrder(pid, grace))[0]

        return Forked(os.fdopen(requests, "wb"), os.fdopen(answers, "rb"), end, carried)

    def close(self) -> None:
        """Ends the parent, which ends its children; an order of another thread fails."""
        self._hang_up()  # wakes a thread that waits on the socket, as to close it does not
        self._popen.wait()
        with self._lock:
            if self._socket.fileno() >= 0:
                os.close(self._pidfd)
            self._socket.close()

    def _hang_up(self) -> None:
        """Gives the parent no more orders; it ends its children then, and itself."""
        with contextlib.suppress(OSError):  # closed before
            self._socket.shutdown(socket.SHUT_RDWR)

    def kill(self) -> None:
        """Ends a parent that does not answer, and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self.close()
