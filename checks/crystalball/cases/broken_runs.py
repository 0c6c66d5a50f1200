"""Runs that are broken in known ways, and healthy ones that look suspicious: made from a seed.

The same seed gives the same bytes.
"""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from crystalball.cases.drawing import Cases
from crystalball.cases.event_files import (
    TAGS,
    Draft,
    Scalar,
    file_name,
    healthy_scalars,
    hparams_file,
    text_event,
)
from crystalball.cases.inside.case import Case, GivenRun

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

POINT_FAULTS = ("duplicate_steps", "out_of_order", "nan", "stops_early")
FILE_FAULTS = ("second_file", "unpurged_restart", "mixed_runs")
DAMAGES = ("truncated", "bad_checksum")
FAULTS = (*FILE_FAULTS, "stray_run", *POINT_FAULTS, *DAMAGES, "no_data")
"""What can be wrong with a run; of `FILE_FAULTS` and of `DAMAGES` there is one at most, and a run with
`no_data` has nothing else but perhaps a stray run."""

ODDITIES = ("resumed", "hparams", "behind", "zero", "text", "batches", "started")
"""What looks suspicious, and is none: a restart that purges, a second file of hyperparameters, a curve
whose last point is not there yet, steps from 0, a text, `Loss/Batch` (three steps to an epoch), and the
single point of exercise 2."""

SHORTEST = 7
"""Epochs that a run needs for every fault to have its place."""


class BrokenRun(Case, frozen=True, tag="broken-run"):
    """A run to be looked at, and what is wrong with it.

    Attributes:
        seed: of its values, and of where the faults are.
        epochs: of the run, at least 2.
        faults: what is wrong.
        oddities: what looks suspicious, and is right.
    """

    leaves_runs: ClassVar[bool] = False
    seed: int
    epochs: int
    faults: tuple[str, ...] = ()
    oddities: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if words := refusal(self.epochs, self.faults, self.oddities):
            raise ValueError(words)

    def files(self) -> dict[str, bytes]:
        """The files of the run, by their path below its directory."""
        return make(self.seed, self.epochs, self.faults, self.oddities)

    def asked(self) -> dict[str, Any]:
        """The files alone."""
        files = self.files().items()
        return GivenRun(tuple((name, b64encode(data).decode()) for name, data in files)).asked()

    @property
    def size(self) -> tuple[int, ...]:
        """The number of faults and oddities, and of epochs."""
        return (len(self.faults) + len(self.oddities), self.epochs)

    def __str__(self) -> str:
        text = f"{self.epochs} epoch{'s' * (self.epochs > 1)}; wrong: {', '.join(self.faults) or 'nothing'}"
        return text + (f"; odd, and right: {', '.join(self.oddities)}" if self.oddities else "")


def broken_runs(pinned: Sequence[BrokenRun]) -> Cases:
    """Cases of exercise 18: runs with some faults that go together, and healthy ones that look odd.

    Args:
        pinned: the cases chosen by hand.
    """

    def strategy() -> SearchStrategy[BrokenRun]:
        import hypothesis.strategies as st

        stray = st.sampled_from([(), ("stray_run",)])
        # So many that nobody finds the faults by making all runs and comparing bytes.
        seeds = st.integers(0, 2**53)

        @st.composite
        def draw_run(draw: Any) -> BrokenRun:
            one = draw(st.sampled_from([None, "no_data", *FILE_FAULTS, "resumed"]))
            if one == "no_data":
                return BrokenRun(draw(seeds), SHORTEST, (one, *draw(stray)))
            points = draw(st.lists(st.sampled_from(POINT_FAULTS), max_size=2, unique=True))
            faults = (*points, *draw(st.sampled_from([(), *((d,) for d in DAMAGES)])), *draw(stray))
            odd = [name for name in ODDITIES if name != "resumed" and draw(st.booleans())]
            if one == "resumed":
                odd.append(one)
            elif one:
                faults = (one, *faults)
            least = SHORTEST if faults or one else 2
            return BrokenRun(draw(seeds), draw(st.integers(least, 12)), faults, tuple(odd))

        return draw_run()

    return Cases(tuple(pinned), strategy)


