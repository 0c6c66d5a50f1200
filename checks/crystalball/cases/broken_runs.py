"""Runs that are broken in known ways, and healthy ones that look suspicious: made from a seed.

The same seed gives the same bytes.
"""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any, ClassVar

from crystalball.cases.drawing import Cases, Draw
from crystalball.cases.event_files import (
    TAGS,
    Draft,
    Scalar,
    file_name,
    header,
    healthy_scalars,
    hparams_file,
    spoiled_hparams_file,
    text_event,
)
from crystalball.cases.inside.case import RUNS_DIR, Case, GivenRun
from crystalball.reading.records import record

POINT_FAULTS = ("duplicate_steps", "out_of_order", "nan", "stops_early")
FILE_FAULTS = ("second_file", "unpurged_restart", "mixed_runs")
DAMAGES = ("truncated", "bad_checksum")
FAULTS = (*FILE_FAULTS, "stray_run", *POINT_FAULTS, *DAMAGES, "no_data")
"""What can be wrong with a run; of `FILE_FAULTS` and of `DAMAGES` there is one at most, but for
`EACH_ITS_OWN`, and a run with `no_data` has nothing else but perhaps a stray run."""

EACH_ITS_OWN = ("second_file", "unpurged_restart")
"""What two later files of a run that was never resumed can be, one each, in either order."""

ODDITIES = (
    *("resumed", "hparams", "behind", "zero", "text", "batches", "started"),
    *("renamed", "idle", "strangers", "infinite", "spoiled_hparams", "sparse"),
)
"""What looks suspicious, and is none: a restart that purges, a second file of hyperparameters, a curve
whose last point is not there yet, steps from 0, a text, `Loss/Batch` (three steps to an epoch), the
single point of exercise 2, names of files in another order than that of their begin, a later file
without points, files that are no event files, a value that is infinite, a file of hyperparameters whose
metrics are NaN, stand twice, and go on for longer, and a curve of every second epoch, the last one
among them. Where a run is resumed and has a second file or an unpurged restart, that comes after the
resumption, or purges too late."""

ENDS_OF_A_CURVE = tuple((one, "sparse") for one in ("behind", *DAMAGES))
"""What does not go together: without its last point a curve of every second epoch stops early."""

OF_HPARAMS = {"hparams": hparams_file, "spoiled_hparams": spoiled_hparams_file}
"""Files of hyperparameters, by the names of the oddities that they are."""

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

    @property
    def given(self) -> tuple[str, str]:
        """The `log_dir`."""
        return "log_dir", f"{RUNS_DIR}/run"

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

    def draw_run(draw: Draw) -> BrokenRun:
        # So many that nobody finds the faults by making all runs and comparing bytes.
        seed = draw.number(0, 2**53)
        stray = draw.one_of(((), ("stray_run",)))
        begun = draw.one_of(((), *zip(("no_data", *FILE_FAULTS, "resumed")), EACH_ITS_OWN))
        if "no_data" in begun:
            return BrokenRun(seed, SHORTEST, (*begun, *stray))
        faults = (*draw.some_of(POINT_FAULTS, 0, 2), *draw.some_of(DAMAGES, 0, 1), *stray)
        odd = [name for name in ODDITIES if name != "resumed" and draw.perhaps()]
        if "resumed" in begun or (len(begun) == 1 and begun[0] in EACH_ITS_OWN and draw.perhaps()):
            odd.append("resumed")
        if "resumed" not in begun:
            faults = (*begun, *faults)
        if any({*faults, *odd} >= {*pair} for pair in ENDS_OF_A_CURVE):
            odd.remove("sparse")
        least = SHORTEST if faults or begun else 2
        return BrokenRun(seed, draw.number(least, 12), faults, tuple(odd))

    return Cases(tuple(pinned), draw_run)


