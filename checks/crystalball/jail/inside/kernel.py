"""System calls that Python 3.11 has no function for. Linux only."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

# linux/prctl.h
SET_SECCOMP, SET_NO_NEW_PRIVS = 22, 38

# linux/sched.h, sys/mount.h
NEW_MOUNTS = 0x00020000  # CLONE_NEWNS
NO_SUID, NO_DEVICES, NO_PROGRAMS, DETACH = 2, 4, 8, 2  # MS_NOSUID, MS_NODEV, MS_NOEXEC, MNT_DETACH

# linux/capability.h: _LINUX_CAPABILITY_VERSION_3
CAPABILITY_VERSION = 0x20080522


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: Any) -> int:
    """Calls a function of the C library.

    Raises:
        OSError: it failed.
    """
    function: Callable[..., int] = getattr(_libc(), name)
    result = function(*(ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def no_new_privileges() -> None:
    """Nothing that this process or its children do can gain rights any more (needed by what follows)."""
    call("prctl", SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def drop_capabilities() -> None:
    """Gives up every capability, those of root too."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    call("capset", header, (ctypes.c_uint32 * 6)())


def own_mounts() -> None:
    """What this process mounts from now on, it and its children see alone."""
    call("unshare", NEW_MOUNTS)


def fresh_tmpfs(place: Path, size: int, inodes: int) -> None:
    """Replaces what is mounted at a place, if anything, by an empty file system in memory.

    Args:
        place: an existing folder.
        size: bytes that it holds, at most.
        inodes: files, folders and links that it holds, at most.
    """
    target = os.fsencode(place)
    if os.path.ismount(place):
        call("umount2", target, DETACH)
    options = f"size={size},nr_inodes={inodes},mode=700".encode()
    call("mount", b"tmpfs", target, b"tmpfs", NO_SUID | NO_DEVICES | NO_PROGRAMS, options)
