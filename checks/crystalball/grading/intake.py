"""From an entry to its answers: which file of it answers which exercise, and what goes along."""

from __future__ import annotations

import errno
import hashlib
import io
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path, PurePosixPath

from crystalball.curriculum import stamps
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.curriculum.stubs import pristine
from crystalball.grading.archives import Holdings, read_holdings
from crystalball.grading.git_history import commit_times
from crystalball.grading.layouts import Entry
from crystalball.grading.naming import Naming, named
from crystalball.jail.unpacker import Unpacker
from crystalball.judging.verdict import Status
from crystalball.processes.inside.unpack_bounds import LARGEST_FILE, Refused
from crystalball.reading.notebook_lines import SUFFIX
from crystalball.reading.outside import NOTHING, Outside, outside_line, outside_name

NO_PLACE = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EINVAL, errno.EILSEQ)
"""What a disk says of a name that it cannot have, or not beside another."""

MOST_NOTES = 20
"""Notes on one entry that are kept."""


@dataclass(frozen=True)
class Answer:
    """What somebody handed in for one exercise.

    Attributes:
        exercise: its id.
        place: where it lies in the entry; empty when it is not there.
        files: the file and the modules beside it, by their path from its folder.
        problem: why there is nothing that could be run, and a detail; `None` where there is.
        handed_in: when its file was last changed in the history of a clone; `None` where there is none.
        late: the learning platform says that its file came late.
    """

    exercise: str
    place: Outside
    files: dict[str, bytes]
    problem: tuple[Status, Outside] | None = None
    handed_in: datetime | None = None
    late: bool = False

    @property
    def beside(self) -> tuple[str, ...]:
        """The names of the modules beside it."""
        return tuple(name for name in self.files if name != f"{self.exercise}.py")

    @property
    def digest(self) -> str:
        """A hash of all that can have an influence on the verdict."""
        digest = hashlib.sha256()
        for part in (self.exercise, *map(str, self.problem or ())):
            digest.update(part.encode() + b"\0")
        for name, content in sorted(self.files.items()):
            digest.update(f"{name}\0{len(content)}\0".encode(errors="surrogatepass") + content)
        return digest.hexdigest()

    @property
    def text(self) -> bytes:
        """The file itself; empty where there is nothing that could be run."""
        return self.files.get(f"{self.exercise}.py", b"")

    def write(self, folder: Path) -> Path:
        """Writes the files below a folder; returns the path of the answer itself.

        What no disk takes beside the others (a name that is too long, or a file's and a folder's too) is
        left out, as it is where the student unpacks it; the answer itself is written first.

        Args:
            folder: an empty one.

        Raises:
            OSError: the disk is full, or refuses.
        """
        answer = f"{self.exercise}.py"
        for name, content in sorted(self.files.items(), key=lambda item: (item[0] != answer, item[0])):
            path = folder / name
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            except ValueError:  # no name at all
                continue
            except OSError as error:
                if name == answer or error.errno not in NO_PLACE:
                    raise
        return folder / answer


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
    notes: tuple[Outside, ...]


def read_submission(entry: Entry, exercises: Sequence[Exercise], unpacker: Unpacker) -> Submission:
    """Reads an entry, and finds the answers in it. Whatever it holds, this comes to an end.

    Args:
        entry: where it lies.
        exercises: that are asked for.
        unpacker: opens archives.

    Raises:
        StartError: there is no process for archives, which is nobody's fault here.
    """
    holdings = Holdings()
    try:
        for source in entry.sources:
            read_holdings(source, holdings, unpacker)
    except (Refused, ValueError, OSError) as refused:
        what = f"cannot be read: {refused.strerror}" if isinstance(refused, OSError) else str(refused)
        why = outside_line(what)
        return unread(entry, exercises, (Status.REFUSED, why), [why, *holdings.notes])
    links = [f"{path} is a link or no regular file: it was not followed" for path in holdings.links]
    held = _Found(holdings, unpacker)
    if len(entry.sources) == 1:
        held.times = commit_times(entry.sources[0].path, held.places(exercises))
    found = [held.answer(exercise) for exercise in exercises]
    notes = [note for _, more in found for note in more]
    told = _first([*holdings.notes, *notes, *links])
    return Submission(entry, tuple(answer for answer, _ in found), told)


def unread(
    entry: Entry, exercises: Sequence[Exercise], problem: tuple[Status, Outside], notes: Sequence[str]
) -> Submission:
    """An entry in which no answer could be looked for: each has the same verdict.

    Args:
        entry: where it lies.
        exercises: that are asked for.
        problem: the verdict, and why.
        notes: what an instructor should know.
    """
    answers = tuple(Answer(one.id, NOTHING, {}, problem) for one in exercises)
    return Submission(entry, answers, _first(notes))


def _first(notes: Sequence[str]) -> tuple[Outside, ...]:
    """The first of some notes, and how many more there are."""
    more = [f"… and {len(notes) - MOST_NOTES} more notes"] if len(notes) > MOST_NOTES else []
    return tuple(map(outside_line, [*notes[:MOST_NOTES], *more]))


