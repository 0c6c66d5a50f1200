"""The name of a run directory, as outcomes compare it: without what the convention leaves free."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from crystalball.cases.inside.case import SECONDS_TAKEN
from crystalball.processes.programs import ZONE_SECONDS
from crystalball.run_directory import TIME_FORMAT, read_name

COARSE = 0.02
"""Seconds by which a program's clock may lag behind ours: `time.localtime()` and `time.strftime()` ask for
`time(NULL)`, which Linux answers as of its last tick, up to 10 ms ago."""


@dataclass(frozen=True)
class Window:
    """The time that a case took, in seconds since the epoch.

    Attributes:
        start: of the first call.
        end: of the last one.
        taken: learning rates of which every name was taken, from the start on, for `SECONDS_TAKEN`.
    """

    start: float
    end: float
    taken: tuple[float, ...] = ()

    @classmethod
    def since(cls, start: float, elapsed: float, taken: tuple[float, ...] = ()) -> Window:
        """What the clock has shown from a start until now, even where it was set meanwhile.

        Args:
            start: what it showed.
            elapsed: seconds since then, by a clock that nobody sets.
            taken: see `Window`; of a clock that was set, nobody knows which names were.
        """
        end = time.time()
        known = taken if abs(end - elapsed - start) < 1 else ()
        return cls(min(start, end - elapsed), max(end, start + elapsed), known)

    def holds(self, local: datetime, ahead: int) -> bool:
        """Whether a time of whole seconds, `ahead` seconds ahead of UTC, lies in the window."""
        return int(self.start - COARSE) <= _seconds(local) - ahead <= self.end

    def took(self, lr: float, local: datetime) -> bool:
        """Whether the name of a rate and a time was taken before the call.

        Args:
            lr: the learning rate.
            local: a local time in whole seconds, which lies in the window.
        """
        return lr in self.taken and _seconds(local) - ZONE_SECONDS < self.start + SECONDS_TAKEN


def _seconds(time: datetime) -> float:
    """A time as a number of seconds, as if it were UTC: there is no time before year 1."""
    return time.replace(tzinfo=UTC).timestamp()


class ConventionalName(msgspec.Struct, frozen=True, eq=False, omit_defaults=True, tag="conventional"):
    """A name that follows the convention; names are equal however `lr` is written, and with any suffix.

    Attributes:
        lr: the learning rate.
        time: the time that it tells; `None` for one that lies within the call.
        utc: that time lies within the call by UTC, and not by the local clock.
        taken: a directory of this name was there before the call.
        written: how `lr` is written, for words only; empty for `repr(lr)`.
        suffixed: whether a suffix follows, for words only.
    """

    lr: float
    time: datetime | None = None
    utc: bool = False
    taken: bool = False
    written: str = ""
    suffixed: bool = False

    @property
    def _compared(self) -> tuple[float, datetime | None, bool, bool]:
        return self.lr, self.time, self.utc, self.taken

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ConventionalName) and self._compared == other._compared

    def __ne__(self, other: object) -> bool:  # msgspec's own would compare identities
        return not self == other

    def __hash__(self) -> int:
        return hash(self._compared)

    def with_suffix(self) -> ConventionalName:
        """The name as it is shown with a suffix."""
        return msgspec.structs.replace(self, suffixed=True)

    @property
    def start(self) -> str:
        """What stands before the time."""
        return f"pixel_gen_lr{self.lr!r}_"

    @property
    def clock(self) -> str:
        """The time, or which clock tells it."""
        return f"{self.time:{TIME_FORMAT}}" if self.time else "<UTC clock>" if self.utc else "<clock>"

    @property
    def as_written(self) -> str:
        """The name as a learner knows it."""
        return f"pixel_gen_lr{self.written or repr(self.lr)}_{self.clock}{'_<suffix>' * self.suffixed}"

    def __str__(self) -> str:
        return self.start + self.clock


RunName = ConventionalName | str
"""A name by the convention; of a run of any other name, its path below the `runs_dir`."""


def canonical(name: str, window: Window | None = None) -> RunName:
    """A directory's name as outcomes compare it.

    Args:
        name: the directory's path below the `runs_dir`.
        window: the time that the case took, where the name may tell a time of the clock.
    """
    read = read_name(name)
    if read is None or not math.isfinite(read.lr):
        return name
    lr = name.removeprefix("pixel_gen_lr").partition("_")[0].strip()
    within = window is not None and window.holds(read.time, ZONE_SECONDS)
    utc = window is not None and not within and window.holds(read.time, 0)
    time = None if within or utc else read.time
    written = "" if lr == repr(read.lr) else lr
    taken = window is not None and within and not written + read.suffix and window.took(read.lr, read.time)
    return ConventionalName(read.lr, time, utc, taken, written, bool(read.suffix))