def make(
    seed: int, epochs: int, faults: Collection[str], oddities: Collection[str] = ()
) -> dict[str, bytes]:
    """Makes the files of a run.

    Args:
        seed: of its values, and of where the faults are.
        epochs: points of each curve, at least 2, and at least `SHORTEST` where something is wrong.
        faults: some of `FAULTS` that go together.
        oddities: some of `ODDITIES`; a resumed run has none of `FILE_FAULTS`.

    Returns:
        The files by their path below the run's directory.
    """
    rng = random.Random(seed)
    began = 1.6e9 + rng.randrange(10**8)
    files = _drafts(rng, began, epochs, faults, oddities)
    contents = [list(file.records()) for file in files]
    if "no_data" in faults:
        nothing: list[list[list[bytes]]] = [[], [[]], [contents[0][:1]]]
        contents = rng.choice(nothing)
    written = [b"".join(pieces) for pieces in contents]
    if "truncated" in faults:
        written[-1] = written[-1][: -rng.randrange(1, len(contents[-1][-1]))]
    if "bad_checksum" in faults:
        written[-1] = _with_changed_byte(rng, written[-1], contents[-1][-1])
    named = {file_name(began + 100 * index, index): data for index, data in enumerate(written)}
    if "hparams" in oddities:
        named[file_name(began + 900, 9)] = b"".join(hparams_file(began + 900).records())
    return named | (_strays(rng, began, epochs) if "stray_run" in faults else {})


def refusal(epochs: int, faults: Collection[str], oddities: Collection[str]) -> str:
    """Why no such run can be made, in words; empty when it can."""
    unknown = [name for name in faults if name not in FAULTS] + [o for o in oddities if o not in ODDITIES]
    if unknown:
        return f"unknown: {', '.join(unknown)}; known are {', '.join((*FAULTS, *ODDITIES))}"
    if epochs < (SHORTEST if faults or "resumed" in oddities else 2):
        return f"epochs is at least 2, and at least {SHORTEST} with a fault or a restart"
    for group in (FILE_FAULTS, DAMAGES, ("resumed", *FILE_FAULTS)):
        if len({*faults, *oddities} & set(group)) > 1:
            return f"of {', '.join(group)} there can be one"
    if "no_data" in faults and ({*faults} - {"no_data", "stray_run"} or oddities):
        return "a run without data has nothing else but a stray run"
    return ""


def _drafts(
    rng: random.Random, began: float, epochs: int, faults: Collection[str], oddities: Collection[str]
) -> list[Draft]:
    """The event files of the run itself."""
    points = healthy_scalars(rng, began, epochs)
    cut = epochs - 2
    tags = dict(zip((*POINT_FAULTS, "behind"), rng.sample(TAGS, len(TAGS)), strict=True))
    for fault in POINT_FAULTS:
        if fault in faults:
            points = _BREAK[fault](rng, points, tags[fault], epochs)
    if "behind" in oddities:
        points = [p for p in points if (p.tag, p.step) != (tags["behind"], epochs)]
    files = [Draft(points)]
    if {"second_file", "unpurged_restart"} & set(faults):
        again = cut + 1 if "second_file" in faults else rng.randrange(cut - 1, cut + 1)
        files = [Draft(_between(points, 1, cut)), Draft(_later(_between(points, again, epochs)))]
    elif "mixed_runs" in faults:
        other = healthy_scalars(rng, began + 6, epochs - rng.randrange(2))
        if rng.random() < 0.5:  # another one, that is over when the last begins: the first is not
            files.append(Draft(healthy_scalars(rng, began + 3, 1)))
        files.append(
            Draft([p for p in other if "stops_early" not in faults or p.tag != tags["stops_early"]])
        )
    elif "resumed" in oddities and epochs >= SHORTEST:
        files = [Draft(_between(points, 1, cut)), Draft(_later(_between(points, cut, epochs)), restart=cut)]
    if "text" in oddities:
        files[0].others.append(text_event(began))
    if "batches" in oddities:
        files[0].points = _with_batches(rng, files[0].points)
    if "zero" in oddities:
        files = [_counted_from_zero(file) for file in files]
    if "started" in oddities:
        files[0].points.insert(0, Scalar("Started", 0, 1.0, began + 1))
    return files