class _Found:
    """What a submission holds, by the exercises that its files are named after.

    Attributes:
        times: when its files were last changed, by the history of a clone.
    """

    def __init__(self, holdings: Holdings, unpacker: Unpacker) -> None:
        self._holdings, self._unpacker = holdings, unpacker
        self.times: Mapping[PurePosixPath, datetime] = {}
        self._files, self._links = named(holdings.files), named(holdings.links)
        self._answers = {path for paths in self._files.values() for path in paths}
        self._find_by_stamps()

    def _find_by_stamps(self) -> None:
        """A file of whatever name answers the exercise that its hand-out's stamp names."""
        for path, content in self._holdings.files.items():
            stamp = None if path in self._answers else stamps.read_stamp(content)
            if stamp is not None and not self._files.get(stamp.exercise, True):
                self._files[stamp.exercise][path] = Naming(True, 0, len(path.parts))
                self._answers.add(path)

    def places(self, exercises: Sequence[Exercise]) -> list[PurePosixPath]:
        """Where the answers to exercises lie, of those that are there."""
        return [place for one in exercises for place in self._ranked(one)[:1]]

    def answer(self, exercise: Exercise) -> tuple[Answer, list[str]]:
        """The answer to an exercise, and a note when several files could be it."""
        places = self._ranked(exercise)
        if not places:
            return Answer(exercise.id, NOTHING, {}, self._absent(exercise)), []
        place, files = places[0], self._holdings.files
        content = files[place]
        others = [str(other) for other in places[1:] if files[other] != content]
        notes = [f"{place} was judged, and not {', '.join(others[:3])}"] if others else []
        if stamp := stamps.warning(exercise, content):
            notes.append(stamp)
        problem = _problem(place, content)
        if place.suffix.lower() == SUFFIX and problem is None:
            report = self._unpacker.script(content.decode("utf-8-sig", errors="replace"))
            content = report.script.encode(errors="replace")
            problem = (Status.NOTEBOOK, outside_line(report.problem)) if report.problem else None
            notes += [f"{place}, left out: {'; '.join(report.left_out)}"] if report.left_out else []
        beside = {} if problem else {f"{exercise.id}.py": content, **self._beside(place)}
        when, late = self.times.get(place), place in self._holdings.late
        return Answer(exercise.id, outside_name(str(place)), beside, problem, when, late), notes

    def _ranked(self, exercise: Exercise) -> list[PurePosixPath]:
        """The files that are named after an exercise, the best first.

        Better than the stub as it was given is whatever else there is, than a notebook a source file,
        than what is older what is newer (by a minute: a checkout takes its time), and then the plainer
        name, but for what was handed in again.
        """

        def rank(path: PurePosixPath) -> tuple[object, ...]:
            untouched = _is_untouched(exercise, self._holdings.files[path])
            minutes = self._holdings.times.get(path, 0) // 60
            named = self._files[exercise.id][path]
            return untouched, path.suffix.lower() == SUFFIX, -minutes, named, path

        return sorted(self._files[exercise.id], key=rank)

    def _absent(self, exercise: Exercise) -> tuple[Status, Outside]:
        """Why an answer is not there: a link of its name, an archive that cannot be read, or nothing."""
        if linked := min(self._links[exercise.id], default=None):
            return Status.REFUSED, outside_line(f"{linked} is a link or no regular file")
        if self._holdings.notes:
            return Status.REFUSED, outside_line(self._holdings.notes[0])
        there = dict.fromkeys([*self._holdings.names, *self._holdings.files])
        return Status.MISSING_FILE, outside_line(", ".join(map(str, there)) or "nothing")

    def _beside(self, place: PurePosixPath) -> dict[str, bytes]:
        """The modules in the answer's folder and below, but for answers to exercises."""
        folder = place.parent
        return {
            path.relative_to(folder).as_posix(): content
            for path, content in self._holdings.files.items()
            if folder in path.parents and path.suffix == ".py" and path not in self._answers
        }


@cache
def _given(exercise: str) -> bytes:
    return pristine(curriculum().find(exercise)).strip().encode()


def _is_untouched(exercise: Exercise, content: bytes) -> bool:
    """Whether a file is the stub as it was given."""
    return stamps.without(content.replace(b"\r", b"")).strip() == _given(exercise.id)


def _problem(place: PurePosixPath, content: bytes) -> tuple[Status, Outside] | None:
    """Why a file is not worth a worker."""
    name = outside_name(place.name)
    if len(content) > LARGEST_FILE:
        return Status.TOO_LARGE, Outside(f"more than {LARGEST_FILE} bytes")
    if not content.strip():
        return Status.EMPTY, name
    if place.suffix.lower() == SUFFIX:
        return None
    if content.lstrip().startswith(b'{"cells"'):
        return Status.NOTEBOOK, outside_line(f"the name of one ends with {SUFFIX}, and not as {name}")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except SyntaxError:  # no such encoding, or bytes that are no UTF-8
        encoding = "utf-8"
    if not encoding.startswith("utf-8"):
        return None  # the worker's own Python reads it
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Status.NOT_UTF8, Outside(f"line {line}: byte {content[error.start]:#04x}")
    return None
