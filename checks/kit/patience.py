"""How long a test waits for what comes in a moment, or never: so long that only a hang meets the end."""

import time
from collections.abc import Callable

PATIENCE = 600
"""Seconds. No test proves by a clock that something was quick."""


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
