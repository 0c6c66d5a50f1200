r"""Text from outside: the one door through which it comes, and the type of what has passed it.

What a stranger wrote (names, tags, output, exceptions, cells) may command a terminal, turn the order of
letters round, be no Unicode, or never end. What has passed is printable, bounded and can be encoded; any
other sign stands there as Python writes it: `\x1b`, `\u202e`, or `\xff` for a byte that is no UTF-8.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import NewType

Outside = NewType("Outside", str)
"""Text from outside that has passed the door. Other modules make it of words of our own alone."""

NOTHING = Outside("")

LONGEST_TEXT = 8000
"""Characters of a text of several lines that are kept."""

LONGEST_LINE = 1000
"""Characters of a sentence that holds such text."""

LONGEST_NAME = 255
"""Characters of a name: no file system that is in use has longer ones."""

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LINE_ENDS = re.compile(r"\r\n?")
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Signs that Persian, Indian names and emoji are written with; they move nothing."""
_MARKED = re.compile(r"~[0-9a-f]{12}\Z")


def outside(text: str, longest: int = LONGEST_TEXT) -> Outside:
    """A text of several lines, without colours; of one that is too long, its beginning and its end.

    What has passed is not changed by passing again.

    Args:
        text: whatever somebody wrote.
        longest: characters that are kept.
    """
    plain = _LINE_ENDS.sub("\n", _COLOURS.sub("", _cut(text, longest)))
    return Outside(_cut(_escaped(plain, keep="\n\t"), longest))


def outside_line(text: str, longest: int = LONGEST_LINE) -> Outside:
    """A sentence, or whatever else must stand in one line. It is not changed by passing again.

    Args:
        text: whatever somebody wrote, or a sentence of ours around that.
        longest: characters that are kept.
    """
    return Outside(_cut(_escaped(_cut(text, longest)), longest))


def outside_name(name: str) -> Outside:
    """A name: two that differ never become the same.

    One that had to be changed ends with a mark of what it was, and so does one that looks like that.

    Args:
        name: as it stands on disk, in an archive or in an event file.
    """
    plain = _escaped(name) if len(name) <= LONGEST_NAME else ""
    if plain == name and not _MARKED.search(name):
        return Outside(name)
    mark = f"~{mark_of(name)}"
    return Outside(outside_line(name, LONGEST_NAME - len(mark)) + mark)


def mark_of(text: str) -> str:
    """Twelve letters that tell a text from others.

    Args:
        text: whatever somebody wrote.
    """
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    middle = f" …{mark_of(text)}… "
    end = (longest - len(middle)) // 2
    return f"{text[: longest - len(middle) - end]}{middle}{text[len(text) - end :]}"


def _escaped(text: str, keep: str = "") -> str:
    if text.isprintable():  # nearly all are
        return text
    return "".join(sign if _is_plain(sign) or sign in keep else _code(sign) for sign in text)


def _is_plain(sign: str) -> bool:
    # For Python, the spaces of other alphabets ("Zs") are not printable.
    return sign.isprintable() or sign in _JOINERS or unicodedata.category(sign) == "Zs"


def _code(sign: str) -> str:
    """A sign as Python writes it; a byte that is no UTF-8 as a byte."""
    if "\udc80" <= sign <= "\udcff":
        return f"\\x{ord(sign) - 0xDC00:02x}"
    return ascii(sign)[1:-1]
