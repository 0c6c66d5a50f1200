"""Slots: where answers run, one at a time in each; in the jail, or, when told so, without one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from crystalball.curriculum import NotFound
from crystalball.judge import Worker
from crystalball.worker.workshop import WORKER, Workshop, workshop


class Slot(Protocol):
    """Starts a worker for one answer after the other."""

    def worker(self, beside: Path | None = None) -> Worker:
        """A fresh worker that may import what lies in `beside`."""

    def close(self) -> None:
        """Ends every process of the slot."""


class OpenSlot:
    """A slot without any sandbox, for an instructor's own code, or where nothing else can be had."""

    def __init__(self) -> None:
        self._workshop: Workshop = workshop(training=True)

    def worker(self, beside: Path | None = None) -> Worker:
        """A fresh worker, forked from the slot's warm parent."""
        return self._workshop.process(WORKER)

    def close(self) -> None:
        """Ends the warm parent, and with it all workers."""
        self._workshop.close()


def find_slots(no_sandbox: bool, hidden: Sequence[Path]) -> tuple[str, str, Callable[[], Slot]]:
    """What answers run in.

    Args:
        no_sandbox: the instructor wants none.
        hidden: folders that no answer may read.

    Returns:
        The name of the sandbox's step, a sentence about it, and what opens a slot.

    Raises:
        NotFound: there is none, and the instructor has not said that none is wanted.
    """
    if no_sandbox:
        return "none", "none, as you asked. The code of strangers can do what you can do.", OpenSlot
    raise NotFound("no jail yet")
