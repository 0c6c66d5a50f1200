"""The jail: where the code of strangers runs, one warm parent a slot.

What a batch calls, in this order (every name below is importable from this module):

    step = find_level()                  # about 0.1 s; tries out what this machine offers
    step.sentence                       # one sentence for the instructor
    step is JailLevel.NONE                   # refuse the batch, unless told `--no-sandbox`
    slot = Slot(step, hidden=[root, out, submissions])      # one a core; warms up in the background
    judge = Judge(curriculum(), lambda post: slot.worker(post, beside), oracle, seed)
    verdict = judge.judge(exercise, spec, path)             # as for a learner
    slot.close()

`Slot.worker(post, beside=None)` forks a worker for one answer: a `judge.Worker` in a fresh, empty,
bounded file system (that of `post.mate`, where the judge names one). `beside` is a folder above the
answer whose other `*.py` files it may import (the submission's own folder; never one that holds
another student's files); without it the worker sees the answer's file alone. The one before it in
the slot is ended, so a slot judges one answer at a time; slots may be used from different threads,
a slot from one at a time.

A slot has no oracle: that comes from a workshop of its own, `workshop(training=True).process(ORACLE)`,
one for all slots. A warm parent that died is replaced when the next worker is asked for.

A verdict of a jailed worker may have the statuses `Status.FORBIDDEN` (it tried what the jail
forbids) and `Status.FLOODED` (it wrote more than is read), and `verdict.flags`: sentences for the
instructor about what was seen from outside and contradicts the worker's report; not scored.

`JailError` (its text says what to do) is raised when a warm parent cannot be started.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from enum import StrEnum
from functools import cache
from pathlib import Path

from crystalball.jail import bubblewrap
from crystalball.jail.collect import SAFELY, Copy, Watch, read_at_most
from crystalball.jail.inside import landlock, seccomp
from crystalball.jail.inside.jailed import ALONE, NETWORK, Plan
from crystalball.jail.inside.limits import Limits
from crystalball.processes.process import Process
from crystalball.processes.worker import WorkerOrder, WorkerProcess
from crystalball.processes.worker_files import Flooded, WorkerFiles
from crystalball.processes.workshop import TORCH_ENVIRONMENT, WORKER, Control, Forked, WorkshopError

LONGEST_ANSWER, UNREAD = 1024 * 1024, 8
"""Bytes of a stranger's answer, and answers that wait to be read, at most."""


NO_JAIL = "The jail's warm parent ended, or took too long; what it said stands above. Is there memory left?"

STOPPED = "The jail was told to stop."

ANSWER = Path("answer")
"""Name of the folder with the answer in a worker's file system."""


class JailError(WorkshopError):
    """The jail cannot be started; the message says what to do."""


class JailLevel(StrEnum):
    """How much this machine offers, from all to nothing."""

    FULL = "bubblewrap, Landlock and seccomp"
    NO_LANDLOCK = "bubblewrap and seccomp"
    CHILD = "Landlock and seccomp"
    NONE = "no sandbox"

    @property
    def sentence(self) -> str:
        """What that means, for the instructor."""
        return SENTENCES[self]


SENTENCES = {
    JailLevel.FULL: "Submissions run in a jail of bubblewrap, Landlock and seccomp.",
    JailLevel.NO_LANDLOCK: (
        "Submissions run in a jail of bubblewrap and seccomp; this kernel has no Landlock."
    ),
    JailLevel.CHILD: (
        "Submissions run under Landlock and seccomp, in the same file system as yours: bubblewrap cannot "
        "be used here (is it installed, are user namespaces allowed?). Exercises that need a network are "
        "not judged."
    ),
    JailLevel.NONE: (
        "Nothing here keeps a submission from reading and deleting your files. On Linux, install the "
        'extra with pip install "crystalball[grade]", and bubblewrap by apt or dnf; elsewhere, use a Linux '
        "container or machine."
    ),
}


@cache
def find_level() -> JailLevel:
    """Tries out, from the best to the worst, what this machine offers; about 0.1 s."""
    if sys.platform != "linux" or not seccomp.available():
        return JailLevel.NONE
    known = landlock.version() > 0
    steps = [JailLevel.FULL, JailLevel.CHILD] if known else [JailLevel.NO_LANDLOCK]
    return next((step for step in steps if _works(step)), JailLevel.NONE)


def _works(step: JailLevel) -> bool:
    with JailSetup(step, (), Limits()) as setup, contextlib.suppress(OSError):
        place = setup.new_place()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            ours.send(setup.plan.to_json().encode())
            done = subprocess.run(
                setup.command("try", place),
                stdin=theirs.fileno(),
                capture_output=True,
                env=setup.environment,
                timeout=60,
                check=False,
            )
            return done.returncode == 0
    return False