def make(
    seed: int, epochs: int, faults: Collection[str], oddities: Collection[str] = ()
) -> dict[str, bytes]:
    """Makes the files of a run.

    Args:
        seed: of its values, and of where the faults are.
        epochs: points of each curve, at least 2, and at least `SHORTEST` where something is wrong.
        faults: some of `FAULTS` that go together.
        oddities: some of `ODDITIES`; a resumed run has no mixed ones.

    Returns:
        The files by their path below the run's directory.
    """
    rng = random.Random(seed)
    began = 1.6e9 + rng.randrange(10**8)
    files = _drafts(rng, began, epochs, faults, oddities)
    contents = [list(file.records()) for file in files]
    if "no_data" in faults:
        begin = contents[0][:1]
        text = record(text_event(began).SerializeToString())
        hparams = [*hparams_file(began).records()]
        contents = rng.choice([[], [[]], [begin], [[*begin, text]], [hparams]])
    written = [b"".join(pieces) for pieces in contents]
    if "truncated" in faults:
        written[-1] = written[-1][: -rng.randrange(1, len(contents[-1][-1]))]
    if "bad_checksum" in faults:
        written[-1] = _with_changed_byte(rng, written[-1], contents[-1][-1])
    named = {file_name(began + 100 * index, index): data for index, data in enumerate(written)}
    if "idle" in oddities:
        begun = began + rng.choice((4, 800))
        named[file_name(begun, 8)] = header(begun)
    for number, (oddity, made) in enumerate(OF_HPARAMS.items(), start=9):
        if oddity in oddities:
            named[file_name(began + 900, number)] = b"".join(made(began + 900).records())
    if "renamed" in oddities:
        named = dict(sorted(zip(reversed(named), named.values(), strict=True)))
    if "strangers" in oddities:
        named |= {"notes.txt": b"The events of this run.", "checkpoints/last.pt": b"weights"}
    return named | (_strays(rng, began, epochs) if "stray_run" in faults else {})


def refusal(epochs: int, faults: Collection[str], oddities: Collection[str]) -> str:
    """Why no such run can be made, in words; empty when it can."""
    unknown = [name for name in faults if name not in FAULTS] + [o for o in oddities if o not in ODDITIES]
    if unknown:
        return f"unknown: {', '.join(unknown)}; known are {', '.join((*FAULTS, *ODDITIES))}"
    if epochs < (SHORTEST if faults or "resumed" in oddities else 2):
        return f"epochs is at least 2, and at least {SHORTEST} with a fault or a restart"
    alone = [("mixed_runs", other) for other in (*EACH_ITS_OWN, "resumed")]
    for group in (*alone, DAMAGES, *ENDS_OF_A_CURVE):
        if len({*faults, *oddities} & set(group)) > 1:
            return f"of {', '.join(group)} there can be one"
    if {*faults, *oddities} >= {*EACH_ITS_OWN, "resumed"}:
        return f"a run with {' and '.join(EACH_ITS_OWN)} was never resumed"
    if "no_data" in faults and ({*faults} - {"no_data", "stray_run"} or oddities):
        return "a run without data has nothing else but a stray run"
    return ""


def _drafts(
    rng: random.Random, began: float, epochs: int, faults: Collection[str], oddities: Collection[str]
) -> list[Draft]:
    """The event files of the run itself."""
    tags = dict(zip((*POINT_FAULTS, "behind"), rng.sample(TAGS, len(TAGS)), strict=True))
    points = _points(rng, healthy_scalars(rng, began, epochs), epochs, {*faults, *oddities}, tags)
    if "mixed_runs" in faults:
        files = [Draft(points)]
        other = healthy_scalars(rng, began + 6, epochs - rng.randrange(2))
        if rng.random() < 0.5:  # another one, that is over when the last begins: the first is not
            files.append(Draft(healthy_scalars(rng, began + 3, 1)))
        ended = tags["stops_early"] if "stops_early" in faults else ""
        files.append(Draft([p for p in other if p.tag != ended]))
    else:
        files = _one_after_the_other(rng, points, epochs - 2, {*faults, *oddities})
    if "text" in oddities:
        files[0].others.append(text_event(began))
    if "batches" in oddities:
        files[0].points = _with_batches(rng, files[0].points)
    if "zero" in oddities:
        files = [_counted_from_zero(file) for file in files]
    if "started" in oddities:
        files[0].points.insert(0, Scalar("Started", 0, 1.0, began + 1))
    return files


