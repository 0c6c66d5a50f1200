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
from collections.abc import Iterable
from pathlib import Path

from crystalball.jail import bubblewrap
from crystalball.jail.files import JailedFiles
from crystalball.jail.forker import Forker, ending
from crystalball.jail.inside.jailed import ALONE, NETWORK
from crystalball.jail.inside.limits import Limits
from crystalball.jail.levels import JailLevel
from crystalball.jail.reader import Reader
from crystalball.processes.inside.warm_parent import ForkOrder
from crystalball.processes.process import Process
from crystalball.processes.programs import Role
from crystalball.processes.worker import WorkerOrder, WorkerProcess

LONGEST_STRANGERS_ANSWER, UNREAD = 1024 * 1024, 8
"""Bytes of a stranger's answer, and answers that wait to be read, at most."""


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
    """A jail in which workers run answers, one after the other, and readers read what they left.

    Args:
        level: how much of a jail; `JailLevel.NONE` is none at all.
        hidden: folders of ours that must not be seen, whatever they lie in: the kit's root, the
            submissions, the journal.
        limits: of each worker.
    """

    def __init__(self, level: JailLevel, hidden: Iterable[Path] = (), limits: Limits | None = None) -> None:
        self._setup = None if level == JailLevel.NONE else level.setup(hidden, limits)
        self._forkers = [Forker(self._setup, self._setup.worker_plan if self._setup else b"")]
        if self._setup:
            self._forkers.append(Forker(self._setup, self._setup.reader_plan))
        self._workers: list[WorkerProcess] = []
        self._reader: Reader | None = None
        self._place = bubblewrap.CASES

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
            if self._setup:
                self._place = self._setup.new_place()
                self._reader = Reader(self._forkers[1], self._setup)
        seccomp_filter = NETWORK if worker_order.network else ALONE
        forked = self._forkers[0].fork(ForkOrder(Role.WORKER, str(self._place), shared, seccomp_filter))
        process = Process(forked.requests, forked.answers, ending(forked), LONGEST_STRANGERS_ANSWER, UNREAD)
        worker = WorkerProcess(process)
        if forked.descriptors:
            assert self._setup is not None
            assert self._reader is not None
            root, pidfd = forked.descriptors
            self._setup.watch(root, pidfd)
            files = JailedFiles(self._place, root, beside, shared=shared, reader=self._reader)
            worker = JailedWorker(process, files, root, pidfd)
        self._workers.append(worker)
        return worker

    def stop(self) -> None:
        """Ends all that it runs, for another thread than the one that uses it, which is given no more."""
        for forker in self._forkers:
            forker.stop()

    def _end_workers(self) -> None:
        for worker in self._workers:
            worker.end()
            worker.close()
        self._workers.clear()
        if self._reader:
            self._reader.end()
        if self._setup:
            self._setup.clear(self._place)

    def close(self) -> None:
        """Ends the workers and the warm parent, and removes what was made for them."""
        self._end_workers()
        for forker in self._forkers:
            forker.close()
        if self._setup:
            self._setup.close()
