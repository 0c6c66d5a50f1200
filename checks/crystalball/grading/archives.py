"""Reads what somebody handed in, a folder, an archive or a file, without ever unpacking it to disk.

Only names and bytes come out of here, within bounds, so nothing can be written outside of a folder,
no link can be followed, and no archive can fill the disk.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

LARGEST_FILE = 1024 * 1024
"""Bytes of a source file that are read; a larger one is told as too large."""

LARGEST_ARCHIVE = 64 * 1024 * 1024
"""Bytes of an archive, packed or unpacked; environments and data do not belong into one."""

LARGEST_TOTAL = 16 * 1024 * 1024
"""Bytes of all source files of one submission."""

MOST_NAMES = 20_000
"""Files and folders of one submission that are looked at."""

DEEPEST, MOST_NESTED, LONGEST_NAME = 32, 3, 1000
"""Folders in folders, archives in archives, characters of a path."""

SKIPPED = {".git", ".hg", ".svn", ".venv", "venv", "env", "node_modules", "__pycache__", "__MACOSX"}
"""Folders that hold nothing of the student's own; what lies in them is not looked at."""

UNPACKERS: dict[str, Callable[[BinaryIO], Any]] = {
    ".tar": lambda file: file,
    ".gz": gzip.open,
    ".tgz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
}
"""What makes a plain tar archive of a file, by its suffix."""

DAMAGED = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError),
    *(RuntimeError, ValueError, OverflowError),  # an encrypted member, a time before 1980, a huge size
)
"""What Python's readers of archives raise when an archive is none, is damaged or is encrypted."""


class Refused(Exception):
    """A submission that is not looked at any further; the message says why, and what to do."""


@dataclass
class Tree:
    """What a submission holds.

    Attributes:
        files: the first bytes of each source file or notebook by its path; one byte more than
            `LARGEST_FILE` when it is larger.
        links: paths that are links or no regular files; they are not followed.
        notes: what an instructor should know.
    """

    files: dict[PurePosixPath, bytes] = field(default_factory=dict)
    links: list[PurePosixPath] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _names: int = 0
    _bytes: int = 0

    def count(self, path: PurePosixPath) -> None:
        """Counts one more name.

        Raises:
            Refused: they are too many, or this one leads too deep.
        """
        self._names += 1
        if self._names > MOST_NAMES:
            raise Refused(f"holds more than {MOST_NAMES} files: leave out what is no answer")
        if len(path.parts) > DEEPEST or len(str(path)) > LONGEST_NAME:
            raise Refused(f"its folders are nested too deeply: {str(path)[:60]!r}…")

    def add(self, path: PurePosixPath, content: bytes) -> None:
        """Takes a file in; one of the same name is replaced.

        Raises:
            Refused: all files together are too large.
        """
        self._bytes += len(content)
        if self._bytes > LARGEST_TOTAL:
            raise Refused(f"its source files are larger than {LARGEST_TOTAL} bytes together")
        self.files[path] = content


def is_archive(name: str) -> bool:
    """Whether a file of this name is an archive that is looked into."""
    return PurePosixPath(name.lower()).suffix in {".zip", *UNPACKERS}


def is_source(name: str) -> bool:
    """Whether a file of this name is read: source files, and notebooks in order to say so."""
    return PurePosixPath(name.lower()).suffix in {".py", ".ipynb"}


def read_tree(path: Path, name: str, tree: Tree) -> None:
    """Reads a folder, an archive or a file into a tree.

    Args:
        path: what lies on disk.
        name: its own name in the tree when it is a file.
        tree: takes what is found.

    Raises:
        Refused: it breaks a bound, or leads outside of itself.
    """
    kind = path.lstat().st_mode
    if stat.S_ISDIR(kind):
        _read_folder(path, PurePosixPath(), tree)
    elif not stat.S_ISREG(kind):
        raise Refused("is a link or no regular file: hand in the file itself")
    else:
        with _open(path) as file:
            _read_file(file, PurePosixPath(name), tree, nested=0)


