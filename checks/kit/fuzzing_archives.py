"""Archives that no program makes: what the fuzzers hand in.

Each is built as an archive is (headers, contents, a directory), with one thing or more in it that is not
as anybody writes it; or it is a right one with some bytes changed. They lie in each other, and are packed
in each other's ways.
"""

import bz2
import gzip
import io
import lzma
import random
import stat
import struct
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

from fuzzing_files import broken

ANSWER = "01_first_scalar.py"
NAMES = (
    *(ANSWER, "02_run_directory.py", "homework/03_epoch_loss.ipynb", "01_first_scalar (2).py", "helper.py"),
    *("a/", "a", "", ".", "..", "/", "//", "a/../b.py", "../" + ANSWER, "/etc/" + ANSWER, "C:\\" + ANSWER),
    *("..\\" + ANSWER, "a\0" + ANSWER, "\ud800.py", "x" * 300 + ".py", "a/" * 200 + ANSWER, "\x1b[2J.py"),
    *(
        "\u202e" + ANSWER,
        "=cmd|'/c calc'!A0.py",
        "<script>.py",
        "\nb.py",
        ".git/" + ANSWER,
        "x.rar",
        "é.py",
    ),
    *(ANSWER + "/" + ANSWER, ANSWER.upper(), "CON.py", "aux", "a:b.py", "./" + ANSWER, "x.7z"),
)
INNER = ("inner.zip", "inner.tar", "inner.tgz", "inner.tar.bz2", "inner.xz", "INNER.ZIP")
SHORT = (0, 1, 8, 20, 45, 0x21, 255, 256, 0x7FFF, 0x8000, 0xFFFF)
SIZES = (0, 1, 7, 22, 4096, 2**16, 2**31 - 1, 2**31, 2**32 - 1)
NUMBERS = (*SIZES, 2**33, 2**62, 2**63, -1)
MODES = (0, stat.S_IFREG, stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK)
WORDS = (*("path", "linkpath", "size", "mtime", "uid", "comment", "hdrcharset", "charset", "atime"),)
SPARSE = (
    "GNU.sparse.major",
    "GNU.sparse.minor",
    "GNU.sparse.map",
    "GNU.sparse.numblocks",
    "GNU.sparse.size",
)
DEEPEST = 5


def archive(rng: random.Random) -> tuple[str, bytes]:
    """One archive, with the name that it is handed in under.

    Args:
        rng: draws.
    """
    name, content = _archive(rng, 0)
    return name.rpartition("/")[2], content


def _archive(rng: random.Random, depth: int) -> tuple[str, bytes]:
    name = rng.choice(INNER)
    make = rng.choice((_zip, _real_zip)) if name.lower().endswith("zip") else rng.choice((_tar, _real_tar))
    content = make(rng, depth)
    if not name.lower().endswith(("zip", "tar")):
        content = _packed(rng, name, content)
    if rng.random() < 0.15:
        content = broken(rng, content)
    return (name if rng.random() < 0.97 else rng.choice(INNER)), content


def _members(rng: random.Random, depth: int) -> list[tuple[str, bytes]]:
    """Names and contents, of which some are archives again."""
    found = []
    for _ in range(rng.choice((0, 1, 1, 2, 5))):
        if depth < DEEPEST and rng.random() < 0.25:
            found.append(_archive(rng, depth + 1))
        else:
            found.append((rng.choice(NAMES[:5] if rng.random() < 0.6 else NAMES), _content(rng)))
    if rng.random() < 0.01:
        found = [(f"{n}/{ANSWER}", b"x = 1") for n in range(500)]
    return found


def _content(rng: random.Random) -> bytes:
    texts = (
        b"",
        b"x = 1\n",
        b"\xff\xfe",
        b"[" * 9000,
        b'{"cells": []}',
        b"# coding: utf-7\n",
        b"\0" * 5000,
    )
    return rng.choice(texts) if rng.random() < 0.98 else bytes(2**20 + 1)


def _real_zip(rng: random.Random, depth: int) -> bytes:
    packed = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w", rng.choice((0, 8, 12, 14))) as made:
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, content in _members(rng, depth):
            made.writestr(zipfile.ZipInfo(name.replace("\ud800", "?")), content)
    return packed.getvalue()


