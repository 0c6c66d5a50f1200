"""Errors of the disk in words."""

from __future__ import annotations

import errno

from crystalball.judging.disk import DiskError

_REFUSALS = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "Your share of the disk is full",
    errno.EROFS: "The disk is read-only",
    errno.EACCES: "There is no permission to write",
    errno.EPERM: "There is no permission to write",
    errno.EIO: "The disk refused",
}


def disk_words(error: OSError | DiskError) -> str:
    """An error of the disk in one line: what is wrong, and where.

    Args:
        error: the exception, or what a verdict says of it.
    """
    data = error if isinstance(error, DiskError) else DiskError.of(error)
    what = _REFUSALS.get(data.number)
    return f"{what}: {data.place or 'a file could not be written'}" if what else data.text
