"""A slot: where answers of strangers run, one at a time.

    level = find_level()                     # tries out what this machine offers
    slot = Slot(level, hidden=[root])        # one a core; warms up in the background
    judge = Judge(curriculum(), lambda order: slot.worker(order, beside), oracle, seed)
    verdict = judge.judge(exercise, spec, path)                         # as for a learner
    slot.close()

Slots may be used from different threads, a slot from one at a time. A slot has no oracle: its process
is started by another starter, one for all slots.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from crystalball.jail import bubblewrap
from crystalball.jail.files import JailedFiles
from crystalball.jail.inside.jailed import ALONE, NETWORK
from crystalball.jail.inside.limits import Limits
from crystalball.jail.levels import JailLevel
from crystalball.processes.inside.warm_parent import ForkOrder
from crystalball.processes.process import Process, StartError
from crystalball.processes.programs import ENVIRONMENT, WARM_PARENT, Role, python
from crystalball.processes.warm_parent import Forked, WarmParent
from crystalball.processes.worker import WorkerOrder, WorkerProcess

LONGEST_STRANGERS_ANSWER, UNREAD = 1024 * 1024, 8
"""Bytes of a stranger's answer, and answers that wait to be read, at most."""

NO_JAIL = "The jail's warm parent ended, or took too long; what it said stands above. Is there memory left?"

STOPPED = "The jail was told to stop."


class JailError(StartError):
    """The jail cannot be started; the message says what to do."""


class JailedWorker(WorkerProcess):
    """A worker in a jail, with the descriptors that its warm parent handed out.

    Args:
        process: our end of it.
        files: its files.
        root: descriptor of its file system.
        pidfd: descriptor of its process.
    """

    def __init__(self, process: Process, files: JailedFiles, root: int, pidfd: int) -> None:
        super().__init__(process, files)
        self._root, self._pidfd = root, pidfd
        self._threads = self._count_threads()

    def more_threads(self) -> int:
        """By how many its threads have grown, seen from outside."""
        return self._count_threads() - self._threads

    def _count_threads(self) -> int:
        try:
            facts = Path(f"/proc/self/fdinfo/{self._pidfd}").read_text()
            (pid,) = (line.split()[1] for line in facts.splitlines() if line.startswith("Pid:"))
            return len(os.listdir(f"/proc/{pid}/task"))
        except (OSError, ValueError):  # it has ended, or there is no /proc here
            return 0

    def close(self) -> None:
        """Lets its file system go."""
        os.close(self._root)
        os.close(self._pidfd)


class Slot:
    """One warm parent in a jail, and the workers that it forks, one after the other.

    Args:
        level: how much of a jail; `JailLevel.NONE` is none at all.
        hidden: folders of ours that must not be seen, whatever they lie in: the kit's root, the
            submissions, the journal.
        limits: of each worker.
    """

    def __init__(self, level: JailLevel, hidden: Iterable[Path] = (), limits: Limits | None = None) -> None:
        self._setup = None if level == JailLevel.NONE else level.setup(hidden, limits)
        self._parent = self._start()
        self._workers: list[WorkerProcess] = []
        self._place = bubblewrap.CASES
        self._lock, self._stopped = threading.Lock(), False

    def _start(self) -> WarmParent:
        if self._setup is None:
            return WarmParent(python(WARM_PARENT, ["training"]), os.environ | ENVIRONMENT)
        command = self._setup.command("serve", self._setup.new_place())
        parent = WarmParent(command, self._setup.environment)
        parent.tell(self._setup.plan)
        return parent

    def worker(
        self,
        worker_order: WorkerOrder = WorkerOrder(),  # noqa: B008  # frozen: no call can change it
        beside: Path | None = None,
    ) -> WorkerProcess:
        """Forks a worker. It ends those before it, unless it shares their files.

        Args:
            worker_order: what for. One with a network talks over the loopback of an empty network.
            beside: a folder above the answer, whose other modules may be imported.

        Raises:
            JailError: there is no warm parent, nor could a new one be started.
        """
        shared = worker_order.shares_files_with is not None
        if not shared:
            self._end_workers()
            self._place = self._setup.new_place() if self._setup else self._place
        seccomp_filter = NETWORK if worker_order.network else ALONE
        forked = self._fork(ForkOrder(Role.WORKER, str(self._place), shared, seccomp_filter))
        end = _ending(forked)
        process = Process(forked.requests, forked.answers, end, LONGEST_STRANGERS_ANSWER, UNREAD)
        worker = WorkerProcess(process)
        if forked.descriptors:
            assert self._setup is not None
            root, pidfd = forked.descriptors
            self._setup.watch(root, pidfd)
            files = JailedFiles(self._place, root, beside, shared=shared)
            worker = JailedWorker(process, files, root, pidfd)
        self._workers.append(worker)
        return worker

    def _fork(self, order: ForkOrder) -> Forked:
        """Forks; a warm parent that is gone is replaced, once."""
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
        """Ends all that it runs, for another thread than the one that uses it, which is given no more."""
        with self._lock:
            self._stopped = True
            self._parent.close()

    def _end_workers(self) -> None:
        for worker in self._workers:
            worker.end()
            worker.close()
        self._workers.clear()
        if self._setup:
            self._setup.clear(self._place)

    def close(self) -> None:
        """Ends the workers and the warm parent, and removes what was made for them."""
        self._end_workers()
        self._parent.close()
        if self._setup:
            self._setup.close()


def _ending(forked: Forked) -> Callable[[float], int]:
    """What ends a worker; one whose warm parent is gone is gone too."""

    def end(grace: float) -> int:
        try:
            return forked.end(grace)
        except StartError:
            return -signal.SIGKILL

    return end
