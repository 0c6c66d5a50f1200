"""Landlock: a process gives up every file that it does not name, for good, without being root.

The numbers are those of linux/landlock.h. A kernel knows the rights up to its version of the
interface; what it does not know, it does not restrict, and the seccomp filter has to.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from crystalball.jail.inside.kernel import call

# Unified system call numbers: the same on every architecture.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION, PATH_BENEATH = 1, 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE = 1 << 4, 1 << 5
MAKE_CHAR, MAKE_DIR, MAKE_REG, MAKE_SOCK = 1 << 6, 1 << 7, 1 << 8, 1 << 9
MAKE_FIFO, MAKE_BLOCK, MAKE_SYM = 1 << 10, 1 << 11, 1 << 12
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15

RIGHTS = {1: MAKE_SYM, 2: REFER, 3: TRUNCATE, 5: IOCTL_DEV}
"""The highest right that a version of the interface knows."""

OF_FILES = WRITE_FILE | READ_FILE | TRUNCATE
READ = READ_FILE | READ_DIR
WRITE = OF_FILES | READ | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | REFER

TCP, SCOPES = 0b11, 0b11
"""Binding and connecting (from version 4); abstract sockets and signals to outside (from 6)."""


class Ruleset(ctypes.Structure):
    """`struct landlock_ruleset_attr`: what is forbidden unless a rule allows it."""

    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class Beneath(ctypes.Structure):
    """`struct landlock_path_beneath_attr`: what is allowed at a path and below."""

    _pack_ = 1
    _layout_ = "ms"  # that which packing implies; later Pythons want it said
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """The version of the kernel's interface; 0 where it has none."""
    try:
        return call("syscall", CREATE_RULESET, None, 0, ASK_VERSION)
    except OSError:
        return 0


def restrict(readable: Iterable[Path], writable: Iterable[Path], *, network: bool) -> None:
    """Gives up all files but these, and TCP unless `network`. Needs `no_new_privileges`.

    Args:
        readable: files and folders that may be read; those that do not exist are left out.
        writable: files and folders that may be written, too.
        network: whether TCP is left alone.

    Raises:
        OSError: the kernel knows no Landlock.
    """
    known = version()
    handled = 2 * max((right for since, right in RIGHTS.items() if since <= known), default=1) - 1
    ruleset = Ruleset(handled, TCP if known >= 4 and not network else 0, SCOPES if known >= 6 else 0)
    handle = call("syscall", CREATE_RULESET, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0)
    for rights, paths in ((READ, readable), (WRITE, writable)):
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                _allow(handle, path, rights & handled)
    call("syscall", RESTRICT_SELF, handle, 0)
    os.close(handle)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= OF_FILES
        rule = Beneath(rights, descriptor)
        call("syscall", ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)
