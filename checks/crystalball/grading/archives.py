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
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, NamedTuple

from crystalball.reading.records import open_regular

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


class RefusedSubmission(Exception):
    """A submission that is not looked at any further; the message says why, and what to do."""


@dataclass
class Holdings:
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

        Args:
            path: where it lies.

        Raises:
            RefusedSubmission: they are too many, or this one leads too deep.
        """
        self._names += 1
        if self._names > MOST_NAMES:
            raise RefusedSubmission(f"holds more than {MOST_NAMES} files: leave out what is no answer")
        if len(path.parts) > DEEPEST or len(str(path)) > LONGEST_NAME:
            raise RefusedSubmission(f"its folders are nested too deeply: {str(path)[:60]!r}…")

    def add(self, path: PurePosixPath, content: bytes) -> None:
        """Takes a file in; one of the same name is replaced.

        Args:
            path: where it lies.
            content: its first bytes.

        Raises:
            RefusedSubmission: all files together are too large.
        """
        self._bytes += len(content)
        if self._bytes > LARGEST_TOTAL:
            raise RefusedSubmission(f"its source files are larger than {LARGEST_TOTAL} bytes together")
        self.files[path] = content


def is_archive(name: str) -> bool:
    """Whether a file of this name is an archive that is looked into."""
    return PurePosixPath(name.lower()).suffix in {".zip", *UNPACKERS}


def is_source(name: str) -> bool:
    """Whether a file of this name is read: source files, and notebooks in order to say so."""
    return PurePosixPath(name.lower()).suffix in {".py", ".ipynb"}


def read_holdings(path: Path, name: str, holdings: Holdings) -> None:
    """Reads a folder, an archive or a file into holdings.

    Args:
        path: what lies on disk.
        name: its own name among them when it is a file.
        holdings: takes what is found.

    Raises:
        RefusedSubmission: it breaks a bound, or leads outside of itself.
    """
    kind = path.lstat().st_mode
    if stat.S_ISDIR(kind):
        _read_folder(path, PurePosixPath(), holdings)
    elif not stat.S_ISREG(kind):
        raise RefusedSubmission("is a link or no regular file: hand in the file itself")
    else:
        with open_regular(path) as file:
            _read_file(file, PurePosixPath(name), holdings, nested=0)


def _read_folder(folder: Path, place: PurePosixPath, holdings: Holdings) -> None:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        path = place / entry.name
        holdings.count(path)
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in SKIPPED:
                _read_folder(Path(entry.path), path, holdings)
        elif not entry.is_file(follow_symlinks=False):
            holdings.links.append(path)
        elif is_source(entry.name) or is_archive(entry.name):
            with open_regular(Path(entry.path)) as file:
                _read_file(file, path, holdings, nested=0)


def _read_file(file: IO[bytes], path: PurePosixPath, holdings: Holdings, nested: int) -> None:
    """Reads a source file, or looks into an archive, which becomes a folder."""
    if is_source(path.name):
        holdings.add(path, file.read(LARGEST_FILE + 1))
    elif is_archive(path.name):
        if nested == MOST_NESTED:
            raise RefusedSubmission(f"archives in archives: {path.name!r} is not unpacked")
        _read_archive(file, path, holdings, nested + 1)


def _read_archive(file: IO[bytes], path: PurePosixPath, holdings: Holdings, nested: int) -> None:
    """Looks into an archive; that it is damaged or encrypted is a note, what else it holds may be fine."""
    content = io.BytesIO(_bounded(file, path.name))
    members = _zip_members if path.suffix.lower() == ".zip" else _tar_members
    try:
        for member in members(content, path.name):
            inner = path / _inside(member.name, path.name)
            holdings.count(inner)
            if SKIPPED & set(inner.parts):
                continue
            if member.is_link:
                holdings.links.append(inner)
            elif is_source(inner.name) or is_archive(inner.name):
                with member.open() as opened:
                    _read_file(opened, inner, holdings, nested)
    except DAMAGED as error:
        holdings.notes.append(f"the archive {path.name!r} cannot be read: {error}")


def _bounded(file: IO[bytes], name: str) -> bytes:
    content = file.read(LARGEST_ARCHIVE + 1)
    if len(content) > LARGEST_ARCHIVE:
        most = f"{LARGEST_ARCHIVE} bytes, packed or unpacked"
        raise RefusedSubmission(f"the archive {name!r} is larger than {most}")
    return content


class Member(NamedTuple):
    """What an archive holds: a name, whether that is a link or a device, and what opens it."""

    name: str
    is_link: bool
    open: Callable[[], IO[bytes]]


def _zip_members(content: io.BytesIO, name: str) -> Iterator[Member]:
    with zipfile.ZipFile(content) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            is_link = kind not in (0, stat.S_IFREG, stat.S_IFDIR)
            if not info.is_dir():
                yield Member(info.filename, is_link, partial(archive.open, info))


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
                yield Member(info.name, True, io.BytesIO)
                continue
            except tarfile.FilterError as error:
                raise RefusedSubmission(f"the archive {name!r} leads outside of itself: {error}") from error
            if not info.isdir():
                yield Member(info.name, not info.isreg(), partial(archive.extractfile, info))  # type: ignore[arg-type]  # it is `None` of links alone


def _inside(name: str, archive: str) -> PurePosixPath:
    """A member's path, which must stay inside of its archive; Windows' separators are understood."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0:1] or name[1:2] == ":":
        raise RefusedSubmission(f"the archive {archive!r} leads outside of itself: {name[:60]!r}")
    return path
