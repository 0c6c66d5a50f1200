"""Inside the jail: the warm parent, and how each child locks itself in before it runs anything.

Started by `crystalball.jail.slot`, whose first message is a `JailPlan`. It imports nothing of the
trusted side, and runs no learner's code itself.
"""

from __future__ import annotations

import importlib
import os
import select
import socket
import sys
import tempfile
from pathlib import Path

import msgspec

from crystalball.jail.inside import kernel, landlock, seccomp
from crystalball.jail.inside.limits import Limits
from crystalball.processes.inside.messages import Message
from crystalball.processes.inside.warm_parent import ForkHooks, ForkOrder, preload, serve, warm_up
from crystalball.processes.inside.warm_up import hide_tensorflow

LONGEST_PLAN = 128 * 1024
"""Bytes of the first message, at most."""

PLUGINS = ("Bmp", "Gif", "Jpeg", "Ppm", "Png")
"""What Pillow imports when it first reads or writes a picture."""

PRELOADED = (
    "resource",
    "crystalball.evidence",
    "tbparse",
    "torch.utils.serialization.config",
    *(f"PIL.{name}ImagePlugin" for name in PLUGINS),
)
"""What limits a child, and what learners' files import: read once here, and not again in each child."""

PRELOADED_FOR_READING = (
    "resource",
    "PIL.PngImagePlugin",
    "nbformat",
    "tensorboard.util.tensor_util",
)
"""What a reader imports, all of it: its filter leaves it little."""

DEVICES = tuple(Path("/dev") / name for name in ("null", "zero", "full", "random", "urandom"))

ALONE, NETWORK, READING = "alone", "network", "reading"
"""Names of the filters: of a worker by itself, of the ranks of a training, and of a reader."""

READER = "crystalball.processes.inside.reader"
"""The module of a reader; a worker's warm parent does not import it."""

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
        trains: whether torch is imported; if not, what a reader needs.
        writes: whether they may write into their file system.
    """

    readable: tuple[str, ...]
    filters: dict[str, bytes]
    limits: Limits
    mounts: bool
    landlock: bool
    trains: bool
    writes: bool


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
            writable = [place, Path(os.devnull)]
            if not self._plan.writes:
                readable, writable = readable + writable, []
            landlock.restrict(readable, writable, network=network)
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
        os.listdir()
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
    jailer, order = Jailer(plan), ForkOrder(role="", place=place, filter=min(plan.filters))
    jailer.before(order)
    _use(Path(place))
    if what == "try":
        _try(jailer, order)
    try:
        _warm_up(plan, Path(place) / TEMPORARY)
    except Exception:
        if _is_deserted(control):  # whoever started it was killed, and the next grading removed our files
            sys.exit()
        raise
    serve(control, jailer)


def _warm_up(plan: JailPlan, folder: Path) -> None:
    if plan.trains:
        _prepare()
        warm_up(training=True, preloaded=PRELOADED)
    else:
        hide_tensorflow()
        importlib.import_module(READER).rehearse(folder)
        preload(PRELOADED_FOR_READING)


def _is_deserted(control: socket.socket) -> bool:
    poll = select.poll()
    poll.register(control, 0)  # an end of the other side is told all the same
    return bool(poll.poll(0))


if __name__ == "__main__":
    main()
