"""An error of the disk as plain data, so that a verdict can carry it."""

from __future__ import annotations

import errno
import shutil

import msgspec


class DiskError(msgspec.Struct, frozen=True):
    """What a disk refused.

    Attributes:
        number: of the error, see `errno`; 0 for none.
        place: the file; empty where that is not known.
        text: what the system says.
    """

    number: int
    place: str
    text: str

    @classmethod
    def of(cls, error: OSError) -> DiskError:
        """The data of an exception.

        Args:
            error: of one file, or of several, of which the first says it.
        """
        if isinstance(error, shutil.Error):
            return cls(errno.EIO, str(error.args[0][0][2]), str(error))
        return cls(error.errno or 0, str(error.filename or ""), str(error))
