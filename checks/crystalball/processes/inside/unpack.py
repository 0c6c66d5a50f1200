"""Inside the reader: looks into archives, so that no trusted process has to.

Nothing is unpacked to disk: names and bytes come out, within bounds that all archives of a submission
share, those in archives too. What the bounds do not foresee, the kernel's limits of the process end.
"""

from __future__ import annotations

import bz2
import calendar
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO, NamedTuple

import msgspec

from crystalball.processes.inside.messages import Message
from crystalball.processes.inside.unpack_bounds import (
    LARGEST_DIRECTORY,
    LARGEST_FILE,
    LARGEST_GLOBAL,
    LARGEST_HEADER,
    MOST_GLOBAL,
    MOST_NESTED,
    MOST_TOLD,
    NOT_OPENED,
    SKIPPED,
    Budget,
    Refused,
    is_archive,
    is_source,
    is_unknown_archive,
)

UNPACKERS: dict[str, Callable[[BinaryIO], Any]] = {
    ".tar": lambda file: file,
    ".gz": gzip.open,
    ".tgz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
}
"""What makes a plain tar archive of a file, by its suffix."""


class UnpackRequest(Message, frozen=True):
    """Asks what an archive holds.

    Attributes:
        file: where it lies, as the reader sees it.
        name: what the student called it.
        budget: what may be read of it.
    """

    file: str
    name: bytes
    budget: Budget


class Held(NamedTuple):
    """A file in an archive.

    Attributes:
        path: of its archive and in it; bytes, since a stranger's name may be no Unicode.
        content: the first bytes of a source file or notebook, one more than `LARGEST_FILE` when it is
            larger; `None` of a link or what else is no regular file.
        changed: when, in seconds since the epoch; 0 where nothing says so.
    """

    path: bytes
    content: bytes | None
    changed: float


class Unpacked(msgspec.Struct, forbid_unknown_fields=True):
    """What an archive holds.

    Attributes:
        budget: what is left of it.
        files: its source files and links, and those of the archives in it.
        names: the first of all its names.
        notes: what could not be read.
        refused: why no more is looked at; empty where all was.
    """

    budget: Budget
    files: list[Held]
    names: list[bytes]
    notes: list[str]
    refused: str = ""


class UnpackReport(Message, frozen=True):
    """What an archive holds.

    Attributes:
        held: `Unpacked`, as MessagePack: JSON has no bytes.
    """

    held: bytes


def unpack(request: UnpackRequest) -> UnpackReport:
    """Looks into an archive.

    Args:
        request: says into which.
    """
    found = Unpacked(request.budget, [], [], [])
    try:
        with open(request.file, "rb") as file:
            _read_archive(file, PurePosixPath(os.fsdecode(request.name)), found, 1)
    except Refused as refused:
        found.refused = str(refused)
    return UnpackReport(msgspec.msgpack.encode(found, enc_hook=str))


def _read_archive(file: IO[bytes], path: PurePosixPath, found: Unpacked, nested: int) -> None:
    """Looks into an archive, which becomes a folder; one that is damaged or encrypted leaves a note."""
    if nested > MOST_NESTED:
        raise Refused(f"archives in archives: {path.name!r} is not unpacked")
    members = _zip_members if path.suffix.lower() == ".zip" else _tar_members
    try:
        for member in members(io.BytesIO(found.budget.unpack(file, path.name)), path.name, found.budget):
            inner = path / _inside(member.name, path.name)
            found.budget.name(inner)
            if not SKIPPED & set(inner.parts):
                _read_member(member, inner, found, nested)
    except (Refused, MemoryError):
        raise
    except Exception as error:  # Python's readers of archives raise whatever they meet
        found.notes.append(f"the archive {path.name!r} cannot be read: {str(error)[:200]}")


def _read_member(member: Member, path: PurePosixPath, found: Unpacked, nested: int) -> None:
    if len(found.names) < MOST_TOLD:
        found.names.append(os.fsencode(path))
    if member.is_link:
        found.files.append(Held(os.fsencode(path), None, member.changed))
    elif is_source(path.name):
        with member.open() as opened:
            content = opened.read(LARGEST_FILE + 1)
        found.budget.source(content)
        found.files.append(Held(os.fsencode(path), content, member.changed))
    elif is_unknown_archive(path.name):
        found.notes.append(f"{path} {NOT_OPENED}")
    elif is_archive(path.name):
        with member.open() as opened:
            _read_archive(opened, path, found, nested + 1)


class Member(NamedTuple):
    """What an archive says of a file: its name, whether that is a link or a device, when it was changed,
    and what opens it.
    """

    name: str
    is_link: bool
    changed: float
    open: Callable[[], IO[bytes]]


def _zip_members(content: io.BytesIO, name: str, budget: Budget) -> Iterator[Member]:
    file = _Headers(content.getvalue(), LARGEST_DIRECTORY)
    with zipfile.ZipFile(file) as archive:
        file.in_a_header = False
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            is_link = kind not in (0, stat.S_IFREG, stat.S_IFDIR)
            if info.is_dir():
                budget.name(PurePosixPath())
            else:
                yield Member(info.filename, is_link, _seconds(info), partial(archive.open, info))


def _seconds(info: zipfile.ZipInfo) -> float:
    """A zip's local time, as if it were UTC: it is compared with others of the same archive."""
    try:
        return float(calendar.timegm((*info.date_time, 0, 0, 0)))
    except (ValueError, OverflowError):
        return 0.0


class _Headers(io.BytesIO):
    """An archive of which no long piece is read while its headers are.

    `zipfile` makes objects of a whole directory at once, wherever it finds that; `tarfile` reads an
    extended header at once, whatever its length.

    Args:
        content: of the archive.
        longest: bytes of such a piece, at most.
    """

    def __init__(self, content: bytes, longest: int) -> None:
        super().__init__(content)
        self._longest, self.in_a_header = longest, True

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if self.in_a_header and len(data) > self._longest:
            raise Refused("an archive says more of its files than is read")
        return data


def _tar_members(content: io.BytesIO, name: str, budget: Budget) -> Iterator[Member]:
    unpacked = UNPACKERS[PurePosixPath(name.lower()).suffix](content)
    plain = content.getvalue() if unpacked is content else budget.unpack(unpacked, name)
    file = _Headers(plain, LARGEST_HEADER)
    with tarfile.open(fileobj=file, mode="r:") as archive:
        while (info := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined]  # else it keeps them all
            said = archive.pax_headers
            if len(said) > MOST_GLOBAL or sum(map(len, said.values())) > LARGEST_GLOBAL:
                raise Refused(f"the archive {name!r} says more of all its files than is read")
            file.in_a_header = False
            if info.isdir():
                budget.name(PurePosixPath())
            else:
                opened = partial(archive.extractfile, info)
                yield Member(info.name, not info.isreg(), float(info.mtime), opened)  # type: ignore[arg-type]  # it is `None` of links alone
            file.in_a_header = True


def _inside(name: str, archive: str) -> PurePosixPath:
    """A member's path, which must stay inside of its archive; Windows' separators are understood."""
    path = PurePosixPath(name.replace("\\", "/"))
    if (
        path.is_absolute()
        or ".." in path.parts
        or "\0" in name
        or ":" in path.parts[0:1]
        or name[1:2] == ":"
    ):
        raise Refused(f"the archive {archive!r} leads outside of itself: {name[:60]!r}")
    return path
