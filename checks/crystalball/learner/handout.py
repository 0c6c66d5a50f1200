"""A hand-out laid into a folder: a fresh one, or one that a learner has worked in for weeks.

`.handout.json` at its root says which files it put there, each with a hash: so it is known which of them
the learner has changed. Their answers stay as they are, and so do runs and progress; of any other file that
they changed the new one is put there, and theirs is kept.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import msgspec

from crystalball.curriculum.manifest import NotFound
from crystalball.curriculum.stubs import BACKUPS

FILE = ".handout.json"

LARGEST = 64 * 1024 * 1024
"""Bytes of a hand-out, at most."""


class Record(msgspec.Struct, frozen=True):
    """What a hand-out put there.

    Attributes:
        version: of the kit, and of the hand-out by a hash.
        files: the hash of each file, by its path from the root.
    """

    version: str
    files: dict[str, str]


@dataclass
class Laid:
    """What became of a folder's files.

    Attributes:
        version: of the hand-out.
        before: of the one that was there; empty for none.
        new: stubs that were not there before.
        kept: answers that were begun, and whose stub is another one now.
        gone: stubs that were there before.
        begun: of these, those that were begun, and stay.
        backups: copies of other files that the learner had changed, from the root.
    """

    version: str
    before: str
    new: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    backups: list[str] = field(default_factory=list)


def is_handout(folder: Path) -> bool:
    """Whether a folder holds a hand-out.

    Args:
        folder: of a kit.
    """
    return (folder / FILE).is_file()


def record_of(files: Mapping[str, bytes], version: str) -> Record:
    """What is written down of a hand-out.

    Args:
        files: by their paths.
        version: of the kit.
    """
    hashes = {path: _hash(content) for path, content in sorted(files.items())}
    return Record(f"{version}-{_hash(msgspec.json.encode(hashes))[:8]}", hashes)


def lay(files: Mapping[str, bytes], version: str, folder: Path) -> Laid:
    """Lays a hand-out into a folder.

    Args:
        files: by their paths from the root.
        version: of the kit.
        folder: which need not be there.

    Raises:
        NotFound: it holds something else.
    """
    old, new = _record(folder), record_of(files, version)
    laid = Laid(new.version, old.version)
    for path in sorted(files.keys() | old.files.keys()):
        place = folder / path
        there = place.read_bytes() if place.is_file() else None
        touched = there is not None and _hash(there) not in (old.files.get(path), new.files.get(path))
        if path.startswith("exercises/"):
            if path in files and path not in old.files:
                laid.new.append(path)
            if touched and path in files and old.files.get(path) != new.files[path]:
                laid.kept.append(path)
            if there is not None and path not in files:
                (laid.begun if touched else laid.gone).append(path)
            if touched:
                continue
        elif touched:
            laid.backups.append(_back_up(folder, path, old.version))
        if path not in files:
            place.unlink(missing_ok=True)
        elif there != files[path]:
            _write(place, files[path])
    _write(folder / FILE, msgspec.json.format(msgspec.json.encode(new), indent=1))
    return laid


def read_handout(path: Path) -> tuple[dict[str, bytes], str]:
    """The files of a hand-out that was given as a zip or a folder, and the version of the kit.

    Args:
        path: of the zip, or of the folder that it was unpacked to.

    Raises:
        NotFound: it is none.
    """
    try:
        files = _from_zip(path) if path.is_file() else _from_folder(path)
        record = msgspec.json.decode(files.pop(FILE), type=Record)
    except (KeyError, ValueError, zipfile.BadZipFile):
        raise NotFound(f"{path} is no hand-out: take the zip that your instructor gave you.") from None
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror or error}.") from None
    if any(_hash(files.get(name, b"")) != digest for name, digest in record.files.items()):
        raise NotFound(f"{path} is not whole, or was worked in: take the zip of your instructor.")
    return {name: files[name] for name in record.files}, record.version.rpartition("-")[0]


def _from_zip(path: Path) -> dict[str, bytes]:
    """The files below the one folder at the top of a zip."""
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if sum(entry.file_size for entry in entries) > LARGEST:
            raise ValueError("too large")
        files = {"/".join(PurePosixPath(one.filename).parts[1:]): archive.read(one) for one in entries}
    if any(".." in PurePosixPath(name).parts or "\\" in name or ":" in name for name in files):
        raise ValueError("a path leads out of the folder")
    return files


def _from_folder(path: Path) -> dict[str, bytes]:
    record = msgspec.json.decode((path / FILE).read_bytes(), type=Record)
    return {name: (path / name).read_bytes() for name in (*record.files, FILE) if (path / name).is_file()}


def _record(folder: Path) -> Record:
    """What the hand-out that is there put there; nothing in a folder that is empty."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Record)
    except ValueError:
        raise NotFound(f"{folder / FILE} is damaged: use another folder.") from None
    except FileNotFoundError:
        if folder.is_dir() and any(path.name != ".git" for path in folder.iterdir()):
            raise NotFound(f"{folder} is not empty, and no hand-out: use a new folder.") from None
        return Record("", {})


def _back_up(folder: Path, path: str, version: str) -> str:
    """Keeps a file of the learner's; returns the path of the copy."""
    copy = f"{BACKUPS.as_posix()}/{version}/{path}"
    (folder / copy).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(folder / path, folder / copy)
    return copy


def _write(place: Path, content: bytes) -> None:
    """A file that is there whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f"{place.name}.new")
    fresh.write_bytes(content)
    fresh.replace(place)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
