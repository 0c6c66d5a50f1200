"""How the submissions of a class lie in a folder: as Canvas, Moodle, Gradescope or git leave them.

Canvas puts all files of all students side by side, `lastname_LATE_12345_67890_name-1.py`: the
student's id, the file's id, and `-1` for what was handed in again. Moodle makes a folder a student,
`Name Surname_123456_assignsubmission_file_`, or puts that before each file's name. Gradescope makes
a folder a submission and says in `submission_metadata.yml` whose it is. All else is one entry a
student: a folder (a git clone too), an archive, or a single file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from crystalball.curriculum.manifest import NotFound
from crystalball.grading.archives import is_archive, is_source

CANVAS = re.compile(
    r"(?P<who>[^_]+)_(?P<late>LATE_)?(?P<id>\d+)_(?P<file>\d+)_(?P<name>.+?)(?:-(?P<again>\d+))?(?P<suffix>\.[^.]+)"
)
MOODLE = re.compile(r"(?P<who>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>file|onlinetext)_?(?P<name>.*)")
METADATA = "submission_metadata.yml"
LARGEST_METADATA = 16 * 1024 * 1024


@dataclass(frozen=True)
class Source:
    """Something on disk that belongs to an entry.

    Attributes:
        path: a folder, an archive or a file.
        name: what the student called it.
    """

    path: Path
    name: str


@dataclass(frozen=True)
class Entry:
    """What one student, or one group, handed in.

    Attributes:
        name: the entry's name in the folder; where a student has several files there, what they share.
        sources: what lies on disk; a later one replaces what has the same name in an earlier one.
        handles: all that may tell whose it is: names, ids, addresses.
        late: the learning platform says that it came late.
    """

    name: str
    sources: tuple[Source, ...]
    handles: tuple[str, ...]
    late: bool = False


def find_entries(folder: Path) -> list[Entry]:
    """The entries of a folder of submissions, by name.

    Args:
        folder: what an instructor downloaded, or put together.

    Raises:
        NotFound: there is no such folder, or nothing in it that could be a submission.
    """
    if not folder.is_dir():
        what = "is a file: unpack it, and name the folder" if folder.exists() else "is not there"
        raise NotFound(f"SUBMISSIONS: {folder} {what}.")
    owners = _gradescope_owners(folder / METADATA)
    groups: dict[str, list[_Part]] = {}
    for part in (_read_name(path) for path in sorted(folder.iterdir()) if _could_be(path)):
        groups.setdefault(part.entry, []).append(part)
    if not groups:
        raise NotFound(f"SUBMISSIONS: {folder} holds no folder, archive or Python file.")
    return [_entry(name, parts, owners.get(name, ())) for name, parts in groups.items()]


class _Part(NamedTuple):
    """What one path tells: the entry that it belongs to, its rank there, whose that is, if it is late."""

    entry: str
    rank: tuple[int, int]
    source: Source
    handles: tuple[str, ...]
    late: bool = False


def _entry(name: str, parts: list[_Part], owners: tuple[str, ...]) -> Entry:
    parts = sorted(parts, key=lambda part: part.rank)
    handles = dict.fromkeys((*(handle for part in parts for handle in part.handles), *owners))
    return Entry(
        name, tuple(part.source for part in parts), tuple(handles), any(part.late for part in parts)
    )


def _could_be(path: Path) -> bool:
    if path.name.startswith((".", "__MACOSX")):
        return False
    return path.is_symlink() or path.is_dir() or is_archive(path.name) or is_source(path.name)


def _read_name(path: Path) -> _Part:
    if (canvas := CANVAS.fullmatch(path.name)) and not path.is_dir():
        who, id = canvas["who"], canvas["id"]
        rank = (int(canvas["again"] or 0), int(canvas["file"]))
        source = Source(path, canvas["name"] + canvas["suffix"])
        return _Part(f"{who}_{id}", rank, source, (f"{who}_{id}", id, who), canvas["late"] is not None)
    if moodle := MOODLE.fullmatch(path.name):
        name = f"{moodle['who']}_{moodle['id']}"
        source = Source(path, moodle["name"] or path.name)
        return _Part(name, (0, 0), source, (name, moodle["id"], moodle["who"]))
    stem = path.name if path.is_dir() else path.name.partition(".")[0]
    return _Part(path.name, (0, 0), Source(path, path.name), (path.name, stem))


def _gradescope_owners(path: Path) -> dict[str, tuple[str, ...]]:
    """Names, ids and addresses of those who handed in each submission, as Gradescope exports them.

    Raises:
        NotFound: the file is there and cannot be read.
    """
    if not path.is_file():
        return {}
    import yaml

    try:
        with path.open("rb") as file:
            # The base loader makes nothing but text, lists and dicts, whatever the tags say.
            data: Any = yaml.load(file.read(LARGEST_METADATA), Loader=yaml.BaseLoader)
        return {str(name): _submitters(one) for name, one in data.items()}
    except (yaml.YAMLError, UnicodeError, AttributeError, TypeError, RecursionError) as error:
        first = str(error).splitlines()[0]
        raise NotFound(f"{path} is no metadata of a Gradescope export: {first}") from None


def _submitters(one: dict[str, Any]) -> tuple[str, ...]:
    people = one.get(":submitters", one.get("submitters")) or []
    keys = ("name", "sid", "email")
    found = (str(person.get(f":{key}", person.get(key, ""))) for person in people for key in keys)
    return tuple(filter(None, found))