class JailSetup:
    """All that a slot's warm parent is started with.

    Args:
        step: how it is locked in.
        hidden: folders of ours that must not be seen, whatever they lie in.
        limits: of each worker.
    """

    def __init__(self, step: JailLevel, hidden: Iterable[Path], limits: Limits) -> None:
        self._bwrap = step in (JailLevel.FULL, JailLevel.NO_LANDLOCK)
        self._scratch = Path(tempfile.mkdtemp(prefix="crystalball-slot-")).resolve()
        self._modules = self._scratch / "kit"
        bubblewrap.copy_modules(self._modules)
        self._kit = bubblewrap.KIT if self._bwrap else self._modules
        self._shown = bubblewrap.environment_paths(hidden)
        self._count, self._limits = 0, limits
        filters = {ALONE: seccomp.build(network=False, shared_files=not self._bwrap)}
        if self._bwrap:  # without it the network would not be empty
            filters[NETWORK] = seccomp.build(network=True, shared_files=False)
        self.plan = Plan(
            readable=tuple(map(str, [*self._shown, self._kit])),
            filters={name: program.hex() for name, program in filters.items()},
            limits=asdict(limits),
            mounts=self._bwrap,
            landlock=step != JailLevel.NO_LANDLOCK,
        )

    def __enter__(self) -> JailSetup:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def new_place(self) -> Path:
        """Where the next worker works, in its own view."""
        if self._bwrap:
            return bubblewrap.CASES
        self._count += 1
        place = self._scratch / f"worker-{self._count}"
        place.mkdir()
        return place

    def command(self, *arguments: object) -> list[str]:
        """The command that starts the warm parent, or tries to."""
        words = ["-P", "-m", "crystalball.jail.inside.jailed", *map(str, arguments)]
        if not self._bwrap:
            return [sys.executable, *words]
        return bubblewrap.command(shutil.which("bwrap") or "bwrap", self._shown, self._modules, words)

    @property
    def environment(self) -> dict[str, str]:
        """The environment: nothing of ours but what the processor's libraries are told."""
        kept = ("OPENBLAS_", "MKL_", "LD_LIBRARY_PATH")
        ours = {name: value for name, value in os.environ.items() if name.startswith(kept)}
        names = dict.fromkeys(("USER", "LOGNAME"), "learner")
        # Without a home, Python does not find the packages that are installed for one user.
        places = os.pathsep.join(map(str, [self._kit, *bubblewrap.package_folders()]))
        path = {"PATH": "", "PYTHONPATH": places, "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
        return ours | TORCH_ENVIRONMENT | names | path

    def clear(self, place: Path) -> None:
        """Removes what a worker left; what is mounted inside the jail is gone with the next mount."""
        if not self._bwrap:
            # Not `shutil.rmtree`, whose stack a stranger's folders can overflow.
            subprocess.run(["rm", "-rf", "--", place], capture_output=True, check=False)

    def watch(self, root: int, process: int) -> None:
        """Watches the disk for a worker that has none of its own."""
        if not self._bwrap:
            Watch(root, process, self._limits).start()

    def close(self) -> None:
        """Removes what was made."""
        shutil.rmtree(self._scratch, ignore_errors=True)


class JailedFiles(WorkerFiles):
    """The files of a worker in a jail, through a descriptor that its warm parent handed out.

    Args:
        place: where the worker's file system is, in its own view.
        root: descriptor of that.
        beside: a folder above the answer; its other modules may be imported.
        shared: it is another worker's too, who has been brought the answer.
    """

    def __init__(self, place: Path, root: int, beside: Path | None, *, shared: bool) -> None:
        self._place, self._root = place, root
        self._beside, self._shared = beside, shared

    def bring(self, file: Path) -> str:
        """Writes the answer, and the modules beside it, into the worker's file system.

        Nobody's code has run there: nothing in the way can be a link that leads out.
        """
        above = self._beside or file.parent
        modules = sorted(above.rglob("*.py")) if self._beside else []
        wanted = dict.fromkeys([file, *(m for m in modules if m.is_file() and not m.is_symlink())])
        with _ours("the files of the submission do not fit in"):
            for path in () if self._shared else wanted:
                self._write(ANSWER / path.relative_to(above), path.read_bytes())
        return str(self._place / ANSWER / file.relative_to(above))

    def _write(self, name: Path, content: bytes) -> None:
        for folder in reversed(name.parents[:-1]):
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder, dir_fd=self._root)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with open(os.open(name, flags, 0o600, dir_fd=self._root), "wb") as stream:
            stream.write(content)

    def there(self, path: Path) -> str:
        """The worker's path of a file or folder of ours in the scratch folder of its cases."""
        return str(self._place / path.name)

    def enter(self, folder: Path) -> str:
        """Makes a new folder, ours and the worker's; returns its path there."""
        with _ours("no folder for the next case can be made"):
            os.mkdir(folder.name, dir_fd=self._root)
        return super().enter(folder)

    def fetch(self, folder: Path) -> None:
        """Copies the event files out of the worker's folder into ours."""
        shutil.rmtree(folder)
        folder.mkdir()
        with self._descriptor(folder.name, os.O_DIRECTORY) as source:
            if source is not None:
                Copy().folder(source, folder)

    def tail(self, file: Path, size: int) -> bytes:
        """The end of a file that the worker wrote; empty when there is none."""
        with self._descriptor(file.name) as source:
            if source is None:
                return b""
            os.lseek(source, max(0, os.fstat(source).st_size - size), os.SEEK_SET)
            return read_at_most(source, size)

    @contextlib.contextmanager
    def _descriptor(self, name: str, flags: int = 0) -> Iterator[int | None]:
        """A regular file or folder of the worker's; `None` when it is none (any more)."""
        try:
            descriptor = os.open(name, SAFELY | flags, dir_fd=self._root)
        except OSError:
            yield None
            return
        try:
            regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            yield descriptor if regular or flags & os.O_DIRECTORY else None
        finally:
            os.close(descriptor)


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


