"""All that a slot's warm parent is started with."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from crystalball.jail import bubblewrap
from crystalball.jail.disk_watch import DiskWatch
from crystalball.jail.inside import seccomp
from crystalball.jail.inside.jailed import ALONE, NETWORK, READING, JailPlan
from crystalball.jail.inside.limits import READING as READING_LIMITS
from crystalball.jail.inside.limits import Limits
from crystalball.processes.programs import ENVIRONMENT, JAILED_WARM_PARENT, python


class JailSetup:
    """All that a slot's warm parents are started with: what they see, and how they lock their children in.

    One forks workers, the other readers, which read what a worker left.

    Attributes:
        worker_plan: the first message to the one.
        reader_plan: to the other.

    Args:
        hidden: folders of ours that must not be seen, whatever they lie in.
        limits: of each worker.
        bubblewrapped: whether it stands in bubblewrap; else it sees our own file system.
        landlocked: whether its children are under Landlock, too.
    """

    def __init__(
        self, hidden: Iterable[Path], limits: Limits, *, bubblewrapped: bool, landlocked: bool
    ) -> None:
        self._bubblewrapped = bubblewrapped
        self._scratch = Path(tempfile.mkdtemp(prefix="crystalball-slot-")).resolve()
        self._modules = self._scratch / "kit"
        bubblewrap.copy_modules(self._modules)
        self._kit = bubblewrap.KIT if bubblewrapped else self._modules
        self._shown = bubblewrap.environment_paths(hidden)
        self._count, self._limits = 0, limits
        self._readable = tuple(map(str, [*self._shown, self._kit]))
        self._landlocked = landlocked
        filters = {ALONE: seccomp.build(network=False, shared_files=not bubblewrapped)}
        if bubblewrapped:  # without it the network would not be empty
            filters[NETWORK] = seccomp.build(network=True, shared_files=False)
        self.worker_plan = self._plan(filters, limits, for_workers=True)
        filters = {READING: seccomp.build_for_reading()}
        self.reader_plan = self._plan(filters, READING_LIMITS, for_workers=False)

    def __enter__(self) -> JailSetup:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _plan(self, filters: dict[str, bytes], limits: Limits, *, for_workers: bool) -> bytes:
        plan = JailPlan(
            self._readable,
            filters,
            limits,
            mounts=self._bubblewrapped,
            landlock=self._landlocked,
            trains=for_workers,
            writes=for_workers,
        )
        return msgspec.json.encode(plan)

    def works(self) -> bool:
        """Whether a worker and a reader can be locked in like this on this machine."""
        return self._works(self.worker_plan) and self._works(self.reader_plan)

    def _works(self, plan: bytes) -> bool:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs, contextlib.suppress(OSError):
            ours.send(plan)
            done = subprocess.run(
                self.command("try", self.new_place()),
                stdin=theirs.fileno(),
                capture_output=True,
                env=self.environment,
                timeout=60,
                check=False,
            )
            return done.returncode == 0
        return False

    def new_place(self) -> Path:
        """Where the next worker works, in its own view."""
        if self._bubblewrapped:
            return bubblewrap.CASES
        self._count += 1
        place = self._scratch / f"worker-{self._count}"
        place.mkdir()
        return place

    def command(self, *arguments: object) -> list[str]:
        """The command that starts the warm parent.

        Args:
            arguments: `serve` or `try`, and the place of its own file system.
        """
        command = python(JAILED_WARM_PARENT, arguments)
        if not self._bubblewrapped:
            return command
        return bubblewrap.command(self._shown, self._modules, command)

    @property
    def environment(self) -> dict[str, str]:
        """The environment: nothing of ours but what the processor's libraries are told."""
        kept = ("OPENBLAS_", "MKL_", "LD_LIBRARY_PATH")
        ours = {name: value for name, value in os.environ.items() if name.startswith(kept)}
        names = dict.fromkeys(("USER", "LOGNAME"), "learner")
        # Without a home, Python does not find the packages that are installed for one user.
        places = os.pathsep.join(map(str, [self._kit, *bubblewrap.package_folders()]))
        path = {"PATH": "", "PYTHONPATH": places, "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
        return ours | ENVIRONMENT | names | path

    def clear(self, place: Path) -> None:
        """Removes what a worker left; what is mounted inside the jail is gone with the next mount.

        Args:
            place: where it worked.
        """
        if not self._bubblewrapped:
            # Not `shutil.rmtree`, whose stack a stranger's folders can overflow.
            subprocess.run(["rm", "-rf", "--", place], capture_output=True, check=False)

    def watch(self, root: int, process: int) -> None:
        """Watches the disk for a worker that has none of its own.

        Args:
            root: descriptor of its folder.
            process: descriptor of its process.
        """
        if not self._bubblewrapped:
            DiskWatch(root, process, self._limits).start()

    def close(self) -> None:
        """Removes what was made."""
        shutil.rmtree(self._scratch, ignore_errors=True)