def _between(points: Iterable[Scalar], first: int, last: int) -> list[Scalar]:
    return [point for point in points if first <= point.step <= last]


def _later(points: Iterable[Scalar]) -> list[Scalar]:
    """The same points, logged by a program that was started two minutes later."""
    return [replace(point, time=point.time + 120) for point in points]


def _counted_from_zero(file: Draft) -> Draft:
    points = [replace(point, step=point.step - 1) for point in file.points]
    return Draft(points, None if file.restart is None else file.restart - 1, file.others)


def _with_batches(rng: random.Random, points: list[Scalar]) -> list[Scalar]:
    """Three batches are logged before each epoch's point of the rate."""
    times = sorted({point.time for point in points if point.tag == "LearningRate"})
    batches = (
        Scalar("Loss/Batch", 3 * number + i, 2.2 * rng.uniform(0.5, 1), time - 0.1 * (4 - i))
        for number, time in enumerate(times)
        for i in (1, 2, 3)
    )
    return sorted([*points, *batches], key=lambda point: point.time)


def _repeated(rng: random.Random, points: list[Scalar], tag: str, epochs: int) -> list[Scalar]:
    """A point is logged twice, or has the step of the one before."""
    step = rng.randrange(2, epochs - 3)
    if rng.random() < 0.5:
        return [replace(p, step=step - 1) if (p.tag, p.step) == (tag, step) else p for p in points]
    return [
        again
        for p in points
        for again in ([p, replace(p, value=p.value * 1.01)] if (p.tag, p.step) == (tag, step) else [p])
    ]


def _swapped(rng: random.Random, points: list[Scalar], tag: str, epochs: int) -> list[Scalar]:
    """Two points after each other have each other's step."""
    step = rng.randrange(2, epochs - 3)
    swap = {step: step + 1, step + 1: step}
    return [replace(p, step=swap.get(p.step, p.step)) if p.tag == tag else p for p in points]


def _spoiled(rng: random.Random, points: list[Scalar], tag: str, epochs: int) -> list[Scalar]:
    """One value is NaN."""
    step = rng.randrange(2, epochs - 3)
    return [replace(p, value=float("nan")) if (p.tag, p.step) == (tag, step) else p for p in points]


def _ended(rng: random.Random, points: list[Scalar], tag: str, epochs: int) -> list[Scalar]:
    """The last three points are missing, or four."""
    last = epochs - rng.randrange(3, 5)
    return [p for p in points if p.tag != tag or p.step <= last]


_BREAK = dict(zip(POINT_FAULTS, (_repeated, _swapped, _spoiled, _ended), strict=True))


def _with_changed_byte(rng: random.Random, data: bytes, last: bytes) -> bytes:
    """Another byte somewhere in the last record, behind its length."""
    place = len(data) - rng.randrange(1, len(last) - 12)
    return data[:place] + bytes([data[place] ^ 0x20]) + data[place + 1 :]


def _strays(rng: random.Random, began: float, epochs: int) -> dict[str, bytes]:
    """Sub-runs as `add_hparams` makes them, or `add_scalars` of torch, or that of tensorboardX."""
    how = rng.randrange(3)
    if how == 0:
        return {
            f"{began + 950:.6f}/{file_name(began + 950, 3)}": b"".join(hparams_file(began + 950).records())
        }
    names = ("Loss_train", "Loss_validation") if how == 1 else ("Loss/train", "Loss/validation")
    made = {}
    for number, name in enumerate(names, start=3):
        points = healthy_scalars(rng, began, epochs, ["Loss"])
        made[f"{name}/{file_name(began, number)}"] = b"".join(Draft(points).records())
    return made
