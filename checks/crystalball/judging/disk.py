"""What is said when the disk refuses."""

from __future__ import annotations

import errno
import shutil

_DISK = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "Your share of the disk is full",
    errno.EROFS: "The disk is read-only",
    errno.EACCES: "There is no permission to write",
    errno.EPERM: "There is no permission to write",
}


def disk_words(error: OSError) -> str:
    """An error of the disk in one line: what is wrong, and where."""
    if isinstance(error, shutil.Error):  # of several files; the first says it
        return f"The disk refused: {error.args[0][0][2]}"
    what = _DISK.get(error.errno or 0)
    return f"{what}: {error.filename or 'a file could not be written'}" if what else str(error)
