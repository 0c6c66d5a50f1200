"""Runs and ends in words: which directories were found, and how a call ended."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from crystalball.outcomes.outcome import LOADER_ERROR

SHOWN = 3
"""Names that are told one by one; the others are counted."""

ORDINALS = ("first", "second", "third", "fourth", "fifth")

_ENDED = {
    "ended hung": "did not come to its end",
    "ended exited": "ended its whole process",
}
"""How a call ended that neither returned nor raised."""


def run_directories(names: str) -> str:
    """Names of run directories as code, the first of them.

    Args:
        names: with commas between them, or `none`.
    """
    if names == "none":
        return names
    counts = Counter(names.split(", "))
    told = [
        f"`{name}`" + (f" ({count}, told apart by a suffix)" if count > 1 else "")
        for name, count in counts.items()
    ]
    return first_few(told)


def first_few(told: Sequence[str]) -> str:
    """The first of some names, and how many more there are.

    Args:
        told: the names, as they are shown.
    """
    more = len(told) - SHOWN
    return ", ".join(told[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def run_name(text: str) -> str:
    """The name of a run as a learner knows it: its time is told in words.

    Args:
        text: has a mark where the time stands.
    """
    for mark, words in (("<clock>", "local time of the call"), ("<UTC clock>", "UTC time of the call")):
        short = "<time>" if text.count(mark) > 1 else f"<{words}>"
        text = text.replace(mark, short)
    return text


def end_and_its_rule(seen: str, expected: str) -> str:
    """How a call ended, and how it should have; runs are told by their order where both are one.

    Args:
        seen: how it ended.
        expected: how it should have.
    """
    both = all(re.search(r"\brun \d+", text) for text in (seen, expected))

    def told(end: str) -> str:
        end = _ENDED.get(end, end).replace(LOADER_ERROR, "the very error that interrupted it")
        return re.sub(
            r"\brun (\d+)", lambda at: f"the path of {_ordinal(int(at[1])) if both else 'its'} run", end
        )

    return f"{told(seen)}; it should have {told(expected)}"


def _ordinal(index: int) -> str:
    return "the " + (ORDINALS[index] if index < len(ORDINALS) else f"{index + 1}th")
