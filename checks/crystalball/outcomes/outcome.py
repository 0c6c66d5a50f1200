"""An outcome: what one case left, or would leave, as far as a contract speaks of it.

The truth, every mistake's prediction and the observation have this one form, so that "is it
right?" and "which mistake explains it?" are the same comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

from crystalball.outcomes.end import End
from crystalball.outcomes.run_name import RunName
from crystalball.reading.values import Value, agree

RTOL = 1e-4
"""Relative tolerance of what was trained. Honest programs of twenty styles differ from a float32
oracle by 8e-6 at most, real mistakes by 4e-3 and more (measured on eight exercises)."""

EXACT = 1e-6
"""Relative tolerance of a number that was handed over: TensorBoard keeps float32."""


@dataclass(frozen=True)
class Curve:
    """What stands under one tag: numbers, or values of another kind.

    Attributes:
        points: (step, value), in the order of their logging.
        rtol: relative tolerance of numbers.
        any_step: the contract does not say at which steps.
        goes_on: it does not say what may be logged after these points.
        epochs: behind the points, where these are others than those that were trained; predicted.
    """

    points: tuple[tuple[int, Value], ...]
    rtol: float = RTOL
    any_step: bool = False
    goes_on: bool = False
    epochs: tuple[Any, ...] = field(default=(), compare=False)

    @classmethod
    def of(cls, points: Iterable[tuple[int, Value]], rtol: float = RTOL) -> Curve:
        """The curve of some points, in the order of their logging."""
        return cls(tuple(points), rtol)

    @cached_property
    def steps(self) -> tuple[int, ...]:
        """The steps, in the order of the logging."""
        return tuple(step for step, _ in self.points)

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """The values, likewise."""
        return tuple(value for _, value in self.points)

    @cached_property
    def backwards(self) -> bool:
        """Whether each point stands at an earlier step than the one logged before it."""
        return len(self.points) > 1 and all(step > after for step, after in pairwise(self.steps))

    @cached_property
    def by_step(self) -> Curve:
        """The curve sorted by step; the points of one step stay in the order of their logging."""
        if all(step <= after for step, after in pairwise(self.steps)):
            return self
        return replace(self, points=tuple(sorted(self.points, key=lambda point: point[0])))

    def with_points(self, points: Iterable[tuple[int, Value]]) -> Curve:
        """Other points, of the same tolerance. After none at all, nothing goes on."""
        some = tuple(points)
        goes_on = self.goes_on and bool(some or not self.points)
        return Curve(some, self.rtol, self.any_step, goes_on, self.epochs)  # `replace` is slow

    def map(self, function: Callable[[int, Any], tuple[int, Value]]) -> Curve:
        """The curve with each point changed."""
        return self.with_points(function(*point) for point in self.points)

    def with_values(self, values: Sequence[Value]) -> Curve:
        """The same steps with other values; steps without a value are dropped."""
        return self.with_points(zip(self.steps, values, strict=False))

    def with_steps(self, steps: Iterable[int]) -> Curve:
        """The same values at other steps."""
        return self.with_points(zip(steps, self.values, strict=False))

    def spoken_of(self, seen: Curve) -> Curve:
        """What was seen, without what may be logged after these points."""
        return replace(seen, points=seen.points[: len(self.points)]) if self.goes_on else seen

    def agrees(self, other: Curve, factor: float) -> bool:
        """Whether both have the same steps, and values within `factor` tolerances of this one."""
        other = self.spoken_of(other)
        if len(self.points) != len(other.points):
            return False
        mine, others = self.by_step, other.by_step
        return (self.any_step or mine.steps == others.steps) and all(
            agree(a, b, self.rtol * factor) for a, b in zip(mine.values, others.values, strict=True)
        )


@dataclass(frozen=True)
class Run:
    """One run directory.

    Attributes:
        name: of the directory; empty where the contract does not speak of it.
        curves: the curves by tag.
        files: event files that hold points of these tags; 0 where their number is free.
        all_files: all its event files, whatever they hold.
        path: where it lies below the case's folder; what an outcome predicts has none.
        above: the name and the path of the run, or else of the folder, below which it lies in the
            `runs_dir`; `None` of one that lies directly there, or outside, and of what is predicted.
    """

    name: RunName
    curves: Mapping[str, Curve] = field(default_factory=dict)
    files: int = 1
    all_files: int = field(default=0, compare=False)
    path: str = field(default="", compare=False)
    above: tuple[RunName, str] | None = field(default=None, compare=False)

    @property
    def numbers(self) -> tuple[object, ...]:
        """The points that are numbers, by tag; it can be a key."""
        points = self.curves.items()
        return tuple((t, *(point for point in c.points if isinstance(point[1], float))) for t, c in points)

    def with_curve(self, tag: str, curve: Curve) -> Run:
        """The run with one curve set."""
        return replace(self, curves={**self.curves, tag: curve})


@dataclass(frozen=True)
class Outcome:
    """What one case left, or would leave.

    Attributes:
        runs: the run directories, in the order in which they were begun.
        ends: how each call ended; empty where the contract does not speak of it.
        open_writers: writers still open after the calls.
        views: at each look from outside while it trained, how many epochs could be seen in full.
        directories: folders in the `runs_dir`, those without any points too, and runs outside of it; 0
            where the contract does not speak of their number.
        only_end: the runs are not compared, only how the calls ended.
        below: other directories below a run that hold points, as `add_scalars` makes them.
        contract: the tags that the contract speaks of, though no run may have points of them.
        resumption: how a resumed program went on wrongly, so that one mistake adds to another.
        misread: how a detective misread the evidence, so that one misreading adds to another.
    """

    runs: tuple[Run, ...] = ()
    ends: tuple[End, ...] = ()
    open_writers: int = 0
    views: tuple[int, ...] = ()
    directories: int = 0
    only_end: bool = field(default=False, compare=False)
    below: tuple[Run, ...] = field(default=(), compare=False)
    contract: tuple[str, ...] = field(default=(), compare=False)
    resumption: Any = field(default=None, compare=False)
    misread: frozenset[str] = field(default=frozenset(), compare=False)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """All tags, those of the contract first."""
        curves = (tag for run in self.runs for tag in run.curves)
        return tuple(dict.fromkeys([*self.contract, *curves]))

    @cached_property
    def runs_with_points(self) -> tuple[Run, ...]:
        """The runs that are compared, by name: an empty run is as good as none."""
        runs = (run for run in self.runs if any(c.points for c in run.curves.values()))
        return tuple(sorted(runs, key=lambda run: str(run.name)))

    def map_runs(self, function: Callable[[Run], Run]) -> Outcome:
        """The outcome with each run changed."""
        return replace(self, runs=tuple(function(run) for run in self.runs))

    def map_curves(self, function: Callable[[Curve], Curve], tags: Iterable[str] | None = None) -> Outcome:
        """The outcome with the curves of some tags changed (all of them without `tags`)."""
        chosen = set(self.tags if tags is None else tags)
        return self.map_runs(
            lambda run: replace(
                run, curves={t: function(c) if t in chosen else c for t, c in run.curves.items()}
            )
        )

    def map_points(
        self, function: Callable[[int, Any], tuple[int, Value]], tags: Iterable[str] | None = None
    ) -> Outcome:
        """The outcome with each point of some tags changed, likewise."""
        return self.map_curves(lambda curve: curve.map(function), tags)

    def sliced(self, part: slice, tags: Iterable[str] | None = None) -> Outcome:
        """The outcome with a part of the points of some tags, likewise."""
        return self.map_curves(lambda curve: curve.with_points(curve.points[part]), tags)

    def with_values(self, tag: str, values: Sequence[Value]) -> Outcome:
        """The outcome with other values under one tag, in every run that has it."""
        return self.map_curves(lambda curve: curve.with_values(values), [tag])

    def with_points(self, tag: str, points: Iterable[tuple[int, Value]]) -> Outcome:
        """The outcome with other points under one tag, in every run that has it."""
        return self.with_all_points({tag: tuple(points)})

    def with_all_points(self, points: Mapping[str, Sequence[tuple[int, Value]]]) -> Outcome:
        """The outcome with other points under some tags, likewise."""
        return self.map_runs(
            lambda run: replace(
                run,
                curves={t: c.with_points(points[t]) if t in points else c for t, c in run.curves.items()},
            )
        )

    def without(self, tags: Iterable[str]) -> Outcome:
        """The outcome with nothing under some tags."""
        return self.map_curves(lambda curve: curve.with_points(()), tags)

    def with_steps(self, tag: str, steps: Sequence[int]) -> Outcome:
        """The outcome with other steps under one tag, in every run that has it."""
        return self.map_curves(lambda curve: curve.with_steps(steps), [tag])
