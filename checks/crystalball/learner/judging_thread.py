"""The thread that judges for `crystalball watch`: the keys work while a learner's loop never ends."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from crystalball.curriculum.manifest import Exercise
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Verdict
from crystalball.processes.pool import Interrupted


@dataclass(frozen=True)
class Judged:
    """A judging came to its end.

    Attributes:
        turn: which judging it was.
        result: the verdict, or what is wrong with us and not with the answer.
    """

    turn: int
    result: Verdict | Exception


class JudgingThread(threading.Thread):
    """Judges one exercise after the other, the latest one that was asked for.

    Args:
        judging_session: judges.
        tell: is told what came of it.
    """

    def __init__(self, judging_session: JudgingSession, tell: Callable[[Judged], None]) -> None:
        super().__init__(daemon=True)
        self._judging_session, self._tell = judging_session, tell
        self._asked: queue.SimpleQueue[tuple[int, Exercise]] = queue.SimpleQueue()

    def ask(self, turn: int, exercise: Exercise) -> None:
        """Judges this one next; what runs now is ended.

        Args:
            turn: which judging it is; comes back in `Judged`.
            exercise: the one to judge.
        """
        self._judging_session.pool.interrupt()
        self._asked.put((turn, exercise))

    def run(self) -> None:
        """Judges for ever; called by the thread itself."""
        while True:
            turn, exercise = self._asked.get()
            with contextlib.suppress(queue.Empty):
                while True:
                    turn, exercise = self._asked.get_nowait()
            try:
                self._judge(turn, exercise)
            except Interrupted:
                pass
            except Exception as error:  # whatever it is, the next save must be judged
                self._tell(Judged(turn, error))

    def _judge(self, turn: int, exercise: Exercise) -> None:
        def tell(verdict: Verdict) -> None:
            self._tell(Judged(turn, verdict))

        tell(self._judging_session.judge_saved(exercise, tell))
