"""Judges the answers of a class on all cores, and brings each verdict into the journal."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from crystalball.curriculum.manifest import Exercise
from crystalball.grading.grades import Handed
from crystalball.grading.intake import Answer, Submission
from crystalball.grading.journal import Journal
from crystalball.grading.keys import VerdictKey, checks_digest, versions
from crystalball.grading.slot_pool import SlotPool
from crystalball.judging.verdict import Verdict

AHEAD = 2
"""Answers a slot that are read ahead: enough that no slot waits, few enough to keep memory flat."""

Reached = tuple[VerdictKey, Verdict]


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


@dataclass
class Grading:
    """One call of `crystalball grade`: the answers of a class in, their grades in the journal.

    Attributes:
        number: of the grading in the journal.
        journal: takes every verdict.
        slot_pool: judges.
        exercises: that are graded.
        root: of the kit.
        seed: the seed's hash.
        sandbox: the level of the sandbox.
    """

    number: int
    journal: Journal
    slot_pool: SlotPool
    exercises: Sequence[Exercise]
    root: Path
    seed: str
    sandbox: str

    def __post_init__(self) -> None:
        self._versions = versions()
        self._waiting: dict[VerdictKey, list[Handed]] = {}
        self._judged = self._found = 0

    def key(self, answer: Answer) -> VerdictKey:
        """What the verdict on an answer depends on.

        Args:
            answer: what was handed in.
        """
        checks = checks_digest(self.root, answer.exercise)
        return VerdictKey(answer.exercise, answer.digest, checks, self.seed, self._versions, self.sandbox)

    def run(self, submissions: Iterable[Submission]) -> Generator[GradingProgress]:
        """Judges what the journal does not know yet, and says after each verdict how far it is.

        Args:
            submissions: read one after the other, as slots are free.

        Raises:
            JournalError: a verdict cannot be written; those before it are safe.
            StartError: the kit's own processes cannot be started; likewise.
        """
        began = time.monotonic()
        pool = ThreadPoolExecutor(self.slot_pool.slots)
        pending: set[Future[Reached]] = set()
        try:
            for exercise, answer, key in self._unknown(submissions):
                pending.add(pool.submit(self._reach, exercise, answer, key))
                while len(pending) >= AHEAD * self.slot_pool.slots:
                    pending = self._take(*wait(pending, return_when=FIRST_COMPLETED))
                    yield self._progress(began)
            while pending:
                pending = self._take(*wait(pending, return_when=FIRST_COMPLETED))
                yield self._progress(began)
        finally:
            self.slot_pool.stop()
            pool.shutdown(cancel_futures=True)
        yield self._progress(began)

    def _progress(self, began: float) -> GradingProgress:
        return GradingProgress(self._judged, self._found, time.monotonic() - began)

    def _reach(self, exercise: Exercise, answer: Answer, key: VerdictKey) -> Reached:
        return key, self.slot_pool.judge(exercise, answer)

    def _unknown(self, submissions: Iterable[Submission]) -> Iterator[tuple[Exercise, Answer, VerdictKey]]:
        """The answers whose verdict is not known. Of two that are the same, one is judged."""
        for submission in submissions:
            for exercise, answer in zip(self.exercises, submission.answers, strict=True):
                key = self.key(answer)
                handed = Handed(submission.entry.name, answer.place, float(exercise.points))
                known = self.journal.find(self.number, key)
                if known is not None:
                    self._found += 1
                    self.journal.grade(self.number, exercise.id, known, [handed])
                elif key in self._waiting:
                    self._found += 1
                    self._waiting[key].append(handed)
                else:
                    self._waiting[key] = [handed]
                    yield exercise, answer, key

    def _take(self, done: set[Future[Reached]], pending: set[Future[Reached]]) -> set[Future[Reached]]:
        """Appends what was reached; gives back what is still on its way."""
        for future in done:
            key, verdict = future.result()
            self.journal.append(self.number, key, verdict, self._waiting.pop(key))
            self._judged += 1
        return pending
