"""Judges the answers of a class on all cores, and brings each verdict into the journal."""

from __future__ import annotations

import contextlib
import queue
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

from crystalball.curriculum.manifest import Exercise
from crystalball.grading.intake import Answer, Submission
from crystalball.grading.journal import Journal
from crystalball.grading.keys import Key, checks_digest, versions
from crystalball.grading.shared_cases import SharedCases
from crystalball.jail.slot import STOPPED, Slot
from crystalball.judging.verdict import CheckResult, Status, Verdict
from crystalball.outcomes.expect import Spec
from crystalball.processes.process import Ended, Garbled, Hung, StartError

AHEAD = 2
"""Answers a slot that are read ahead: enough that no slot waits, few enough to keep memory flat."""

ATTEMPTS = 2
"""Times that an answer is judged when a process of the kit's own fails."""


@dataclass
class SlotPool:
    """The slots, and who judges in them.

    Args:
        shared_cases: laws and cases.
        open_slot: opens a slot; called when an answer needs the first, or one that failed is replaced.
        slots: how many answers are judged at once.
        scratch: a folder for what is handed along to workers.
    """

    shared_cases: SharedCases
    open_slot: Callable[[], Slot]
    slots: int
    scratch: Path

    def __post_init__(self) -> None:
        self._free: queue.SimpleQueue[Slot | None] = queue.SimpleQueue()
        for _ in range(self.slots):
            self._free.put(None)
        self._open: set[Slot] = set()
        self._lock, self._stopped = threading.Lock(), False

    def judge(self, exercise: Exercise, answer: Answer) -> Verdict:
        """Judges one answer in the next free slot. Whatever it does, this gives a verdict.

        Raises:
            StartError: the kit's own processes cannot be started, which is nobody's fault here.
        """
        spec, _ = self.shared_cases[exercise]
        if answer.problem is not None:
            return _unjudged(exercise, answer, spec, *answer.problem)
        for _ in range(ATTEMPTS):
            slot = self._free.get()
            try:
                slot = slot or self._opened()
                return self._judge_in(slot, exercise, answer)
            except (Ended, Hung, Garbled, OSError) as error:
                reason = f"{type(error).__name__}: {error}"
                self._closed(slot)
                slot = None
            finally:
                self._free.put(slot)
        return _unjudged(exercise, answer, spec, Status.NOT_JUDGED, reason)

    def _judge_in(self, slot: Slot, exercise: Exercise, answer: Answer) -> Verdict:
        spec, cases = self.shared_cases[exercise]
        folder = Path(tempfile.mkdtemp(dir=self.scratch)).resolve()
        try:
            path = answer.write(folder)
            judge = self.shared_cases.judge(lambda post: slot.worker(post, folder))
            return _without(folder, judge.judge(exercise, spec, path, cases=cases))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _opened(self) -> Slot:
        with self._lock:
            if self._stopped:
                raise StartError(STOPPED)
            slot = self.open_slot()
            self._open.add(slot)
            return slot

    def _closed(self, slot: Slot | None) -> None:
        if slot is not None:
            self._open.discard(slot)
            with contextlib.suppress(OSError):
                slot.close()

    def stop(self) -> None:
        """Ends whatever is judged in other threads; nothing is judged after it."""
        with self._lock:
            self._stopped = True
            for slot in self._open:
                slot.stop()

    def close(self) -> None:
        """Closes every slot."""
        for slot in list(self._open):
            self._closed(slot)


def _unjudged(exercise: Exercise, answer: Answer, spec: Spec, status: Status, detail: str) -> Verdict:
    checks = tuple(CheckResult(check.name, check.law, False) for check in spec.checks)
    return Verdict(exercise.id, answer.place or f"{exercise.id}.py", status, checks, detail=detail)


def _without(folder: Path, verdict: Verdict) -> Verdict:
    """The verdict without the folder's name: the same answer gets the same words."""
    file, detail, output = (
        text.replace(f"{folder.as_posix()}/", "") for text in (verdict.file, verdict.detail, verdict.output)
    )
    return replace(verdict, file=file, detail=detail, output=output)


@dataclass(frozen=True)
class Standing:
    """How far a batch is.

    Attributes:
        judged: verdicts that were reached in this call.
        found: verdicts that the journal had already.
        seconds: since the first was asked for.
    """

    judged: int
    found: int
    seconds: float


@dataclass
class Batch:
    """One call of the grader: entries in, grades in the journal.

    Attributes:
        number: of the batch in the journal.
        journal: takes every verdict.
        bench: judges.
        exercises: that are graded.
        root: of the kit.
        seed: the seed's hash.
        sandbox: the step of the sandbox.
    """

    number: int
    journal: Journal
    bench: SlotPool
    exercises: Sequence[Exercise]
    root: Path
    seed: str
    sandbox: str

    def __post_init__(self) -> None:
        self._versions = versions()
        self._waiting: dict[Key, list[tuple[str, str, float]]] = {}
        self._judged = self._found = 0

    def key(self, answer: Answer) -> Key:
        """What the verdict on an answer depends on."""
        checks = checks_digest(self.root, answer.exercise)
        return Key(answer.exercise, answer.digest, checks, self.seed, self._versions, self.sandbox)

    def run(self, submissions: Iterable[Submission]) -> Generator[Standing]:
        """Judges what the journal does not know yet, and says after each verdict how far it is.

        Raises:
            JournalError: a verdict cannot be written; those before it are safe.
            StartError: the kit's own processes cannot be started; likewise.
        """
        began = time.monotonic()
        pool = ThreadPoolExecutor(self.bench.slots)
        pending: set[Future[tuple[Key, Verdict]]] = set()
        try:
            for exercise, answer, key in self._open_questions(submissions):
                pending.add(pool.submit(self._reach, exercise, answer, key))
                while len(pending) >= AHEAD * self.bench.slots:
                    pending = self._take(*wait(pending, return_when=FIRST_COMPLETED))
                    yield Standing(self._judged, self._found, time.monotonic() - began)
            while pending:
                pending = self._take(*wait(pending, return_when=FIRST_COMPLETED))
                yield Standing(self._judged, self._found, time.monotonic() - began)
        finally:
            self.bench.stop()
            pool.shutdown(cancel_futures=True)
        yield Standing(self._judged, self._found, time.monotonic() - began)

    def _reach(self, exercise: Exercise, answer: Answer, key: Key) -> tuple[Key, Verdict]:
        return key, self.bench.judge(exercise, answer)

    def _open_questions(self, submissions: Iterable[Submission]) -> Iterator[tuple[Exercise, Answer, Key]]:
        """The answers whose verdict is not known. Of two that are the same, one is judged."""
        for submission in submissions:
            for exercise, answer in zip(self.exercises, submission.answers, strict=True):
                key = self.key(answer)
                grade = (submission.entry.name, answer.place, float(exercise.points))
                known = self.journal.find(self.number, key)
                if known is not None:
                    self._found += 1
                    self.journal.grade(self.number, exercise.id, known, [grade])
                elif key in self._waiting:
                    self._found += 1
                    self._waiting[key].append(grade)
                else:
                    self._waiting[key] = [grade]
                    yield exercise, answer, key

    def _take(
        self, done: set[Future[tuple[Key, Verdict]]], pending: set[Future[tuple[Key, Verdict]]]
    ) -> set[Future[tuple[Key, Verdict]]]:
        """Appends what was reached; gives back what is still on its way."""
        for future in done:
            key, verdict = future.result()
            self.journal.append(self.number, key, verdict, self._waiting.pop(key))
            self._judged += 1
        return pending