def _open(path: Path) -> BinaryIO:
    flags = (getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
    return open(os.open(path, os.O_RDONLY | sum(flags)), "rb")


def _read_folder(folder: Path, place: PurePosixPath, tree: Tree) -> None:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        path = place / entry.name
        tree.count(path)
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in SKIPPED:
                _read_folder(Path(entry.path), path, tree)
        elif not entry.is_file(follow_symlinks=False):
            tree.links.append(path)
        elif is_source(entry.name) or is_archive(entry.name):
            with _open(Path(entry.path)) as file:
                _read_file(file, path, tree, nested=0)


def _read_file(file: BinaryIO, path: PurePosixPath, tree: Tree, nested: int) -> None:
    """Reads a source file, or looks into an archive, which becomes a folder of the tree."""
    if is_source(path.name):
        tree.add(path, file.read(LARGEST_FILE + 1))
    elif is_archive(path.name):
        if nested == MOST_NESTED:
            raise Refused(f"archives in archives: {path.name!r} is not unpacked")
        _read_archive(file, path, tree, nested + 1)


def _read_archive(file: BinaryIO, path: PurePosixPath, tree: Tree, nested: int) -> None:
    """Looks into an archive; that it is damaged or encrypted is a note, what else it holds may be fine."""
    content = io.BytesIO(_bounded(file, path.name))
    members = _zip_members if path.suffix.lower() == ".zip" else _tar_members
    try:
        for name, is_link, opened in members(content, path.name):
            inner = path / _inside(name, path.name)
            tree.count(inner)
            if SKIPPED & set(inner.parts):
                continue
            if is_link:
                tree.links.append(inner)
            elif is_source(inner.name) or is_archive(inner.name):
                with opened() as member:
                    _read_file(member, inner, tree, nested)
    except DAMAGED as error:
        tree.notes.append(f"the archive {path.name!r} cannot be read: {error}")


def _bounded(file: BinaryIO, name: str) -> bytes:
    content = file.read(LARGEST_ARCHIVE + 1)
    if len(content) > LARGEST_ARCHIVE:
        raise Refused(f"the archive {name!r} is larger than {LARGEST_ARCHIVE} bytes, packed or unpacked")
    return content


Member = tuple[str, bool, Callable[[], BinaryIO]]
"""A member's name, whether it is a link or a device, and what opens it."""


def _zip_members(content: io.BytesIO, name: str) -> Iterator[Member]:
    with zipfile.ZipFile(content) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            is_link = kind not in (0, stat.S_IFREG, stat.S_IFDIR)
            if not info.is_dir():
                yield info.filename, is_link, lambda info=info: archive.open(info)  # type: ignore[misc]  # binds this member


def _tar_members(content: io.BytesIO, name: str) -> Iterator[Member]:
    unpacked = UNPACKERS[PurePosixPath(name.lower()).suffix](content)
    with tarfile.open(fileobj=io.BytesIO(_bounded(unpacked, name)), mode="r:") as archive:
        for info in archive:
            try:
                tarfile.data_filter(info, "/nowhere")
            except (
                tarfile.LinkOutsideDestinationError,
                tarfile.AbsoluteLinkError,
                tarfile.SpecialFileError,
            ):
                yield info.name, True, io.BytesIO
                continue
            except tarfile.FilterError as error:
                raise Refused(f"the archive {name!r} leads outside of itself: {error}") from error
            if not info.isdir():
                yield info.name, not info.isreg(), lambda info=info: archive.extractfile(info)  # type: ignore[misc]  # binds this member


def _inside(name: str, archive: str) -> PurePosixPath:
    """A member's path, which must stay inside of its archive; Windows' separators are understood."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0:1] or name[1:2] == ":":
        raise Refused(f"the archive {archive!r} leads outside of itself: {name[:60]!r}")
    return path
