"""Where answers are judged: in the slots of this machine, or by whatever else has judges to lend."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from crystalball.grading.intake import Answer
from crystalball.jail.levels import JailLevel
from crystalball.judging.verdict import Verdict


class Judges(Protocol):
    """Judge answers, several at a time.

    Attributes:
        at_once: answers that are judged at a time.
        most_together: answers that are best submitted together, at most.
    """

    @property
    def at_once(self) -> int:
        """See above."""

    @property
    def most_together(self) -> int:
        """See above."""

    def submit(self, answers: Sequence[Answer]) -> Future[list[Verdict]]:
        """Judges some answers, each as if it were alone, and gives their verdicts in this order.

        The future raises `StartError` where no verdict can be had, which is nobody's fault who handed in.

        Args:
            answers: any, of any exercises.
        """

    def stop(self) -> None:
        """Ends whatever is judged; nothing is judged after it."""


class Place(Protocol):
    """Somewhere that has judges.

    Attributes:
        sandbox: what answers run in there.
    """

    @property
    def sandbox(self) -> JailLevel:
        """See above."""

    def judges(self, root: Path, seed: int, scratch: Path) -> AbstractContextManager[Judges]:
        """Its judges, for one grading.

        Args:
            root: of the kit.
            seed: chooses the drawn cases.
            scratch: a folder for what is handed along.
        """
