"""How the submissions of a class lie in a folder: as Canvas, Moodle, Gradescope or git leave them.

Canvas puts all files of all students side by side, `lastname_LATE_12345_67890_name-1.py`: the
student's id, the file's id, and `-1` for what was handed in again. Moodle makes a folder a student,
`Name Surname_123456_assignsubmission_file_`, or puts that before each file's name. Gradescope makes
a folder a submission and says in `submission_metadata.yml` whose it is. All else is one entry a
student: a folder (a git clone too), an archive, or a single file.
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from crystalball.curriculum.manifest import NotFound
from crystalball.grading.times import read_time
from crystalball.processes.inside.unpack_bounds import is_archive, is_source, is_unknown_archive
from crystalball.reading.outside import Outside, outside_name

CANVAS = re.compile(
    r"(?P<who>[^_]+)_(?P<late>LATE_)?(?P<id>\d+)_(?P<file>\d+)_(?P<name>.+?)(?:-(?P<again>\d+))?(?P<suffix>\.[^.]+)"
)
MOODLE = re.compile(r"(?P<who>.+?)_(?P<id>\d+)_assignsubmission_(?P<kind>file|onlinetext)_?(?P<name>.*)")
GRADESCOPE = re.compile(r"assignment_\d+_export.*")
METADATA = "submission_metadata.yml"
CONTAINER_METADATA = "submission_metadata.json"
LARGEST_METADATA = 16 * 1024 * 1024


@dataclass(frozen=True)
class Source:
    """Something on disk that belongs to an entry.

    Attributes:
        path: a folder, an archive or a file.
        name: what the student called it.
        late: the learning platform says that it came late.
    """

    path: Path
    name: str
    late: bool = False


@dataclass(frozen=True)
class Entry:
    """What one student, or one group, handed in.

    Attributes:
        name: the entry's name in the folder; where a student has several files there, what they share.
        sources: what lies on disk; a later one replaces what has the same name in an earlier one.
        handles: all that may tell whose it is: names, ids, addresses.
        handed_in: when it came, by the platform's record; `None` where it does not say.
    """

    name: Outside
    sources: tuple[Source, ...]
    handles: tuple[str, ...]
    handed_in: datetime | None = None


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
    folder = _export_in(folder)
    told = _gradescope_metadata(folder / METADATA)
    groups: dict[str, list[_Part]] = {}
    for part in (_read_name(path) for path in sorted(folder.iterdir()) if _could_be(path)):
        groups.setdefault(part.entry, []).append(part)
    if not groups:
        raise NotFound(f"SUBMISSIONS: {folder} holds no folder, archive or Python file.")
    return [_entry(name, parts, told.get(name, _Told())) for name, parts in groups.items()]


def one_entry(path: Path) -> Entry:
    """What one student handed in, as a platform's container finds it.

    Gradescope says beside it, in `submission_metadata.json`, whose it is and when it came.

    Args:
        path: a folder, an archive or a file.

    Raises:
        NotFound: it is not there.
    """
    if not path.exists():
        raise NotFound(f"--one: {path} is not there.")
    told = _Told()
    with contextlib.suppress(OSError, ValueError, AttributeError, RecursionError):
        data = json.loads((path.parent / CONTAINER_METADATA).read_bytes())
        people = [one for one in data.get("users", []) if isinstance(one, dict)]
        handles = tuple(str(one[key]) for one in people for key in ("name", "sid", "email") if one.get(key))
        told = _Told(handles, read_time(str(data.get("created_at", "")), UTC))
    return _entry(path.name, [_Part(path.name, (0, 0), Source(path, path.name), (path.name,))], told)


def _export_in(folder: Path) -> Path:
    """The folder that a platform's zip unpacked to, where a folder holds nothing else; or the folder."""
    there = [path for path in sorted(folder.iterdir()) if _could_be(path)]
    if len(there) != 1 or there[0].is_symlink() or not there[0].is_dir() or (folder / METADATA).exists():
        return folder
    inner = there[0]
    if MOODLE.fullmatch(inner.name):
        return folder
    names = [path.name for path in inner.iterdir()]
    # A student's folder may hold such a file, too: Gradescope's own name tells an export.
    gradescope = METADATA in names and GRADESCOPE.fullmatch(inner.name) is not None
    is_export = gradescope or any(MOODLE.fullmatch(name) or CANVAS.fullmatch(name) for name in names)
    return inner if is_export else folder


