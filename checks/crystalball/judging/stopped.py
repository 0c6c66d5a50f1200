"""What stops the judging of an answer before all its cases were run."""

from __future__ import annotations

import re

from crystalball.judging.verdict import Verdict


class Stopped(Exception):
    """The answer could not be judged further.

    Attributes:
        verdict: what is said of it.
    """

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.status)
        self.verdict = verdict


def where_it_hung(stack: str, path: str) -> tuple[int, str]:
    """Where a code stood when it hung.

    Args:
        stack: of all its threads, as `faulthandler` writes it, the innermost frame first.
        path: of the learner's file, as the worker sees it.

    Returns:
        The line of the file, 0 for none; and the frames of the file alone.
    """
    lines = [line.strip() for line in stack.splitlines() if f'"{path}"' in line]
    numbers = [int(number) for line in lines for number in re.findall(r", line ([0-9]{1,6})\b", line)]
    return (numbers[0] if numbers else 0), "\n".join(lines[:5])
