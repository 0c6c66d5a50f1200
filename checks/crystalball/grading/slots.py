"""Slots: where answers run, one at a time in each; in the jail, or, when told so, without one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from crystalball.curriculum.manifest import NotFound
from crystalball.jail.levels import JailLevel, find_level
from crystalball.jail.slot import Slot


def find_slots(no_sandbox: bool, hidden: Sequence[Path]) -> tuple[JailLevel, Callable[[], Slot]]:
    """What answers run in.

    Args:
        no_sandbox: the instructor wants none.
        hidden: folders that no answer may read.

    Returns:
        The step of the sandbox, and what opens a slot.

    Raises:
        NotFound: there is none, and the instructor has not said that none is wanted.
    """
    step = JailLevel.NONE if no_sandbox else find_level()
    if step == JailLevel.NONE and not no_sandbox:
        raise NotFound(f"{step.sentence} If that is what you want: --no-sandbox.")
    return step, lambda: Slot(step, hidden)
