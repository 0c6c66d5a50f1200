"""The stamp of a hand-out: the last line of each of its stubs, which says what it was made from.

An answer comes back with it, whatever its file is called then; so it is known which exercise it
answers, and whether its author read the contract that it is judged by.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import crystalball
from crystalball.curriculum.manifest import Exercise
from crystalball.curriculum.stubs import pristine

LINE = re.compile(rb"^# Crystal Ball (\S{1,40}) (\d\d_\w{1,80}): keep this line.*", re.MULTILINE)


@dataclass(frozen=True)
class Stamp:
    """What a stub was made from.

    Attributes:
        exercise: its id.
        version: of the kit and, by a hash, of the stub.
    """

    exercise: str
    version: str

    @property
    def line(self) -> str:
        """As it stands in a stub."""
        return f"# Crystal Ball {self.version} {self.exercise}: keep this line, it says what you began with"


def stamp_of(exercise: Exercise) -> Stamp:
    """The stamp that this kit gives.

    Args:
        exercise: whose stub.
    """
    text = without(pristine(exercise).encode()).rstrip()  # a hand-out's own stubs have one already
    digest = hashlib.sha256(text).hexdigest()[:8]
    return Stamp(exercise.id, f"{crystalball.__version__}-{digest}")


def stamped(exercise: Exercise) -> str:
    """The text of a stub as it is handed out.

    Args:
        exercise: whose stub.
    """
    return f"{pristine(exercise)}\n{stamp_of(exercise).line}\n"


def read_stamp(content: bytes) -> Stamp | None:
    """The stamp in an answer; `None` for none.

    Args:
        content: of the file.
    """
    found = LINE.search(content)
    return Stamp(found[2].decode(errors="replace"), found[1].decode(errors="replace")) if found else None


def without(content: bytes) -> bytes:
    """A stub or an answer without its stamp.

    Args:
        content: of the file.
    """
    return LINE.sub(b"", content)


def warning(exercise: Exercise, content: bytes) -> str | None:
    """What an instructor should know of an answer's stamp; `None` for nothing.

    Args:
        exercise: that it answers.
        content: of the file.
    """
    stamp, ours = read_stamp(content), stamp_of(exercise)
    if stamp is None or stamp == ours:
        return None
    if stamp.exercise != exercise.id:
        return f"{exercise.id} was begun from the stub of {stamp.exercise}"
    return f"{exercise.id} was made from hand-out {stamp.version}, and is judged by {ours.version}"
