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
_HEADER, _CHECKSUM = struct.Struct("<QI"), struct.Struct("<I")
_MOST_KNOWN = 4096


class Damage(ValueError):
    """An event file is damaged; what stands before the damage was read.

    Attributes:
        place: byte at which the damaged record begins.
    """

    def __init__(self, what: str, place: int) -> None:
        super().__init__(f"{what} at byte {place}")
        self.place = place


class Truncated(Damage):
    """The file ends in the middle of a record."""


class BadChecksum(Damage):
    """A checksum does not fit the bytes that it stands beside."""


def records(path: str | Path, longest: int = LONGEST_RECORD, most: int | None = None) -> Iterator[bytes]:
    """The records of an event file: length, its checksum, data, its checksum, over and over.

    Args:
        path: of the file.
        longest: a record with more bytes is checked too, but comes as `b""`.
        most: bytes of the file that are read, at most; `None` for all of it.

    Yields:
        The data of each record: an `Event`, serialized.

    Raises:
        Truncated: the file ends in the middle of a record.
        BadChecksum: the length or the data of a record is not what was written.
        Damage: a record claims more bytes than an event can have.
        ValueError: it is no regular file, or has more than `most` bytes.
        OSError: it cannot be read.
    """
    with open_regular(path) as file:
        place, known = 0, dict[bytes, int]()
        while header := file.read(_HEADER.size):
            # The same few lengths come over and over; their checksum is looked at once.
            length = known.get(header)
            if length is None:
                length = _length(header, place)
                if len(known) < _MOST_KNOWN:
                    known[header] = length
            if most is not None and place + length > most:
                raise ValueError(f"the file has more than {most} bytes")
            yield _data(file, length, longest, place)
            place += _HEADER.size + length + _CHECKSUM.size


def _length(header: bytes, place: int) -> int:
    if len(header) < _HEADER.size:
        raise Truncated("the file is truncated", place)
    length, checksum = _HEADER.unpack(header)
    if _masked(google_crc32c.value(header[:8])) != checksum:
        raise BadChecksum("the checksum of a length is wrong", place)
    if length > LARGEST_EVENT:
        raise Damage(f"a record of {length} bytes is no event", place)
    return int(length)


def _data(file: BinaryIO, length: int, longest: int, place: int) -> bytes:
    """Reads a record's data, and checks it; of a long one, piece by piece, nothing is kept."""
    piece = data = file.read(min(length, _PIECE))
    crc, missing = google_crc32c.value(piece), length - len(piece)
    if missing and len(piece) == _PIECE:
        pieces = [piece]
        while missing and (piece := file.read(min(missing, _PIECE))):
            crc, missing = google_crc32c.extend(crc, piece), missing - len(piece)
            if length <= longest:
                pieces.append(piece)
        data = b"".join(pieces)
    checksum = file.read(_CHECKSUM.size)
    if missing or len(checksum) < _CHECKSUM.size:
        raise Truncated("the file is truncated", place)
    if _masked(crc) != _CHECKSUM.unpack(checksum)[0]:
        raise BadChecksum("the checksum of a record is wrong", place)
    return data if length <= longest else b""


def _masked(crc: int) -> int:
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """One record as it stands in an event file: what `records` reads back."""
    length = struct.pack("<Q", len(data))
    sums = (_masked(google_crc32c.value(part)) for part in (length, data))
    return length + _CHECKSUM.pack(next(sums)) + data + _CHECKSUM.pack(next(sums))


def open_regular(path: str | Path) -> BinaryIO:
    """Opens a regular file that is no link.

    A link could lead out of the folder, and a FIFO would never end.

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

    Links to directories are not followed, however deep the tree is nothing recurses, and a directory
    that cannot be listed holds nothing.
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
        if files:
            yield place, sorted(files)


def _entries(folder: Path) -> Iterable[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return ()