def _points(
    rng: random.Random, points: list[Scalar], epochs: int, wanted: Collection[str], tags: Mapping[str, str]
) -> list[Scalar]:
    """The points of a healthy training, with what is wrong or odd with them."""
    both = {"duplicate_steps", "out_of_order"} <= {*wanted}
    for fault in POINT_FAULTS:
        if fault == "duplicate_steps" and both and rng.random() < 0.5:
            # What is damaged may lose its last point.
            points = _gone_back(points, tags[fault], 3 if {*DAMAGES} & {*wanted} else epochs)
        elif fault in wanted:
            points = _BREAK[fault](rng, points, tags[fault], epochs)
    if "behind" in wanted:
        points = [p for p in points if (p.tag, p.step) != (tags["behind"], epochs)]
    if "sparse" in wanted:
        points = [p for p in points if p.tag != tags["behind"] or (epochs - p.step) % 2 == 0]
    if "infinite" in wanted:
        points = [replace(p, value=inf) if (p.tag, p.step) == (tags["behind"], 1) else p for p in points]
    return points


def _one_after_the_other(
    rng: random.Random, points: list[Scalar], cut: int, wanted: Collection[str]
) -> list[Draft]:
    """The files of one program after the other; the first comes to the epoch `cut`, where there are two."""
    if not {"second_file", "unpurged_restart", "resumed"} & {*wanted}:
        return [Draft(points)]
    first = _between(points, 1, cut)
    if {*EACH_ITS_OWN} <= {*wanted}:
        again, after = rng.choice(((cut, cut + 2), (cut + 1, cut + 1)))
        files = (_between(points, again, cut + 1), _between(points, after, cut + 2))
        return [Draft(first), Draft(_later(files[0])), Draft(_later(_later(files[1])))]
    if not {"second_file", "unpurged_restart"} & {*wanted}:
        restarts = rng.choice(((cut,), (cut, cut + 1), (cut + 1, cut)))
        return [Draft(first), Draft(_later(_between(points, cut, cut + 2)), restarts)]
    again = cut + 1 if "second_file" in wanted else rng.randrange(cut - 1, cut + 1)
    later = _later(_between(points, again, cut + 2))
    if "resumed" not in wanted:
        return [Draft(first), Draft(later)]
    if "unpurged_restart" in wanted and rng.random() < 0.5:  # the restart takes away too little
        return [Draft(first), Draft(later, (rng.randrange(again, cut + 1) + 1,))]
    resumed = Draft(_later(_between(points, cut - 2, cut)), (cut - 2,))
    # What a restart takes away of the first file counts no more for the last one either.
    gone = 3 if rng.random() < 0.5 else 0
    return [Draft(_between(points, 1, cut - 2 + gone)), resumed, Draft(_later(later))]


def _between(points: Iterable[Scalar], first: int, last: int) -> list[Scalar]:
    return [point for point in points if first <= point.step <= last]


def _later(points: Iterable[Scalar]) -> list[Scalar]:
    """The same points, logged by a program that was started two minutes later."""
    return [replace(point, time=point.time + 120) for point in points]


def _counted_from_zero(file: Draft) -> Draft:
    points = [replace(point, step=point.step - 1) for point in file.points]
    return Draft(points, tuple(step - 1 for step in file.restarts), file.others)


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


def _gone_back(points: list[Scalar], tag: str, step: int) -> list[Scalar]:
    """A later point has the step of the first: twice there, and not one after the other."""
    return [replace(p, step=1) if (p.tag, p.step) == (tag, step) else p for p in points]


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
    """The last two points are missing, or up to four."""
    last = epochs - rng.randrange(2, 5)
    return [p for p in points if p.tag != tag or p.step <= last]


_BREAK = dict(zip(POINT_FAULTS, (_repeated, _swapped, _spoiled, _ended), strict=True))


def _with_changed_byte(rng: random.Random, data: bytes, last: bytes) -> bytes:
    """Another byte somewhere in the last record, behind its length."""
    place = len(data) - rng.randrange(1, len(last) - 12)
    return data[:place] + bytes([data[place] ^ 0x20]) + data[place + 1 :]


def _strays(rng: random.Random, began: float, epochs: int) -> dict[str, bytes]:
    """Sub-runs as `add_hparams` makes them, or `add_scalars` of torch or tensorboardX; an empty file."""
    how = rng.randrange(4)
    if how == 3:
        return {f"old/copies/{file_name(began, 3)}": b""}
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
