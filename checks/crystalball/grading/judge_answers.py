"""Brings the verdict on each answer of a class into the journal, where it is not yet there."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import Exercise
from crystalball.grading.grades import Handed
from crystalball.grading.intake import Answer, Submission
from crystalball.grading.journal import Journal
from crystalball.grading.judges import Judges
from crystalball.grading.keys import VerdictKey, checks_digest, versions
from crystalball.grading.kit_errors import KitErrors
from crystalball.grading.retell import retold
from crystalball.grading.shapes import ShapesOf
from crystalball.judging.verdict import Status, Verdict
from crystalball.reading.outside import NOTHING
from crystalball.reading.shape import Shape

AHEAD = 2
"""Parts of the class that are on their way for each that is judged: enough that nobody waits, few enough to
keep memory flat."""

LARGE = 16 * 1024 * 1024
"""Bytes of a part, to which no further answer is added: parts travel, and wait in memory."""

PARTS = 4
"""Parts for each judge, at least: with fewer, some would wait for the last at the end."""


@dataclass(frozen=True)
class GradingProgress:
    """How far a grading is.

    Attributes:
        judged: verdicts that were reached in this call.
        found: verdicts that the journal had already.
        seconds: since the first was asked for.
    """

    judged: int
    found: int
    seconds: float


class Unknown(NamedTuple):
    """An answer without a verdict.

    Attributes:
        key: what a verdict on it depends on.
        answer: what was handed in.
        shape: of it, where it has one.
    """

    key: VerdictKey
    answer: Answer
    shape: Shape | None

    @property
    def alike(self) -> VerdictKey:
        """The same for all of one shape."""
        return replace(self.key, answer=self.shape.digest) if self.shape else self.key


@dataclass
class Grading:
    """One call of `crystalball grade`: the answers of a class in, their grades in the journal.

    Attributes:
        number: of the grading in the journal.
        journal: takes every verdict.
        judges: judge what it does not know.
        exercises: that are graded.
        course: what they give.
        root: of the kit.
        seed: the seed's hash.
        sandbox: the level of the sandbox.
        errors: takes the errors of the kit's own.
    """

    number: int
    journal: Journal
    judges: Judges
    exercises: Sequence[Exercise]
    course: Course
    root: Path
    seed: str
    sandbox: str
    errors: KitErrors

    def __post_init__(self) -> None:
        self._versions = versions()
        self._waiting: dict[VerdictKey, list[Handed]] = {}
        self._pending: dict[Future[list[Verdict]], list[Unknown]] = {}
        self._alike: dict[VerdictKey, list[Unknown]] = {}
        self._alone: list[Unknown] = []
        self._judged = self._found = 0

    def key(self, answer: Answer) -> VerdictKey:
        """What the verdict on an answer depends on.

        Args:
            answer: what was handed in.
        """
        checks = checks_digest(self.root, answer.exercise)
        return VerdictKey(answer.exercise, answer.digest, checks, self.seed, self._versions, self.sandbox)

    def run(
        self,
        submissions: Iterable[Submission],
        total: int,
        shapes_of: ShapesOf = lambda answers: [None] * len(answers),
    ) -> Generator[GradingProgress]:
        """Judges what the journal does not know yet, and says now and then how far it is.

        Args:
            submissions: read one after the other, as somebody is free to judge.
            total: answers, known and unknown.
            shapes_of: of the answers of an entry.

        Raises:
            JournalError: a verdict cannot be written; those before it are safe.
            StartError: the kit's own processes cannot be started; likewise.
        """
        began, judges = time.monotonic(), self.judges
        together = max(1, min(judges.most_together, total // (PARTS * judges.at_once)))
        unknown = self._unknown(submissions, shapes_of)
        try:
            while (part := self._next(unknown, together)) or self._pending:
                if part:
                    self._pending[judges.submit([one.answer for one in part])] = part
                # Workers may come and go; what waits for another's verdict may have to be judged at last.
                while self._pending and (not part or len(self._pending) >= AHEAD * judges.at_once):
                    self._take()
                    yield self._progress(began)
        finally:
            judges.stop()
        yield self._progress(began)

    def _progress(self, began: float) -> GradingProgress:
        return GradingProgress(self._judged, self._found, time.monotonic() - began)

    def _next(self, unknown: Iterator[Unknown], together: int) -> list[Unknown]:
        """The next part: so many answers, or fewer where they are large."""
        part: list[Unknown] = []
        size = 0
        while len(part) < together and size < LARGE:
            one = self._alone.pop() if self._alone else next(unknown, None)
            if one is None:
                break
            part.append(one)
            size += sum(map(len, one.answer.files.values()))
        return part

    def _unknown(self, submissions: Iterable[Submission], shapes_of: ShapesOf) -> Iterator[Unknown]:
        """The answers whose verdict is not known; of two that are the same or of one shape, one."""
        for submission in submissions:
            new = list(self._new(submission))
            shapes = shapes_of([answer for _, answer in new])
            for (key, answer), shape in zip(new, shapes, strict=True):
                one = Unknown(key, answer, shape)
                if not self._tell(one):
                    yield one

    def _new(self, submission: Submission) -> Iterator[tuple[VerdictKey, Answer]]:
        """The answers of an entry of which no other is the same; those that are known are graded."""
        for exercise, answer in zip(self.exercises, submission.answers, strict=True):
            key = self.key(answer)
            handed = Handed(
                *(submission.entry.name, answer.place, self.course.points_of(exercise)),
                *(answer.handed_in, answer.late),
            )
            known = self.journal.find(self.number, key)
            if known is not None:
                self._found += 1
                self.journal.grade(self.number, exercise.id, known, [handed])
            elif key in self._waiting:
                self._found += 1
                self._waiting[key].append(handed)
            else:
                self._waiting[key] = [handed]
                yield key, answer

    def _tell(self, one: Unknown) -> bool:
        """Tells an answer what was told of another of its shape, or will be; whether there is one."""
        if one.shape is None:
            return False
        told = self.journal.find_shape(self.number, one.key, one.shape)
        if told is not None:
            verdict = retold(told.verdict, told.shape, one.shape, one.answer.text)
            if verdict is not None:
                handed = self._waiting.pop(one.key)
                self.journal.append(
                    *(self.number, one.key, verdict, handed, one.answer.text, one.shape, told.number)
                )
                self._found += 1
            return verdict is not None
        if one.alike in self._alike:
            self._alike[one.alike].append(one)
            return True
        self._alike[one.alike] = []
        return False

    def _take(self) -> None:
        """Waits for some verdicts, and appends them."""
        done, _ = wait(self._pending, return_when=FIRST_COMPLETED)
        for future in done:
            for one, verdict in zip(self._pending.pop(future), future.result(), strict=True):
                handed = self._waiting.pop(one.key)
                if verdict.status == Status.NOT_JUDGED and verdict.traceback:
                    self.errors.keep(f"{handed[0].entry}, {one.key.exercise}", verdict.traceback)
                    verdict = replace(verdict, traceback=NOTHING)
                self.journal.append(self.number, one.key, verdict, handed, one.answer.text, one.shape)
                self._judged += 1
                others = self._alike.pop(one.alike, [])
                self._alone += [other for other in others if not self._tell(other)]
