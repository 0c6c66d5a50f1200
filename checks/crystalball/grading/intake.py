"""From an entry to its answers: which file of it answers which exercise, and what goes along."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crystalball.curriculum.manifest import Exercise
from crystalball.grading.archives import LARGEST_FILE, Holdings, RefusedSubmission, read_holdings
from crystalball.grading.layouts import Entry
from crystalball.judging.verdict import Status

GIVEN = ("solutions", "checks")
"""Folders of the kit, beside `exercises`, that hold no answers; a clone has all three."""


@dataclass(frozen=True)
class Answer:
    """What somebody handed in for one exercise.

    Attributes:
        exercise: its id.
        place: where it lies in the entry; empty when it is not there.
        files: the file and the modules beside it, by their path from its folder.
        problem: why there is nothing that could be run, and a detail; `None` where there is.
    """

    exercise: str
    place: str
    files: dict[str, bytes]
    problem: tuple[Status, str] | None = None

    @property
    def digest(self) -> str:
        """A hash of all that can have an influence on the verdict."""
        digest = hashlib.sha256()
        for part in (self.exercise, *map(str, self.problem or ())):
            digest.update(part.encode() + b"\0")
        for name, content in sorted(self.files.items()):
            digest.update(f"{name}\0{len(content)}\0".encode(errors="surrogateescape") + content)
        return digest.hexdigest()

    def write(self, folder: Path) -> Path:
        """Writes the files below a folder; returns the path of the answer itself.

        Args:
            folder: an empty one.

        Raises:
            OSError: two of the names exclude each other, or the disk is full.
        """
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder / f"{self.exercise}.py"


@dataclass(frozen=True)
class Submission:
    """One entry, read.

    Attributes:
        entry: what it was read from.
        answers: one for each exercise that was asked for.
        notes: what an instructor should know.
    """

    entry: Entry
    answers: tuple[Answer, ...]
    notes: tuple[str, ...]


def read_submission(entry: Entry, exercises: Sequence[Exercise]) -> Submission:
    """Reads an entry, and finds the answers in it. Whatever it holds, this comes to an end.

    Args:
        entry: where it lies.
        exercises: that are asked for.
    """
    holdings = Holdings()
    try:
        for source in entry.sources:
            read_holdings(source.path, source.name, holdings)
    except (RefusedSubmission, ValueError, OSError) as refused:
        problem = (Status.REFUSED, str(refused))
        answers = tuple(Answer(one.id, "", {}, problem) for one in exercises)
        return Submission(entry, answers, (str(refused), *holdings.notes))
    links = [f"{path} is a link or no regular file: it was not followed" for path in holdings.links]
    found = [_find(exercise, holdings) for exercise in exercises]
    notes = [note for _, note in found if note]
    return Submission(entry, tuple(answer for answer, _ in found), (*holdings.notes, *links, *notes))


def _find(exercise: Exercise, holdings: Holdings) -> tuple[Answer, str]:
    """The answer to an exercise, and a note when several files could be it."""
    places = _ranked(exercise, holdings.files)
    if not places:
        return Answer(exercise.id, "", {}, _absent(exercise, holdings)), ""
    place = places[0]
    content = holdings.files[place]
    problem = _problem(place, content)
    files = {} if problem else {f"{exercise.id}.py": content, **_beside(place, holdings)}
    others = [str(other) for other in places[1:] if holdings.files[other] != content]
    note = f"{place} was judged, and not {', '.join(others[:3])}" if others else ""
    return Answer(exercise.id, str(place), files, problem), note


def _absent(exercise: Exercise, holdings: Holdings) -> tuple[Status, str]:
    """Why an answer is not there: a link of its name, an archive that cannot be read, or nothing."""
    if linked := _ranked(exercise, holdings.links):
        return Status.REFUSED, f"{linked[0]} is a link or no regular file"
    if holdings.notes:
        return Status.REFUSED, holdings.notes[0]
    return Status.MISSING_FILE, f"{exercise.id}.py"


def _ranked(exercise: Exercise, paths: Iterable[PurePosixPath]) -> list[PurePosixPath]:
    """The paths that are named after an exercise, the best first."""
    paths = list(paths)
    ranked = ((_rank(exercise.id, path), path) for path in paths if not _is_given(path, paths))
    return [path for rank, path in sorted(pair for pair in ranked if pair[0] is not None)]


def _rank(id: str, path: PurePosixPath) -> tuple[bool, bool, int, int] | None:
    """How well a path is named after an exercise, smaller is better; `None` when it is not.

    Better than a notebook is a source file; than `alice_03_epoch_loss.py` the plain name; than that
    what was handed in again, `03_epoch_loss-1.py`; then what lies less deep.
    """
    name = rf"(?P<before>.*[-_. ])?{id}(?:[-_ ]?\(?(?P<again>\d{{1,3}})\)?)?\.(?P<suffix>py|ipynb)"
    match = re.fullmatch(name, path.name, re.IGNORECASE)
    if match is None or (match["before"] or "").startswith("test_"):
        return None
    notebook = match["suffix"].lower() == "ipynb"
    return notebook, bool(match["before"]), -int(match["again"] or 0), len(path.parts)


def _is_given(path: PurePosixPath, paths: Sequence[PurePosixPath]) -> bool:
    """Whether a path lies in the kit's own solutions or checks, in a clone of the kit."""
    for place in path.parents:
        if place.name in GIVEN:
            exercises = place.parent / "exercises"
            return any(exercises in other.parents for other in paths)
    return False


def _problem(place: PurePosixPath, content: bytes) -> tuple[Status, str] | None:
    """Why a file is not worth a worker."""
    if len(content) > LARGEST_FILE:
        return Status.TOO_LARGE, f"more than {LARGEST_FILE} bytes"
    if place.suffix.lower() == ".ipynb" or content.lstrip().startswith(b'{"cells"'):
        return Status.NOTEBOOK, place.name
    if not content.strip():
        return Status.EMPTY, place.name
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Status.NOT_UTF8, f"line {line}: byte {content[error.start]:#04x}"
    return None


def _beside(place: PurePosixPath, holdings: Holdings) -> dict[str, bytes]:
    """The modules in the answer's folder and below, but for answers to exercises."""
    folder = place.parent
    return {
        path.relative_to(folder).as_posix(): content
        for path, content in holdings.files.items()
        if folder in path.parents and path.suffix == ".py" and not re.search(r"\d\d_\w+", path.stem)
    }
