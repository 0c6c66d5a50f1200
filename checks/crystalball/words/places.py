"""Runs and ends in words: which directories were found, and how a call ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from crystalball.outcomes.end import (
    End,
    LoaderError,
    NoCall,
    OtherPath,
    Paths,
    Raised,
    Returned,
    RunPath,
    Unfinished,
)
from crystalball.outcomes.run_name import ConventionalName, RunName

SHOWN = 3
"""Names that are told one by one; the others are counted."""

ORDINALS = ("first", "second", "third", "fourth", "fifth")


def run_directories(names: Sequence[RunName]) -> str:
    """Names of run directories as code, the first of them.

    Args:
        names: any number.
    """
    taken = [isinstance(one, ConventionalName) and one.taken for one in names]
    counts = Counter(zip(run_names(names), taken, strict=True))
    told = [
        f"`{name}`" + " (it was there already)" * was_taken + _apart(count)
        for (name, was_taken), count in counts.items()
    ]
    return first_few(told) or "none"


def _apart(count: int) -> str:
    return f" ({count}, told apart by a suffix)" if count > 1 else ""


def first_few(told: Sequence[str]) -> str:
    """The first of some names, and how many more there are.

    Args:
        told: the names, as they are shown.
    """
    more = len(told) - SHOWN
    return ", ".join(told[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def run_names(names: Sequence[RunName]) -> list[str]:
    """Names of runs as a learner knows them; a time of the clock that several have is told in short.

    Args:
        names: those of one sentence.
    """
    clocks = Counter(one.utc for one in names if isinstance(one, ConventionalName) and one.time is None)

    def told(name: RunName) -> str:
        if isinstance(name, str):
            return name
        if name.time is not None:
            return name.as_written
        which = "UTC time of the call" if name.utc else "local time of the call"
        short = "UTC time" if name.utc else "time"
        return name.as_written.replace(name.clock, f"<{short if clocks[name.utc] > 1 else which}>")

    return [told(name) for name in names]


def end_and_its_rule(seen: End, expected: End) -> str:
    """How a call ended, and how it should have; runs are told by their order where both are one.

    Args:
        seen: how it ended.
        expected: how it should have.
    """
    match seen, expected:
        case Returned(OtherPath() as path), Returned(RunPath()):
            return f"returned {path}, which is no run directory with data"
        case Returned(Paths(found)), Returned(Paths(wanted)) if dict(found).keys() == dict(wanted).keys():
            wrong = [(key, path) for key, path in found if path != dict(wanted)[key]]
            if all(isinstance(path, OtherPath) for _, path in wrong):
                told = first_few([f"{path} for {key}" for key, path in wrong])
                what = "which is no run directory" if len(wrong) == 1 else "which are no run directories"
                return f"returned {told}, {what} with points"
    both = all(isinstance(end, Returned) and isinstance(end.value, RunPath) for end in (seen, expected))
    return f"{_ended(seen, both)}; it should have {_ended(expected, both)}"


def _ended(end: End, by_order: bool) -> str:
    match end:
        case NoCall():
            return "returned nothing"
        case Unfinished(exited):
            return "ended its whole process" if exited else "did not come to its end"
        case Raised(LoaderError()):
            return "raised the very error that interrupted it"
        case Raised(error, collective):
            return f"raised {error}{' in a collective call' * collective}"
        case Returned(RunPath(index)):
            return f"returned the path of {_ordinal(index) if by_order else 'its'} run"
        case Returned(Paths(items)):
            runs = iter(run_names([value for _, value in items if isinstance(value, RunName)]))
            told = (f"{key}: {next(runs) if isinstance(value, RunName) else value}" for key, value in items)
            return f"returned {{{', '.join(told)}}}"
        case Returned("None"):  # an object of the learner's own
            return "returned an object that is shown as None, and is another"
        case Returned(value):
            return f"returned {value}"


def _ordinal(index: int) -> str:
    return "the " + (ORDINALS[index] if index < len(ORDINALS) else f"{index + 1}th")
