"""Inside the jail: the warm parent, and how each child locks itself in before it runs anything.

Started by `crystalball.jail.slot`, whose first message is a `JailPlan`. It imports nothing of the
trusted side, and runs no learner's code itself.
"""

from __future__ import annotations

import importlib
import os
import socket
import sys
import tempfile
from pathlib import Path

import msgspec

from crystalball.jail.inside import kernel, landlock, seccomp
from crystalball.jail.inside.limits import Limits
from crystalball.processes.inside.messages import Message
from crystalball.processes.inside.warm_parent import ForkHooks, ForkOrder, serve, warm_up

LONGEST_PLAN = 128 * 1024
"""Bytes of the first message, at most."""

PLUGINS = ("Bmp", "Gif", "Jpeg", "Ppm", "Png")
"""What Pillow imports when it first reads or writes a picture."""

PRELOADED = (
    "crystalball.evidence",
    "tbparse",
    "torch.utils.serialization.config",
    *(f"PIL.{name}ImagePlugin" for name in PLUGINS),
)
"""What learners' files import: read once here, and not again in each child."""

DEVICES = tuple(Path("/dev") / name for name in ("null", "zero", "full", "random", "urandom"))

ALONE, NETWORK = "alone", "network"
"""Names of the filters: of a worker by itself, and of the ranks of a training."""

TEMPORARY = "tmp"
"""Name of the folder for temporary files in a worker's file system."""


class JailPlan(Message, frozen=True):
    """How children are locked in.

    Attributes:
        readable: files and folders that they may read.
        filters: the filters of system calls, by name.
        limits: of each child.
        mounts: whether each child gets a new file system in memory; else it gets a folder.
        landlock: whether the kernel knows it.
    """

    readable: tuple[str, ...]
    filters: dict[str, bytes]
    limits: Limits
    mounts: bool
    landlock: bool


class Jailer(ForkHooks):
    """Locks children in, as a plan says.

    Args:
        plan: it.
    """

    def __init__(self, plan: JailPlan) -> None:
        self._plan = plan

    def before(self, order: ForkOrder) -> None:
        """Makes the file system of the child, unless it joins the one before it."""
        place = Path(order.place)
        if order.joins:
            return
        if self._plan.mounts:
            kernel.fresh_tmpfs(place, self._plan.limits.disk, self._plan.limits.inodes)
        (place / TEMPORARY).mkdir()

    def after(self, order: ForkOrder, pid: int) -> list[int]:
        """Descriptors of the child's file system and of its process, for the trusted side."""
        return [os.open(order.place, os.O_RDONLY | os.O_DIRECTORY), os.pidfd_open(pid)]

    def in_child(self, order: ForkOrder) -> None:
        """Locks the child in, for good."""
        place = Path(order.place)
        os.chdir(place)
        _use(place)
        self._plan.limits.apply()
        kernel.no_new_privileges()
        if self._plan.landlock:
            readable = [*map(Path, self._plan.readable), *DEVICES]
            network = order.filter == NETWORK
            landlock.restrict(readable, [place, Path(os.devnull)], network=network)
        kernel.drop_capabilities()
        seccomp.install(self._plan.filters[order.filter])


def _prepare() -> None:
    """What a child could not do any more when it is locked in."""
    import platform
    import pwd
    import uuid

    platform.platform()  # asks a program for the processor's name, and remembers it
    # Looks for a name server on a socket at the first time only; a socket ends a child.
    pwd.getpwall()
    sys.modules["_uuid"] = None  # type: ignore[assignment]  # libuuid opens sockets: Python's own way does not
    importlib.reload(uuid)  # msgspec has imported it


def _use(place: Path) -> None:
    """Lets Python put temporary files into a place."""
    os.environ["HOME"] = os.environ["TMPDIR"] = str(place / TEMPORARY)
    tempfile.tempdir = None  # found out anew


def _try(jailer: Jailer, order: ForkOrder) -> None:
    """Locks one child in, for a trial; ends this process with 0 when that was possible."""
    pid = os.fork()
    if pid:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0)
    try:
        jailer.in_child(order)
        Path("written").write_text("yes")
        os._exit(0)
    finally:
        os._exit(1)


def main() -> None:
    """Reads the plan, then is a warm parent; or tries the plan out.

    Arguments: `serve` or `try`, and the place of the first file system, which the warm parent uses
    itself while it warms up.
    """
    control = socket.socket(fileno=os.dup(0))
    plan = msgspec.json.decode(control.recv(LONGEST_PLAN), type=JailPlan)
    if plan.mounts:
        kernel.own_mounts()
    what, place = sys.argv[1:]
    jailer, order = Jailer(plan), ForkOrder(role="", place=place, filter=ALONE)
    jailer.before(order)
    _use(Path(place))
    if what == "try":
        _try(jailer, order)
    _prepare()
    warm_up(training=True, preloaded=PRELOADED)
    serve(control, jailer)


if __name__ == "__main__":
    main()