def _zip(rng: random.Random, depth: int) -> bytes:
    """A zip whose headers say what they like."""
    files, directory = b"", b""
    members = _members(rng, depth)
    for name, content in members:
        encoded = name.encode("utf-8", rng.choice(("surrogatepass", "replace")))[:60_000]
        deflated = zlib.compress(content, 1)[2:-4]
        method = _mostly(rng, 8, (0, 1, 9, 12, 14, 93, 99))
        data = deflated if method in (8, 9) else content
        flags = _mostly(rng, 0, (1, 8, 0x40, 0x800, 0x2000, 0xFFFF))
        facts = struct.pack(
            "<4H3L",
            flags,
            method,
            rng.choice(SHORT),
            _mostly(rng, 0x5D61, SHORT),
            _mostly(rng, zlib.crc32(content), SIZES),
            _mostly(rng, len(data), SIZES),
            _mostly(rng, len(content), SIZES),
        )
        extra, comment = _extra(rng), bytes(_mostly(rng, 0, (0, 5, 60_000)))
        offset = _mostly(rng, len(files), (*SIZES, len(files) // 2))
        attributes = rng.choice(MODES) << 16
        lengths = _mostly(rng, len(encoded), SHORT), len(extra)
        directory += b"PK\1\2" + struct.pack("<2H", _mostly(rng, 0x314, SHORT), _mostly(rng, 20, SHORT))
        directory += facts + struct.pack("<5H2L", *lengths, len(comment), 0, 0, attributes, offset)
        directory += encoded + extra + comment
        files += b"PK\3\4" + struct.pack("<H", 20) + facts + struct.pack("<2H", *lengths)
        files += encoded + extra + data
    count = _mostly(rng, len(members), SHORT)
    size, offset = _mostly(rng, len(directory), SIZES), _mostly(rng, len(files), SIZES)
    end = b""
    if rng.random() < 0.1:
        larger = (rng.choice(NUMBERS) % 2**64 for _ in range(4))
        end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, *larger)
        end += struct.pack("<4sLQL", b"PK\6\7", 0, len(files) + len(directory), 1)
    comment = rng.choice((b"", b"", b"", b"PK\5\6", b"x" * 40, bytes(0xFFFF)))
    end += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, size, offset, len(comment)) + comment
    return rng.choice((b"", b"", b"", b"#!/bin/sh\n")) + files + directory + end


def _extra(rng: random.Random) -> bytes:
    """Fields beside a name in a zip: large sizes, another name, or what not."""
    match rng.randrange(12):
        case 0:
            return struct.pack("<2H3Q", 1, 24, *(rng.choice(NUMBERS) % 2**64 for _ in range(3)))
        case 1:
            return struct.pack("<2H", 1, rng.choice(SHORT))
        case 2:
            return struct.pack("<2HBL", 0x7075, 5 + len(ANSWER), 1, 0) + ANSWER.encode()
        case 3:
            return bytes(rng.choice((1, 3, 4, 60_000)))
        case _:
            return b""


def _real_tar(rng: random.Random, depth: int) -> bytes:
    packed = io.BytesIO()
    form = rng.choice((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT))
    with tarfile.open(fileobj=packed, mode="w", format=form, errors="surrogateescape") as made:
        for name, content in _members(rng, depth):
            info = tarfile.TarInfo(name.replace("\ud800", "\udce9"))
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def _tar(rng: random.Random, depth: int) -> bytes:
    """A tar whose headers say what they like."""
    made = b""
    for name, content in _members(rng, depth):
        kind = _mostly(rng, b"0", tuple(bytes([one]) for one in b"\x00123456789xgLKSDVX"))
        if kind in (b"x", b"g", b"X"):
            content = _pax(rng)
        made += _header(rng, name, kind, len(content)) + content + bytes(-len(content) % 512)
    return made + bytes(rng.choice((0, 512, 1024, 1024, 10240)))


def _header(rng: random.Random, name: str, kind: bytes, size: int) -> bytes:
    encoded = name.encode("utf-8", "replace")
    number = _mostly(rng, size, NUMBERS)
    octal = (
        b"%011o\0" % number if 0 <= number < 2**33 else b"\x80" + number.to_bytes(11, "big", signed=True)
    )
    block = bytearray(512)
    block[0 : min(100, len(encoded))] = encoded[:100]
    block[124:136], block[156:157] = octal, kind
    block[136:148] = rng.choice((b"00000000000\0", b"77777777777\0", b"\xff" * 12, b"zzzzzzzzzzz\0"))
    block[157:160] = rng.choice((b"", b"../", b"/", b"x")).ljust(3, b"\0")
    block[257:265] = rng.choice((b"ustar\x0000", b"ustar  \0", bytes(8)))
    if kind == b"S":
        block[386:482] = b"".join(b"%011o\0" % rng.choice(SIZES) for _ in range(8))
        block[482], block[483:495] = rng.choice((0, 1)), b"%011o\0" % rng.choice(SIZES)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % _mostly(rng, sum(block), (0, 1))
    return bytes(block)


def _pax(rng: random.Random) -> bytes:
    made = b""
    for _ in range(rng.choice((0, 1, 2, 10, 300))):
        word = rng.choice((*WORDS, *WORDS, *SPARSE))
        value = rng.choice((*NAMES, *map(str, NUMBERS), "nan", "1e999", "0,1,2,3", "9" * 5000, "-1,5"))
        said = f" {word}={value}\n".encode("utf-8", "replace")
        made += str(_mostly(rng, len(said) + len(str(len(said) + 3)), NUMBERS)).encode() + said
    return made


def _packed(rng: random.Random, name: str, content: bytes) -> bytes:
    pack: Callable[[bytes], bytes] = {
        "tgz": lambda data: gzip.compress(data, mtime=0),
        "bz2": bz2.compress,
        "xz": lambda data: lzma.compress(data, preset=0),
    }[name.rpartition(".")[2]]
    whole = pack(content)
    match rng.randrange(12):
        case 0:
            return whole + pack(content)
        case 1:
            return whole + bytes(rng.randrange(30))
        case 2:
            return b"".join(map(pack, (content[:700], content[700:])))
        case _:
            return whole


def _mostly(rng: random.Random, right: Any, wrong: tuple[Any, ...]) -> Any:
    """What is right, but for one time in thirty."""
    return right if rng.random() < 0.97 else rng.choice(wrong)
