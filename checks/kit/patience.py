"""How long a test waits for what comes in a moment, or never: so long that only a hang meets the end."""

import time
from collections.abc import Callable

from msgspec.structs import replace

from crystalball.curriculum.manifest import curriculum

PATIENCE = 600
"""Seconds. No test proves by a clock that something was quick."""

PATIENT = replace(
    curriculum(),
    seconds_to_load=2 * PATIENCE,
    seconds_a_case=2 * PATIENCE,
    seconds_a_submission=2 * PATIENCE,
)
"""The limits of a program that comes to an end, however busy this machine is."""


def wait_until(true: Callable[[], object], what: str) -> None:
    """Waits until something is true.

    Args:
        true: says whether it is.
        what: is wrong when it never is.
    """
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.02)
