"""The looks at what an answer has written while it trains; the trusted side chooses their moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crystalball.cases.inside.case import Case
from crystalball.cases.inside.parts import Live
from crystalball.cases.inside.training import Training
from crystalball.processes.process import Garbled
from crystalball.reading.event_log import EventLog

TIMES = 10
"""So many times the steps of a training are released, at most: a wrong program may train for longer."""


class Looks:
    """Holds the optimizer steps of one training, and looks during the last one of each epoch.

    A worker asks for the release of each step, and cannot train on without it: see `Live`. We count the
    steps that we release, so that nothing which the worker says has a part in when we look.

    Steps and not batches: an honest program may draw the batches of an epoch all at once, or twice.

    Args:
        case: in one that is not looked at live, nothing is held.
        look: reads what is on disk.

    Attributes:
        views: what was seen at each look.
    """

    def __init__(self, case: Case, look: Callable[[], Sequence[EventLog]]) -> None:
        self._case, self._look = case, look
        self._steps = 0
        self.views: list[Sequence[EventLog]] = []

    def __call__(self) -> int:
        """Looks if it is time to, and returns what releases the step.

        Raises:
            Garbled: there is nothing to be released, or nothing any more.
        """
        case = self._case
        if not isinstance(case, Training) or not case.find(Live):
            raise Garbled("it said that it is held, where nothing holds it")
        self._steps += 1
        if self._steps > TIMES * case.steps:
            raise Garbled(f"it asked for more than {TIMES} times the steps that there are")
        epoch, rest = divmod(self._steps, case.batches)
        if rest == 0 and epoch <= 2 * case.epochs:  # of a program that steps twice a batch, all is seen
            self.views.append(self._look())
        return case.release(self._steps)
