"""Slots: where answers run, one at a time in each; in the jail, or, when told so, without one."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crystalball.curriculum.manifest import Exercise, NotFound, curriculum
from crystalball.grading.intake import Answer
from crystalball.grading.kit_errors import LONGEST_TRACEBACK, error_line
from crystalball.grading.shared_cases import SharedCases
from crystalball.jail.forker import STOPPED
from crystalball.jail.levels import JailLevel, find_level
from crystalball.jail.slot import Slot
from crystalball.judging.verdict import CheckResult, Status, Verdict
from crystalball.oracle.client import Oracle
from crystalball.outcomes.expect import Check
from crystalball.processes.process import Ended, Garbled, Hung, Process, StartError
from crystalball.processes.programs import Role
from crystalball.processes.starter import open_starter
from crystalball.reading.outside import Outside, outside, outside_line
from crystalball.words.console import Signs
from crystalball.words.verdicts import in_short, told

ATTEMPTS = 2
"""Times that an answer is judged when a process of the kit's own fails."""


@dataclass(frozen=True)
class ThisMachine:
    """The place where answers are judged on this machine. See `Place`.

    Attributes:
        sandbox: what answers run in.
        open_slot: opens a slot of it.
        slots: how many answers are judged at once.
    """

    sandbox: JailLevel
    open_slot: Callable[[], Slot]
    slots: int

    @contextlib.contextmanager
    def judges(self, root: Path, seed: int, scratch: Path) -> Iterator[SlotPool]:
        """Slots, and a process that trains each case for the truth; they end with the grading."""
        with contextlib.ExitStack() as opened:

            def start_oracle() -> Process:
                trusted = open_starter(training=True)
                opened.callback(trusted.close)
                return trusted.process(Role.ORACLE)

            oracle = Oracle(start_oracle, curriculum().seconds_to_warm)
            slot_pool = SlotPool(SharedCases(root, oracle, seed), self.open_slot, self.slots, scratch)
            opened.callback(slot_pool.close)
            yield slot_pool


def this_machine(no_sandbox: bool, hidden: Sequence[Path], slots: int | None = None) -> ThisMachine:
    """What this machine has to offer.

    Args:
        no_sandbox: the instructor wants none.
        hidden: folders that no answer may read.
        slots: how many answers are judged at once; as many as there are cores without it.

    Raises:
        NotFound: there is no sandbox, and the instructor has not said that none is wanted.
    """
    level = JailLevel.NONE if no_sandbox else find_level()
    if level == JailLevel.NONE and not no_sandbox:
        raise NotFound(f"{level.sentence} If that is what you want: --no-sandbox.")
    return ThisMachine(level, lambda: Slot(level, hidden), slots or cores())


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass
class SlotPool:
    """The slots of a grading, in which answers are judged, each in the next that is free. See `Judges`.

    Args:
        shared_cases: laws and cases by exercise.
        open_slot: opens a slot; called when an answer needs the first, or one that failed is replaced.
        slots: how many answers are judged at once.
        scratch: a folder for what is handed along to workers.
    """

    shared_cases: SharedCases
    open_slot: Callable[[], Slot]
    slots: int
    scratch: Path

    most_together = 1

    def __post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(self.slots)
        self._free: queue.SimpleQueue[Slot | None] = queue.SimpleQueue()
        for _ in range(self.slots):
            self._free.put(None)
        self._open: set[Slot] = set()
        self._lock, self._stopped = threading.Lock(), False

    @property
    def at_once(self) -> int:
        """Answers that are judged at a time."""
        return self.slots

    def submit(self, answers: Sequence[Answer]) -> Future[list[Verdict]]:
        """Judges answers, one after the other; see `Judges`."""
        return self._threads.submit(lambda: [self.judge(answer) for answer in answers])

    def judge(self, answer: Answer) -> Verdict:
        """Judges one answer in the next free slot. Whatever it does, or the kit, this gives a verdict.

        An error of the kit's own is one, with our traceback, which no learner is shown.

        Args:
            answer: what was handed in.

        Raises:
            StartError: the kit's own processes cannot be started, which is nobody's fault here.
        """
        exercise = curriculum().find(answer.exercise)
        try:
            return self._judged(exercise, answer)
        except StartError:
            raise
        except Exception as error:
            if self._stopped:
                raise
            failed = unjudged(exercise, answer, (), Status.NOT_JUDGED, outside_line(error_line(error)))
            return replace(failed, traceback=outside(traceback.format_exc(), LONGEST_TRACEBACK))

    def _judged(self, exercise: Exercise, answer: Answer) -> Verdict:
        spec = self.shared_cases.spec(exercise)
        if answer.problem is not None:
            return unjudged(exercise, answer, spec.checks, *answer.problem)
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
        return unjudged(exercise, answer, spec.checks, Status.NOT_JUDGED, outside_line(reason))

    def _judge_in(self, slot: Slot, exercise: Exercise, answer: Answer) -> Verdict:
        spec, cases = self.shared_cases[exercise]
        folder = Path(tempfile.mkdtemp(dir=self.scratch)).resolve()
        try:
            path = answer.write(folder)
            judge = self.shared_cases.judge(lambda order: slot.worker(order, folder))
            return _tellable(_without(folder, judge.judge(exercise, spec, path, cases=cases)))
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
            for slot in list(self._open):  # a thread may close its own meanwhile
                slot.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Closes every slot, when what was judged in it has ended."""
        self.stop()
        self._threads.shutdown()
        for slot in list(self._open):
            self._closed(slot)


def unjudged(
    exercise: Exercise, answer: Answer, laws: Sequence[Check], status: Status, detail: Outside
) -> Verdict:
    """The verdict on an answer that was not run.

    Args:
        exercise: that it answers.
        answer: what was handed in.
        laws: of the exercise.
        status: why it was not.
        detail: of that.
    """
    checks = tuple(CheckResult(check.name, check.law, False) for check in laws)
    file = answer.place or Outside(f"{exercise.id}.py")
    return Verdict(exercise.id, file, status, checks, detail=detail)


def _tellable(verdict: Verdict) -> Verdict:
    """A verdict as the journal gives it back; what cannot be told fails here, and not every page later."""
    kept = Verdict.from_json(verdict.to_json())
    if not kept.passed:
        list(told(kept, Signs()))
        in_short(kept)
    return kept


def _without(folder: Path, verdict: Verdict) -> Verdict:
    """The verdict without the folder's name: the same answer gets the same words."""
    texts = {name: getattr(verdict, name) for name in ("file", "detail", "traceback", "output")}
    here: dict[str, Any] = {
        name: outside(text.replace(f"{folder.as_posix()}/", ""))
        for name, text in texts.items()
        if isinstance(text, str)
    }
    return replace(verdict, **here)
