"""Slots: where answers run, one at a time in each; in the jail, or, when told so, without one."""

from __future__ import annotations

import contextlib
import queue
import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crystalball.curriculum.manifest import Exercise, NotFound
from crystalball.grading.intake import Answer
from crystalball.grading.shared_cases import SharedCases
from crystalball.jail.levels import JailLevel, find_level
from crystalball.jail.slot import STOPPED, Slot
from crystalball.judging.verdict import CheckResult, Status, Verdict
from crystalball.outcomes.expect import Spec
from crystalball.processes.process import Ended, Garbled, Hung, StartError

ATTEMPTS = 2
"""Times that an answer is judged when a process of the kit's own fails."""


def find_slots(no_sandbox: bool, hidden: Sequence[Path]) -> tuple[JailLevel, Callable[[], Slot]]:
    """What answers run in.

    Args:
        no_sandbox: the instructor wants none.
        hidden: folders that no answer may read.

    Returns:
        The level of the sandbox, and what opens a slot.

    Raises:
        NotFound: there is none, and the instructor has not said that none is wanted.
    """
    level = JailLevel.NONE if no_sandbox else find_level()
    if level == JailLevel.NONE and not no_sandbox:
        raise NotFound(f"{level.sentence} If that is what you want: --no-sandbox.")
    return level, lambda: Slot(level, hidden)


@dataclass
class SlotPool:
    """The slots of a grading, in which answers are judged, each in the next that is free.

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

    def __post_init__(self) -> None:
        self._free: queue.SimpleQueue[Slot | None] = queue.SimpleQueue()
        for _ in range(self.slots):
            self._free.put(None)
        self._open: set[Slot] = set()
        self._lock, self._stopped = threading.Lock(), False

    def judge(self, exercise: Exercise, answer: Answer) -> Verdict:
        """Judges one answer in the next free slot. Whatever it does, this gives a verdict.

        Args:
            exercise: that it answers.
            answer: what was handed in.

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
            judge = self.shared_cases.judge(lambda order: slot.worker(order, folder))
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
    texts = {name: getattr(verdict, name) for name in ("file", "detail", "traceback", "output")}
    return replace(
        verdict, **{name: text.replace(f"{folder.as_posix()}/", "") for name, text in texts.items()}
    )