@contextlib.contextmanager
def _ours(what: str) -> Iterator[None]:
    """What we write into a worker's file system fails when its code has filled it, or stands in the way."""
    try:
        yield
    except OSError as error:
        raise Flooded(f"{what}: {error.strerror}") from error


class Slot:
    """One warm parent in a jail, and the workers that it forks, one after the other.

    Args:
        step: how much of a jail; `JailLevel.NONE` is none at all.
        hidden: folders of ours that must not be seen, whatever they lie in: the kit's root, the
            submissions, the journal.
        limits: of each worker.
    """

    def __init__(self, step: JailLevel, hidden: Iterable[Path] = (), limits: Limits | None = None) -> None:
        self._setup = None if step == JailLevel.NONE else JailSetup(step, hidden, limits or Limits())
        self._control = self._start()
        self._workers: list[WorkerProcess] = []
        self._place = bubblewrap.CASES
        self._lock, self._stopped = threading.Lock(), False

    def _start(self) -> Control:
        if self._setup is None:
            command = [sys.executable, "-P", "-m", "crystalball.processes.inside.warm_parent", "training"]
            return Control(command, os.environ | TORCH_ENVIRONMENT)
        command = self._setup.command("serve", self._setup.new_place())
        control = Control(command, self._setup.environment)
        control.tell(self._setup.plan.to_json())
        return control

    def worker(
        self,
        worker_order: WorkerOrder = WorkerOrder(),  # noqa: B008  # frozen: no call can change it
        beside: Path | None = None,
    ) -> WorkerProcess:
        """Forks a worker. It ends those before it, unless it is their mate.

        Args:
            worker_order: what for. One with a network talks over the loopback of an empty network.
            beside: a folder above the answer, whose other modules may be imported.

        Raises:
            JailError: there is no warm parent, nor could a new one be started.
        """
        shared = worker_order.mate is not None
        if not shared:
            self._end_workers()
            self._place = self._setup.new_place() if self._setup else self._place
        order = {"fork": WORKER, "place": str(self._place), "joins": shared}
        forked = self._fork(order | {"filter": NETWORK if worker_order.network else ALONE})
        end = self._ending(forked)
        process = Process(forked.requests, forked.answers, end, LONGEST_ANSWER, UNREAD)
        worker = WorkerProcess(process)
        if forked.descriptors:
            assert self._setup is not None
            root, pidfd = forked.descriptors
            self._setup.watch(root, pidfd)
            files = JailedFiles(self._place, root, beside, shared=shared)
            worker = JailedWorker(process, files, root, pidfd)
        self._workers.append(worker)
        return worker

    def _fork(self, order: dict[str, object]) -> Forked:
        """Forks; a warm parent that is gone is replaced, once."""
        try:
            return self._control.fork(order)
        except WorkshopError:
            self._restart()
        try:
            return self._control.fork(order)
        except WorkshopError:
            raise JailError(NO_JAIL) from None

    def _restart(self) -> None:
        with self._lock:
            self._control.kill()
            if self._stopped:
                raise JailError(STOPPED)
            self._control = self._start()

    def stop(self) -> None:
        """Ends all that it runs, for another thread than the one that uses it, which is given no more."""
        with self._lock:
            self._stopped = True
            self._control.close()

    @staticmethod
    def _ending(forked: Forked) -> Callable[[float], int]:
        """Ends a worker; one whose warm parent is gone is gone too."""

        def end(grace: float) -> int:
            try:
                return forked.end(grace)
            except WorkshopError:
                return -signal.SIGKILL

        return end

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
        self._control.close()
        if self._setup:
            self._setup.close()
