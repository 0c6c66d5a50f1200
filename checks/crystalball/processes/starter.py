"""Starts the processes that torch lives in: by forks where the system can, else ahead of time."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from typing import BinaryIO, Protocol, cast

from crystalball.processes.inside.warm_parent import ForkOrder
from crystalball.processes.process import Process, end_tree
from crystalball.processes.programs import ENVIRONMENT, STANDBY, WARM_PARENT, Role, python
from crystalball.processes.warm_parent import WarmParent


class Starter(Protocol):
    """Starts processes that answer requests.

    Attributes:
        forks: a new process takes milliseconds, not seconds.
    """

    forks: bool

    def process(self, role: Role) -> Process:
        """Starts a process.

        Args:
            role: what it is for.

        Raises:
            StartError: there is no torch.
        """

    def close(self) -> None:
        """Ends every process that was started."""


def open_starter(*, training: bool) -> Starter:
    """The starter for this system, already warming up in the background; it is closed at exit.

    Args:
        training: whether some check trains a model, so that the imports of training pay.
    """
    mode = os.environ.get("CRYSTALBALL_WORKER", "fork" if sys.platform == "linux" else "standby")
    opened: Starter = ForkStarter(training) if mode == "fork" else StandbyStarter(training)
    atexit.register(opened.close)
    return opened


class ForkStarter:
    """Forks each process from one warm parent, which has torch imported.

    Args:
        training: see `open_starter`.
    """

    forks = True

    def __init__(self, training: bool) -> None:
        command = python(WARM_PARENT, ["training"] * training)
        self._parent = WarmParent(command, os.environ | ENVIRONMENT)

    def process(self, role: Role) -> Process:
        """Forks a process; waits for the imports of the parent when it is the first. See `Starter`."""
        forked = self._parent.fork(ForkOrder(role))
        return Process(forked.requests, forked.answers, forked.end)

    def close(self) -> None:
        """Ends the parent, which ends its children."""
        self._parent.close()


class StandbyStarter:
    """Keeps one warm process ahead: it is used once, and the next is started meanwhile.

    Args:
        training: see `open_starter`.
    """

    forks = False

    def __init__(self, training: bool) -> None:
        self._training = training
        self._all: list[subprocess.Popen[bytes]] = []
        self._ahead = {role: self._start(role) for role in (Role if training else (Role.WORKER,))}

    def _start(self, role: Role) -> subprocess.Popen[bytes]:
        popen = subprocess.Popen(
            python(STANDBY, [role, *["training"] * self._training]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | ENVIRONMENT,
            start_new_session=True,
        )
        self._all.append(popen)
        return popen

    def process(self, role: Role) -> Process:
        """Takes the process of the role that is ahead, and starts the next worker. See `Starter`."""
        popen = self._ahead.pop(role, None) or self._start(role)
        if role == Role.WORKER:
            self._ahead[role] = self._start(role)
        requests, answers = cast(BinaryIO, popen.stdin), cast(BinaryIO, popen.stdout)
        return Process(requests, answers, lambda grace: end_tree(popen, grace))

    def close(self) -> None:
        """Ends every process that was started."""
        for popen in self._all:
            end_tree(popen, 0)
