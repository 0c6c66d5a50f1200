"""Bounds of what is read of a submission, which all its archives share, and what of it is read at all."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import IO

import msgspec

LARGEST_FILE = 1024 * 1024
"""Bytes of a source file that are read; a larger one is told as too large."""

LARGEST_ARCHIVE = 64 * 1024 * 1024
"""Bytes of all archives of a submission together, packed or unpacked; environments and data do not
belong into one."""

LARGEST_TOTAL = 16 * 1024 * 1024
"""Bytes of all source files of one submission."""

MOST_NAMES = 20_000
"""Files and folders of one submission that are looked at."""

LARGEST_HEADER, LARGEST_DIRECTORY = 1024 * 1024, 8 * 1024 * 1024
"""Bytes of what a tar says of one file, and of what a zip says of all of them."""

LARGEST_GLOBAL, MOST_GLOBAL = 64 * 1024, 100
"""Characters and number of what a tar says of all its files: each is given a copy."""

DEEPEST, MOST_NESTED, LONGEST_PATH = 32, 3, 1000
"""Folders in folders, archives in archives, characters of a path."""

SKIPPED = {
    *(".git", ".hg", ".svn", ".venv", "venv", "env", "node_modules", "__pycache__", "__MACOSX"),
    *(".crystalball", ".ipynb_checkpoints"),  # copies that the kit and Jupyter keep
}
"""Folders that hold nothing of the student's own; what lies in them is not looked at."""

MOST_TOLD = 20
"""Names that are told of a submission without an answer."""

TARS = {".tar", ".gz", ".tgz", ".bz2", ".xz"}
"""Suffixes of tar archives, packed in whatever way."""

UNKNOWN = {".rar", ".7z", ".zst", ".lz", ".lz4", ".lzma", ".z", ".cab", ".arj", ".sit", ".iso", ".dmg"}
"""Suffixes of archives that are told, and not looked into."""

NOT_OPENED = "is an archive of a kind that is not opened: hand in a zip, or plain files"


class Refused(Exception):
    """What is not looked at any further; the message says why, and what to do."""


class Budget(msgspec.Struct, forbid_unknown_fields=True):
    """What may still be read of a submission.

    Attributes:
        names: files and folders.
        sources: bytes of source files.
        unpacked: bytes of archives.
    """

    names: int = MOST_NAMES
    sources: int = LARGEST_TOTAL
    unpacked: int = LARGEST_ARCHIVE

    def name(self, path: PurePosixPath) -> None:
        """Counts one more name.

        Args:
            path: where it lies.

        Raises:
            Refused: they are too many, or this one leads too deep.
        """
        self.names -= 1
        if self.names < 0:
            raise Refused(f"holds more than {MOST_NAMES} files: leave out what is no answer")
        if len(path.parts) > DEEPEST or len(str(path)) > LONGEST_PATH:
            raise Refused(f"its folders are nested too deeply: {str(path)[:60]!r}…")

    def source(self, content: bytes) -> None:
        """Counts the content of one more source file.

        Args:
            content: of the file.

        Raises:
            Refused: all of them together are too large.
        """
        self.sources -= len(content)
        if self.sources < 0:
            raise Refused(f"its source files are larger than {LARGEST_TOTAL} bytes together")

    def unpack(self, file: IO[bytes], name: str) -> bytes:
        """All of an archive, or all that is packed in it.

        Args:
            file: is read to its end.
            name: of the archive.

        Raises:
            Refused: all of them together are too large.
        """
        content = file.read(self.unpacked + 1)
        self.unpacked -= len(content)
        if self.unpacked < 0:
            most = f"{LARGEST_ARCHIVE} bytes, packed or unpacked"
            raise Refused(f"the archive {name!r} is larger than {most}, with those beside and around it")
        return content


def is_archive(name: str) -> bool:
    """Whether a file of this name is an archive that is looked into."""
    return PurePosixPath(name.lower()).suffix in {".zip", *TARS}


def is_unknown_archive(name: str) -> bool:
    """Whether a file of this name is an archive that is not looked into."""
    return PurePosixPath(name.lower()).suffix in UNKNOWN


def is_source(name: str) -> bool:
    """Whether a file of this name is read: source files, and notebooks."""
    return PurePosixPath(name.lower()).suffix in {".py", ".ipynb"}
