"""A warm parent in a jail that is replaced when it is gone, and the processes that it forks."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from crystalball.jail.setup import JailSetup
from crystalball.processes.inside.warm_parent import ForkOrder
from crystalball.processes.process import LOST, StartError
from crystalball.processes.programs import ENVIRONMENT, WARM_PARENT, python
from crystalball.processes.warm_parent import Forked, WarmParent

NO_JAIL = "The jail's warm parent ended, or took too long; what it said stands above. Is there memory left?"

STOPPED = "The jail was told to stop."


class JailError(StartError):
    """The jail cannot be started; the message says what to do."""


class Forker:
    """One warm parent, replaced when it is gone.

    Args:
        setup: of the jail that it stands in; `None` for none.
        plan: its first message: how it locks its children in.
    """

    def __init__(self, setup: JailSetup | None, plan: bytes = b"") -> None:
        self._setup, self._plan = setup, plan
        self._lock, self._stopped = threading.Lock(), False
        self._parent = self._start()

    def _start(self) -> WarmParent:
        if self._setup is None:
            return WarmParent(python(WARM_PARENT, ["training"]), os.environ | ENVIRONMENT)
        command = self._setup.command("serve", self._setup.new_place())
        parent = WarmParent(command, self._setup.environment)
        parent.tell(self._plan)
        return parent

    def fork(self, order: ForkOrder) -> Forked:
        """Forks a process; a warm parent that is gone is replaced, once.

        Args:
            order: says what it is for.

        Raises:
            JailError: there is no warm parent, nor could a new one be started.
        """
        try:
            return self._parent.fork(order)
        except StartError:
            self._restart()
        try:
            return self._parent.fork(order)
        except StartError:
            raise JailError(NO_JAIL) from None

    def _restart(self) -> None:
        with self._lock:
            self._parent.kill()
            if self._stopped:
                raise JailError(STOPPED)
            self._parent = self._start()

    def stop(self) -> None:
        """Ends all that was forked, for another thread than the one that uses it; no more is forked."""
        with self._lock:
            self._stopped = True
            self._parent.close()

    def close(self) -> None:
        """Ends the warm parent, and with it all that it forked."""
        self._parent.close()


def ending(forked: Forked) -> Callable[[float], int]:
    """What ends a process; one whose warm parent is gone is gone too, and `LOST`.

    Args:
        forked: the process.
    """

    def end(grace: float) -> int:
        try:
            return forked.end(grace)
        except StartError:
            return LOST

    return end
