"""The records of an event file, with their checksums; and the event files below a folder.

A file is read piece by piece and nothing in it is believed before its checksum is right, so a
damaged or hostile one costs no more memory than its longest record.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import google_crc32c

LONGEST_RECORD = 64 * 1024 * 1024
"""Bytes of a record that are held, at most."""

LARGEST_EVENT = 2**31
"""Bytes; protobuf has no larger messages."""

_PIECE = 1 << 20
_HEADER, _MASK = struct.Struct("<QI"), 0xA282EAD8
_MOST_KNOWN = 4096


class Damage(ValueError):
    """An event file is damaged; what stands before the damage was read.

    Attributes:
        what: is damaged.
        place: byte at which the damaged record begins.
    """

    def __init__(self, what: str, place: int) -> None:
        super().__init__(what, place)  # as it was made, so that it travels between processes
        self.what, self.place = what, place

    def __str__(self) -> str:
        return f"{self.what} at byte {self.place}"


class Truncated(Damage):
    """The file ends in the middle of a record."""


class BadChecksum(Damage):
    """A checksum does not fit the bytes that it stands beside."""


class NoEventFile(BadChecksum):
    """The very first bytes are not those of a record."""


def records(
    path: str | Path, longest: int = LONGEST_RECORD, most: int | None = None
) -> Iterator[bytes | None]:
    """The records of an event file: length, its checksum, data, its checksum, over and over.

    Args:
        path: of the file.
        longest: a record with more bytes is checked too, but comes as `None`.
        most: bytes of the file that are read, at most; `None` for all of it.

    Yields:
        The data of each record: an `Event`, serialized.

    Raises:
        Truncated: the file ends in the middle of a record.
        BadChecksum: a length or its data is not what was written (`NoEventFile`: the very first is not).
        Damage: a record claims more bytes than an event can have.
        ValueError: it is no regular file, or has more than `most` bytes.
        OSError: it cannot be read.
    """
    with open_regular(path) as file:
        place, known = 0, dict[bytes, int]()
        while header := file.read(_HEADER.size):
            if (length := known.get(header)) is None:  # the same few come over and over
                length = _length(header, place)
                if len(known) < _MOST_KNOWN:
                    known[header] = length
            if most is not None and place + length > most:
                raise ValueError(f"the file has more than {most} bytes")
            data = file.read(length) if length <= _PIECE else b""
            crc = google_crc32c.value(data)
            if length > _PIECE:
                data, crc = _long(file, length, longest, place)
            checksum = file.read(4)
            if len(checksum) < 4 or len(data) < length <= _PIECE:
                raise Truncated("the file is truncated", place)
            if ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF != int.from_bytes(checksum, "little"):
                raise BadChecksum("the checksum of a record is wrong", place)
            yield data if length <= longest else None
            place += _HEADER.size + length + 4


def _length(header: bytes, place: int) -> int:
    if len(header) < _HEADER.size:
        raise Truncated("the file is truncated", place)
    length, checksum = _HEADER.unpack(header)
    if _masked(google_crc32c.value(header[:8])) != checksum:
        if place == 0:
            raise NoEventFile("there is no record", place)
        raise BadChecksum("the checksum of a length is wrong", place)
    if length > LARGEST_EVENT:
        raise Damage(f"a record of {length} bytes is no event", place)
    return int(length)


def _long(file: BinaryIO, length: int, longest: int, place: int) -> tuple[bytes, int]:
    """Reads the data of a long record piece by piece; one that is too long is not kept."""
    pieces, crc, missing = [], 0, length
    while missing:
        piece = file.read(min(missing, _PIECE))
        if not piece:
            raise Truncated("the file is truncated", place)
        crc, missing = google_crc32c.extend(crc, piece), missing - len(piece)
        if length <= longest:
            pieces.append(piece)
    return b"".join(pieces), crc


def _masked(crc: int) -> int:
    return ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """One record as it stands in an event file: what `records` reads back.

    Args:
        data: of one record.
    """
    length = struct.pack("<Q", len(data))
    parts = (part + struct.pack("<I", _masked(google_crc32c.value(part))) for part in (length, data))
    return b"".join(parts)


def open_regular(path: str | Path) -> BinaryIO:
    """Opens a regular file that is no link.

    A link could lead out of the folder, and a FIFO would never end.

    Args:
        path: of the file.

    Raises:
        ValueError: it is no regular file.
        OSError: it cannot be opened.
    """
    # Windows knows neither of the first two flags.
    flags = (getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
    file = os.fdopen(os.open(path, os.O_RDONLY | sum(flags)), "rb", _PIECE)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise ValueError("it is no regular file")
    return file


def event_files(folder: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Every directory from `folder` downwards that holds event files, with these, by name.

    Args:
        folder: where to begin.
    """
    return ((place, files) for place, files in directories(folder) if files)


def directories(folder: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Every directory from `folder` downwards, itself first, with the event files in it, by name.

    Links to directories are not followed, however deep the tree is nothing recurses, and a directory
    that cannot be listed holds nothing.

    Args:
        folder: where to begin.
    """
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        files, folders = [], []
        for entry in _entries(place):
            if entry.is_dir(follow_symlinks=False):
                folders.append(place / entry.name)
            elif "tfevents" in entry.name:
                files.append(place / entry.name)
        waiting += sorted(folders, reverse=True)
        yield place, sorted(files)


def _entries(folder: Path) -> Iterable[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return ()
