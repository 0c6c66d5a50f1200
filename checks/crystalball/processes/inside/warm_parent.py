"""The warm parent: imports torch once, then forks a process in 2 ms whenever it is told.

It never runs a learner's code itself. Standard input is its control socket; when that ends, so
do the parent and all its children. Only systems that can fork safely (Linux) use it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
import time
from array import array
from collections.abc import Iterable
from typing import Any

from crystalball.processes.inside import child

MESSAGE = 1024
"""Bytes of a control message, at most."""


class Confinement:
    """What a warm parent does around a fork: nothing, where it stands in no jail."""

    def before(self, order: dict[str, Any]) -> None:
        """Makes ready for a child."""

    def inside(self, order: dict[str, Any]) -> None:
        """Locks the child in, in which it is called."""

    def after(self, order: dict[str, Any], pid: int) -> list[int]:
        """Descriptors that the answer to the order carries out."""
        return []


def fork(order: dict[str, Any], descriptors: list[int], control: socket.socket, jail: Confinement) -> int:
    """Forks a child that runs its role's `serve` on two descriptors; returns its process id."""
    jail.before(order)
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()  # so that it and all that it starts are killed as one group
        control.close()
        role = importlib.import_module(order["fork"])
        jail.inside(order)
        role.serve(*descriptors)
    finally:
        os._exit(0)


def end(pid: int, grace: float) -> int:
    """Kills a child and its group; returns its exit code, or minus the signal that ended it.

    Args:
        pid: the child's process id, which is its group's too.
        grace: seconds to wait for an end of its own: the pipes of a process that exits are
            closed a moment before its exit code is known.
    """
    patience = time.monotonic() + grace
    ended, status = os.waitpid(pid, os.WNOHANG)
    while not ended and time.monotonic() < patience:
        time.sleep(0.001)
        ended, status = os.waitpid(pid, os.WNOHANG)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    if not ended:
        os.kill(pid, signal.SIGKILL)  # it may not have come to make its group yet
        status = os.waitpid(pid, 0)[1]
    return os.waitstatus_to_exitcode(status)


def warm_up(*, training: bool, preloaded: Iterable[str] = ()) -> None:
    """Imports what the children need, for training too where it is asked for."""
    child.prepare()
    if training:
        child.prepare_training()
    for module in preloaded:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()


def serve(control: socket.socket, jail: Confinement) -> None:
    """Forks and ends children as it is told, until the control socket ends."""
    children: set[int] = set()
    with contextlib.suppress(ConnectionError):  # who had asked ended before it was answered
        while _obey(control, jail, children):
            pass
    for pid in children:
        end(pid, 0)


def _obey(control: socket.socket, jail: Confinement, children: set[int]) -> bool:
    """Carries out one order; false when there are no more."""
    message, descriptors, _, _ = socket.recv_fds(control, MESSAGE, 2)
    if not message:
        return False
    order = json.loads(message)
    answer, carried = 0, []
    if "fork" in order:
        answer = fork(order, descriptors, control, jail)
        carried = jail.after(order, answer)
        children.add(answer)
    else:
        answer = end(order["end"], order["grace"])
        children.discard(order["end"])
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", carried))] if carried else []
    control.sendmsg([json.dumps(answer).encode()], ancillary)
    for descriptor in (*descriptors, *carried):
        os.close(descriptor)
    return True


def main() -> None:
    """Warms up (`training` as an argument: for training too), then does as it is told."""
    control = socket.socket(fileno=os.dup(0))
    warm_up(training="training" in sys.argv)
    serve(control, Confinement())


if __name__ == "__main__":
    main()