class _Told(NamedTuple):
    """What a platform's data tell of a submission: names, ids, addresses of its people; when it came."""

    handles: tuple[str, ...] = ()
    handed_in: datetime | None = None


class _Part(NamedTuple):
    """What one path tells: the entry that it belongs to, its rank there, and whose that is."""

    entry: str
    rank: tuple[int, int]
    source: Source
    handles: tuple[str, ...]


def _entry(name: str, parts: list[_Part], told: _Told) -> Entry:
    parts = sorted(parts, key=lambda part: part.rank)
    handles = dict.fromkeys((*(handle for part in parts for handle in part.handles), *told.handles))
    sources = tuple(part.source for part in parts)
    return Entry(outside_name(name), sources, tuple(handles), told.handed_in)


def _could_be(path: Path) -> bool:
    if path.name.startswith((".", "__MACOSX")):
        return False
    known = is_archive(path.name) or is_source(path.name) or is_unknown_archive(path.name)
    return known or path.is_symlink() or path.is_dir()


def _read_name(path: Path) -> _Part:
    if (canvas := CANVAS.fullmatch(path.name)) and not path.is_dir():
        who, id = canvas["who"], canvas["id"]
        rank = (int(canvas["again"] or 0), int(canvas["file"]))
        source = Source(path, canvas["name"] + canvas["suffix"], canvas["late"] is not None)
        return _Part(f"{who}_{id}", rank, source, (f"{who}_{id}", id, who))
    if moodle := MOODLE.fullmatch(path.name):
        name = f"{moodle['who']}_{moodle['id']}"
        source = Source(path, moodle["name"] or path.name)
        return _Part(
            name, (0, 0), source, (name, moodle["id"], f"Participant {moodle['id']}", moodle["who"])
        )
    stem = path.name if path.is_dir() else path.name.partition(".")[0]
    return _Part(path.name, (0, 0), Source(path, path.name), (path.name, stem))


def _gradescope_metadata(path: Path) -> dict[str, _Told]:
    """What Gradescope exports of each submission.

    Raises:
        NotFound: the file is there and cannot be read.
    """
    if not path.is_file():
        return {}
    import yaml

    class Plain(yaml.BaseLoader):
        """Makes nothing but text, lists and dicts, whatever the tags say, and none of them twice."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("it has an alias, which no export has")
            return super().compose_node(parent, index)

    try:
        with path.open("rb") as file:
            data: Any = yaml.load(file.read(LARGEST_METADATA), Loader=Plain)
        return {str(name): _told(one) for name, one in data.items()}
    except (yaml.YAMLError, UnicodeError, AttributeError, TypeError, RecursionError) as error:
        first = str(error).splitlines()[0]
        raise NotFound(f"{path} is no metadata of a Gradescope export: {first}") from None


def _told(one: dict[str, Any]) -> _Told:
    people = one.get(":submitters", one.get("submitters")) or []
    keys = ("name", "sid", "email")
    found = (person.get(f":{key}", person.get(key, "")) for person in people for key in keys)
    came = one.get(":created_at", one.get("created_at", ""))
    # In some exports it is Ruby's object, whose time in UTC is a field.
    came = came.get("utc", came.get("time", "")) if isinstance(came, dict) else came
    return _Told(tuple(one for one in found if one and isinstance(one, str)), read_time(str(came), UTC))
