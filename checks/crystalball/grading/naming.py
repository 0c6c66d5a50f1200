"""How a file is named after an exercise, whatever people and platforms made of the name.

`01_first_scalar (1).py`, `01_first_scalar-2.py`, `jane_doe_01_first_scalar.py`,
`01_first_scalar_jane_doe.py`, `1_first_scalar.py`, `01 First Scalar.PY`, `01FirstScalar.ipynb`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import cache, lru_cache
from pathlib import PurePosixPath
from typing import NamedTuple

from crystalball.curriculum.manifest import Exercise, curriculum

GIVEN = ("solutions", "checks")
"""Folders of the kit, beside `exercises`, that hold no answers; a clone has all three."""

AGAIN = re.compile(r"[-_. ]*(?:(?:- ?copy|copy|v)[-_. ]*)?\(?(?P<number>\d{1,3})\)?", re.IGNORECASE)
"""What is put behind the name of a file that is handed in again: ` (1)`, `-2`, `_v3`, ` - Copy (2)`."""


class Naming(NamedTuple):
    """How a file is named after an exercise; of two, the smaller is the better answer.

    Attributes:
        decorated: more stands in the name, such as a person's.
        again: minus the number of the copy: what was handed in again is newer.
        depth: of the folder that it lies in.
    """

    decorated: bool
    again: int
    depth: int


LONGEST_STEM = 255
"""Letters of a name, as file systems have them; a longer one, of an archive's member, names nothing."""


@cache
def _pattern(id: str) -> re.Pattern[str]:
    number, *words = id.split("_")
    name = r"[\W_]*".join(map(re.escape, words))
    return re.compile(
        rf"(?P<before>.*?)(?<!\d)0*{int(number)}[\W_]*{name}(?![^\W\d_])(?P<after>.*)", re.DOTALL
    )


@lru_cache(maxsize=64)  # one name is asked about by every exercise
def _plain(stem: str) -> str:
    return unicodedata.normalize("NFKC", stem).casefold()


def naming(exercise: Exercise, path: PurePosixPath) -> Naming | None:
    """How a path is named after an exercise; `None` when it is not.

    Args:
        exercise: that it may answer.
        path: of a source file or a notebook.
    """
    if len(path.stem) > LONGEST_STEM:
        return None
    match = _pattern(exercise.id).fullmatch(_plain(path.stem))
    if match is None or match["before"].startswith("test"):
        return None
    before, after = match["before"].strip(" ._-"), match["after"].strip()
    again = AGAIN.fullmatch(after)
    decorated = bool(before) or (bool(after) and again is None)
    if again is None:
        again = re.search(r"[-_. (](?P<number>\d{1,3})\)?$", after)
    return Naming(decorated, -int(again["number"]) if again else 0, len(path.parts))


def named(paths: Collection[PurePosixPath]) -> dict[str, dict[PurePosixPath, Naming]]:
    """By the id of an exercise, the paths that are named after it; without the kit's own in a clone.

    Args:
        paths: of what was handed in, or of links in it.
    """
    kits = {place.parent for path in paths for place in path.parents if place.name == "exercises"}
    own = [path for path in paths if not any(_is_given(place, kits) for place in path.parents)]
    return {
        exercise.id: {path: name for path in own if (name := naming(exercise, path)) is not None}
        for exercise in curriculum().exercises
    }


def _is_given(folder: PurePosixPath, kits: Collection[PurePosixPath]) -> bool:
    return folder.name in GIVEN and folder.parent in kits
