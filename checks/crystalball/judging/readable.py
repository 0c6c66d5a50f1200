"""The filter for all text from outside: what a learner's code printed, raised, returned or wrote."""

from __future__ import annotations

import re

LONGEST_DETAIL = 8000
"""Characters at the end of a text that are kept."""


def readable(text: str) -> str:
    """What a stranger's text says, without what commands a terminal, and not too much of it.

    Args:
        text: from a worker, or from a file.
    """
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text[-LONGEST_DETAIL:])
    return "".join(
        sign if sign.isprintable() or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}" for sign in plain
    )
