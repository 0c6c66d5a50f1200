"""The warm parent: imports torch once, then forks a process in 2 ms whenever it is told.

It never runs a learner's code itself. Standard input is its control socket; when that ends, so
do the parent and all its children. Only systems that can fork safely (Linux) use it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import socket
import sys
import time
from array import array
from collections.abc import Iterable

import msgspec

from crystalball.processes.inside.messages import Message
from crystalball.processes.inside.warm_up import import_torch, train_a_step

LONGEST_ORDER = 1024
"""Bytes of an order or its answer, at most."""


class ForkOrder(Message, frozen=True):
    """Orders a child; the answer is its process id.

    Attributes:
        role: the module whose `serve` it runs.
        place: in a jail, the folder where its file system is.
        joins: in a jail, whether it shares the file system that the child before it has there.
        filter: in a jail, the name of its filter of system calls.
    """

    role: str
    place: str = ""
    joins: bool = False
    filter: str = ""


class EndOrder(Message, frozen=True):
    """Orders the end of a child; the answer is its exit status.

    Attributes:
        pid: its process id.
        grace: seconds to wait for an end of its own.
    """

    pid: int
    grace: float


class ForkHooks:
    """What a warm parent does around a fork: nothing, where it stands in no jail."""

    def before(self, order: ForkOrder) -> None:
        """Makes ready for the child that is ordered."""

    def in_child(self, order: ForkOrder) -> None:
        """Locks the child in, in which it is called."""

    def after(self, order: ForkOrder, pid: int) -> list[int]:
        """Descriptors that the answer to the order carries out."""
        return []


def fork(order: ForkOrder, descriptors: list[int], control: socket.socket, hooks: ForkHooks) -> int:
    """Forks a child that runs its role's `serve`; returns its process id.

    Args:
        order: says what it is for.
        descriptors: of its requests, and of its answers.
        control: our control socket, none of the child's business.
        hooks: called around the fork.
    """
    hooks.before(order)
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()  # so that it and all that it starts are killed as one group
        control.close()
        role = importlib.import_module(order.role)
        hooks.in_child(order)
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
    """Imports what the children need.

    Args:
        training: whether they train.
        preloaded: more modules.
    """
    import_torch()
    if training:
        train_a_step()
    preload(preloaded)


def preload(modules: Iterable[str]) -> None:
    """Imports modules for the children, and lets nothing touch what they share.

    Args:
        modules: their names.
    """
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()


def serve(control: socket.socket, hooks: ForkHooks) -> None:
    """Forks and ends children as it is told, until the control socket ends.

    Args:
        control: where the orders come from.
        hooks: called around each fork.
    """
    children: set[int] = set()
    with contextlib.suppress(ConnectionError):  # who had asked ended before it was answered
        while _obey(control, hooks, children):
            pass
    for pid in children:
        end(pid, 0)


def _obey(control: socket.socket, hooks: ForkHooks, children: set[int]) -> bool:
    """Carries out one order; false when there are no more."""
    message, descriptors, _, _ = socket.recv_fds(control, LONGEST_ORDER, 2)
    if not message:
        return False
    order = msgspec.json.decode(message, type=ForkOrder | EndOrder)
    carried: list[int] = []
    match order:
        case ForkOrder():
            answer = fork(order, descriptors, control, hooks)
            carried = hooks.after(order, answer)
            children.add(answer)
        case EndOrder():
            answer = end(order.pid, order.grace)
            children.discard(order.pid)
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", carried))] if carried else []
    control.sendmsg([msgspec.json.encode(answer)], ancillary)
    for descriptor in (*descriptors, *carried):
        os.close(descriptor)
    return True


def main() -> None:
    """Warms up (`training` as an argument: for training too), then does as it is told."""
    control = socket.socket(fileno=os.dup(0))
    warm_up(training="training" in sys.argv)
    serve(control, ForkHooks())


if __name__ == "__main__":
    main()
