"""Runs, event files and curves as the doctor remembers them: summaries of bounded size."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Steps = NDArray[np.int64]
Values = NDArray[np.float64]

MOST_BINS = 256
"""Bins of a curve, at most; of a curve with fewer points, each point is a bin of its own."""


@dataclass(frozen=True)
class Bins:
    """The finite points of a curve in bins, in the order in which they were logged.

    Attributes:
        steps: of the highest point of each bin.
        means: the mean of each bin.
        tops: the highest value of each bin.
        counts: the points of each bin.
    """

    steps: Steps = field(default_factory=lambda: np.empty(0, np.int64))
    means: Values = field(default_factory=lambda: np.empty(0))
    tops: Values = field(default_factory=lambda: np.empty(0))
    counts: Values = field(default_factory=lambda: np.empty(0))

    def with_points(self, steps: Steps, values: Values) -> Bins:
        """The bins with more points; where there are too many bins, neighbours become one.

        Args:
            steps: of the new points, in the order in which they were logged.
            values: of the same points, all finite.
        """
        columns = (self.steps, self.means, self.tops, self.counts)
        new = (steps, values, values, np.ones(len(values)))
        bins = Bins(*(np.concatenate(pair) for pair in zip(columns, new, strict=True)))
        while len(bins.steps) > MOST_BINS:
            bins = bins._halved()
        return bins

    def before(self, step: int) -> Bins:
        """The bins without the points from a step on.

        Args:
            step: the first that goes.
        """
        kept = self.steps < step
        return Bins(self.steps[kept], self.means[kept], self.tops[kept], self.counts[kept])

    def _halved(self) -> Bins:
        starts = np.arange(0, len(self.steps), 2)
        counts = np.add.reduceat(self.counts, starts)
        means = np.add.reduceat(self.means * self.counts, starts) / counts
        tops = np.maximum.reduceat(self.tops, starts)
        right = np.append(self.tops, -math.inf)[starts + 1] > self.tops[starts]
        return Bins(self.steps[starts + right], means, tops, counts)


@dataclass
class Oddity:
    """Something that happened to some points of a curve.

    Attributes:
        count: to how many.
        step: of the first of them.
        before: the step that was logged before that one.
        file: index of the event file in which that was.
    """

    count: int = 0
    step: int = 0
    before: int = 0
    file: int = 0

    def note(self, steps: Steps, before: Steps, odd: NDArray[np.bool_], file: int) -> None:
        """Counts the odd ones of some steps.

        Args:
            steps: of some points.
            before: for each of them, the step that was logged before.
            odd: which of them are odd.
            file: index of the event file.
        """
        if not self.count and odd.any():
            first = int(odd.argmax())
            self.step, self.before, self.file = int(steps[first]), int(before[first]), file
        self.count += int(odd.sum())


@dataclass
class CurveSummary:
    """All that was logged under one tag of one run.

    Attributes:
        tag: as it was logged.
        count: the points.
        first: the first step.
        last: the last step that stands, after what a restart purged.
        began, ended: when the first and the last point were logged, in seconds since the epoch.
        low, high: the smallest and the largest finite value.
        nan, infinite: points without a finite value.
        repeated: points at the very step of the point before, in one file.
        back: points at a smaller step than the point before, in one file.
        again: points at steps that an earlier file of the run had reached already.
        bins: its finite points, in bins.
        files: indices of the event files that hold its points.
    """

    tag: str
    count: int = 0
    first: int = 0
    last: int = 0
    began: float = 0.0
    ended: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    nan: Oddity = field(default_factory=Oddity)
    infinite: Oddity = field(default_factory=Oddity)
    repeated: Oddity = field(default_factory=Oddity)
    back: Oddity = field(default_factory=Oddity)
    again: Oddity = field(default_factory=Oddity)
    bins: Bins = field(default_factory=Bins)
    files: set[int] = field(default_factory=set)
    _file: int = -1
    _reached: int | None = None
    _before: int | None = None

    def take(self, file: int, steps: Steps, values: Values) -> None:
        """Takes some points of one file, in the order in which they were logged.

        Args:
            file: index of the event file.
            steps: of the points.
            values: of the points.
        """
        if file != self._file:
            self._file, self._before = file, None
            self._reached = self.last if self.count else None
        self.files.add(file)
        self._note_order(steps)
        nan, infinite = np.isnan(values), np.isinf(values)
        self.nan.note(steps, steps, nan, file)
        self.infinite.note(steps, steps, infinite, file)
        finite = ~(nan | infinite)
        if finite.any():
            self.low = min(self.low, float(values[finite].min()))
            self.high = max(self.high, float(values[finite].max()))
        self.bins = self.bins.with_points(steps[finite], values[finite])
        self.first = self.first if self.count else int(steps[0])
        self.last = max(self.last, int(steps.max())) if self.count else int(steps.max())
        self.count += len(steps)
        self._before = int(steps[-1])

    def _note_order(self, steps: Steps) -> None:
        start, before = int(self._before is None), steps[:-1]
        if self._before is not None:
            before = np.concatenate(([self._before], before))
        self.repeated.note(steps[start:], before, steps[start:] == before, self._file)
        self.back.note(steps[start:], before, steps[start:] < before, self._file)
        if self._reached is not None:
            self.again.note(steps, np.full_like(steps, self._reached), steps <= self._reached, self._file)

    def purge(self, step: int) -> None:
        """Forgets what stands from a step on, as TensorBoard does when a run was started again there.

        Args:
            step: the first that is void.
        """
        self.last = min(self.last, step - 1)
        self._before = None if self._before is None else min(self._before, step - 1)
        for oddity in (self.nan, self.infinite):
            if oddity.count and oddity.step >= step:
                oddity.count = 0
        self.bins = self.bins.before(step)

    @property
    def in_order(self) -> bool:
        """Whether its steps advance from point to point, so that its bins say something."""
        return not (self.repeated.count or self.back.count or self.again.count)

    @property
    def finite(self) -> bool:
        """Whether all values are finite."""
        return not (self.nan.count or self.infinite.count)

    @property
    def stride(self) -> float:
        """Steps from one point to the next, on average."""
        return (self.last - self.first) / max(1, self.count - 1)

    @property
    def words(self) -> frozenset[str]:
        """The words of its tag, in lower case: `epoch_valLoss` has `epoch`, `val` and `loss`."""
        return words_of(self.tag)


@dataclass
class FileSummary:
    """What the doctor remembers of an event file.

    Attributes:
        path: of the file.
        began, ended: the first `wall_time` and the latest, in seconds; 0 where it holds nothing.
        points: its scalars.
        first, last: the smallest and the largest step of its scalars.
        data: it holds more than a header: scalars, images, a graph, …
        hparams: it holds hyperparameters.
        clock_back: the seconds by which its clock goes back, at most.
        clock_step: the step at which that was first.
        damage: why it could not be read to its end; `None` when it could.
    """

    path: Path
    began: float = 0.0
    ended: float = 0.0
    points: int = 0
    first: int = 2**63
    last: int = -(2**63)
    data: bool = False
    hparams: bool = False
    clock_back: float = 0.0
    clock_step: int = 0
    damage: Exception | None = None

    @property
    def of_hparams(self) -> bool:
        """Whether it holds hyperparameters, and metrics at one step at most: as `add_hparams` leaves it.

        Loggers such as Lightning's put the hyperparameters of a training into the file of its curves.
        """
        return self.hparams and self.first >= self.last

    def note(self, steps: array[int]) -> None:
        """Notes the steps of some more scalars.

        Args:
            steps: of the scalars.
        """
        self.points, self.data = self.points + len(steps), True
        self.first, self.last = min(self.first, min(steps)), max(self.last, max(steps))

    def note_clock(self, step: int, seconds: float) -> None:
        """Notes that its clock goes back.

        Args:
            step: of the record that is too old.
            seconds: by which it is older than one before it.
        """
        self.clock_step = self.clock_step if self.clock_back else step
        self.clock_back = max(self.clock_back, seconds)


@dataclass
class RunSummary:
    """One run directory.

    Attributes:
        path: of the directory.
        files: its event files, in the order in which they were begun.
        curves: its scalars by tag.
    """

    path: Path
    files: list[FileSummary] = field(default_factory=list)
    curves: dict[str, CurveSummary] = field(default_factory=dict)

    @property
    def hparams(self) -> bool:
        """Whether it holds hyperparameters."""
        return any(file.hparams for file in self.files)

    @property
    def data(self) -> bool:
        """Whether anything was logged in it."""
        return any(file.data for file in self.files)

    @property
    def whole(self) -> bool:
        """Whether all its files could be read to their ends."""
        return not any(file.damage for file in self.files)


@dataclass
class Runs:
    """All runs that were read.

    Attributes:
        by_path: by their directories, those of one folder next to each other.
        left_out: the first directory that was too much to be looked at; `None` when none was.
    """

    by_path: dict[Path, RunSummary] = field(default_factory=dict)
    left_out: Path | None = None

    def __iter__(self) -> Iterator[RunSummary]:
        return iter(self.by_path.values())

    def __len__(self) -> int:
        return len(self.by_path)

    def curves(self) -> Iterable[tuple[RunSummary, CurveSummary]]:
        """Every curve, with its run."""
        return ((run, curve) for run in self for curve in run.curves.values())

    def above(self, run: RunSummary) -> Iterable[RunSummary]:
        """The runs in whose directories a run lies, the nearest first.

        Args:
            run: the run below.
        """
        return (self.by_path[path] for path in run.path.parents if path in self.by_path)


@lru_cache(4096)
def words_of(text: str) -> frozenset[str]:
    """The words in a tag or a name, in lower case.

    Args:
        text: a tag, or a name of a directory.
    """
    found = re.findall(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+", text)
    return frozenset(word.lower() for word in found)


def as_arrays(steps: Any, values: Any) -> tuple[Steps, Values]:
    """Buffers of C integers and doubles as arrays, without a copy.

    Args:
        steps: of 64 bits each.
        values: of 64 bits each.
    """
    return np.frombuffer(steps, np.int64), np.frombuffer(values, np.float64)
