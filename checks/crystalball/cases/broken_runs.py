"""Makes runs that are broken in known ways, and healthy ones that look suspicious, from a seed.

They are written record by record, without torch and without a clock: the same seed gives the same
bytes. Exercise 18 and the tests of the doctor share them.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from crystalball.reading.records import record

TAGS = ("Loss/Train", "Loss/Validation", "Accuracy/Train", "Accuracy/Validation", "LearningRate")

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


@dataclass(frozen=True)
class Point:
    """One scalar to be written: as `crystalball.reading.event_log.Point`."""

    tag: str
    step: int
    value: float
    time: float


@dataclass
class Draft:
    """An event file in the making.

    Attributes:
        points: its scalars, in the order of their logging.
        restart: the step of the restart that it begins with; `None` when it begins with none.
        others: events behind its header that are no scalars.
    """

    points: list[Point]
    restart: int | None = None
    others: list[Event] = field(default_factory=list)

    @property
    def began(self) -> float:
        """The time of its header: half a second before all else."""
        times: list[float] = [point.time for point in self.points] + [
            event.wall_time for event in self.others
        ]
        return min(times) - 0.5

    def records(self) -> Iterator[bytes]:
        """Its records, serialized."""
        yield record(Event(wall_time=self.began, file_version="brain.Event:2").SerializeToString())
        if self.restart is not None:
            log = SessionLog(status=SessionLog.START)
            event = Event(wall_time=self.began, step=self.restart, session_log=log)
            yield record(event.SerializeToString())
        for event in self.others:
            yield record(event.SerializeToString())
        for point in self.points:
            summary = Summary(value=[Summary.Value(tag=point.tag, simple_value=point.value)])
            event = Event(wall_time=point.time, step=point.step, summary=summary)
            yield record(event.SerializeToString())


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
    dice = random.Random(seed)
    began = 1.6e9 + dice.randrange(10**8)
    files = _drafts(dice, began, epochs, faults, oddities)
    contents = [list(file.records()) for file in files]
    if "no_data" in faults:
        nothing: list[list[list[bytes]]] = [[], [[]], [contents[0][:1]]]
        contents = dice.choice(nothing)
    written = [b"".join(pieces) for pieces in contents]
    if "truncated" in faults:
        written[-1] = written[-1][: -dice.randrange(1, len(contents[-1][-1]))]
    if "bad_checksum" in faults:
        written[-1] = _with_changed_byte(dice, written[-1], contents[-1][-1])
    named = {_name(began + 100 * index, index): data for index, data in enumerate(written)}
    if "hparams" in oddities:
        named[_name(began + 900, 9)] = b"".join(hparams_file(began + 900).records())
    return named | (_strays(dice, began, epochs) if "stray_run" in faults else {})


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


def write(log_dir: Path, files: dict[str, bytes]) -> Path:
    """Writes the files of a run into its directory, and returns that."""
    log_dir.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = log_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return log_dir


def _name(time: float, number: int) -> str:
    return f"events.out.tfevents.{int(time)}.sprites.4711.{number}"


def training(dice: random.Random, began: float, epochs: int, tags: Iterable[str] = TAGS) -> list[Point]:
    """The points of a healthy training: noisy losses that fall, accuracies that rise, a constant rate."""
    points = []
    for epoch in range(1, epochs + 1):
        for index, tag in enumerate(tags):
            fallen = 2.2 * 0.8**epoch * dice.uniform(0.95, 1.05)
            value = fallen if "Loss" in tag else 0.05 if "Rate" in tag else max(0.0, 1 - fallen / 2.4)
            points.append(Point(tag, epoch, value, began + 2 * epoch + 0.01 * index))
    return points


def _drafts(
    dice: random.Random, began: float, epochs: int, faults: Collection[str], oddities: Collection[str]
) -> list[Draft]:
    """The event files of the run itself."""
    points = training(dice, began, epochs)
    cut = epochs - 2
    tags = dict(zip((*POINT_FAULTS, "behind"), dice.sample(TAGS, len(TAGS)), strict=True))
    for fault in POINT_FAULTS:
        if fault in faults:
            points = _BREAK[fault](dice, points, tags[fault], epochs)
    if "behind" in oddities:
        points = [p for p in points if (p.tag, p.step) != (tags["behind"], epochs)]
    files = [Draft(points)]
    if {"second_file", "unpurged_restart"} & set(faults):
        again = cut + 1 if "second_file" in faults else dice.randrange(cut - 1, cut + 1)
        files = [Draft(_between(points, 1, cut)), Draft(_later(_between(points, again, epochs)))]
    elif "mixed_runs" in faults:
        other = training(dice, began + 6, epochs - dice.randrange(2))
        if dice.random() < 0.5:  # another one, that is over when the last begins: the first is not
            files.append(Draft(training(dice, began + 3, 1)))
        files.append(
            Draft([p for p in other if "stops_early" not in faults or p.tag != tags["stops_early"]])
        )
    elif "resumed" in oddities and epochs >= SHORTEST:
        files = [Draft(_between(points, 1, cut)), Draft(_later(_between(points, cut, epochs)), restart=cut)]
    if "text" in oddities:
        files[0].others.append(_text(began))
    if "batches" in oddities:
        files[0].points = _with_batches(dice, files[0].points)
    if "zero" in oddities:
        files = [_counted_from_zero(file) for file in files]
    if "started" in oddities:
        files[0].points.insert(0, Point("Started", 0, 1.0, began + 1))
    return files


def _between(points: Iterable[Point], first: int, last: int) -> list[Point]:
    return [point for point in points if first <= point.step <= last]


def _later(points: Iterable[Point]) -> list[Point]:
    """The same points, logged by a program that was started two minutes later."""
    return [replace(point, time=point.time + 120) for point in points]


def _counted_from_zero(file: Draft) -> Draft:
    points = [replace(point, step=point.step - 1) for point in file.points]
    return Draft(points, None if file.restart is None else file.restart - 1, file.others)


def _with_batches(dice: random.Random, points: list[Point]) -> list[Point]:
    """Three batches are logged before each epoch's point of the rate."""
    times = sorted({point.time for point in points if point.tag == "LearningRate"})
    batches = (
        Point("Loss/Batch", 3 * number + i, 2.2 * dice.uniform(0.5, 1), time - 0.1 * (4 - i))
        for number, time in enumerate(times)
        for i in (1, 2, 3)
    )
    return sorted([*points, *batches], key=lambda point: point.time)


def _repeated(dice: random.Random, points: list[Point], tag: str, epochs: int) -> list[Point]:
    """A point is logged twice, or has the step of the one before."""
    step = dice.randrange(2, epochs - 3)
    if dice.random() < 0.5:
        return [replace(p, step=step - 1) if (p.tag, p.step) == (tag, step) else p for p in points]
    return [
        again
        for p in points
        for again in ([p, replace(p, value=p.value * 1.01)] if (p.tag, p.step) == (tag, step) else [p])
    ]


def _swapped(dice: random.Random, points: list[Point], tag: str, epochs: int) -> list[Point]:
    """Two points after each other have each other's step."""
    step = dice.randrange(2, epochs - 3)
    swap = {step: step + 1, step + 1: step}
    return [replace(p, step=swap.get(p.step, p.step)) if p.tag == tag else p for p in points]


def _spoiled(dice: random.Random, points: list[Point], tag: str, epochs: int) -> list[Point]:
    """One value is NaN."""
    step = dice.randrange(2, epochs - 3)
    return [replace(p, value=float("nan")) if (p.tag, p.step) == (tag, step) else p for p in points]


def _ended(dice: random.Random, points: list[Point], tag: str, epochs: int) -> list[Point]:
    """The last three points are missing, or four."""
    last = epochs - dice.randrange(3, 5)
    return [p for p in points if p.tag != tag or p.step <= last]


_BREAK = dict(zip(POINT_FAULTS, (_repeated, _swapped, _spoiled, _ended), strict=True))


def _with_changed_byte(dice: random.Random, data: bytes, last: bytes) -> bytes:
    """Another byte somewhere in the last record, behind its length."""
    place = len(data) - dice.randrange(1, len(last) - 12)
    return data[:place] + bytes([data[place] ^ 0x20]) + data[place + 1 :]


def _text(time: float) -> Event:
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    tensor = TensorProto(dtype=DT_STRING, string_val=[b"sprites"])
    value = Summary.Value(tag="Notes/text_summary", metadata=metadata, tensor=tensor)
    return Event(wall_time=time, summary=Summary(value=[value]))


def hparams_file(time: float) -> Draft:
    """The file that `add_hparams` opens: hyperparameters, and a metric at step 0."""
    content = HParamsPluginData(version=0)
    content.session_start_info.hparams["lr"].number_value = 0.05
    content.session_start_info.start_time_secs = time
    plugin = SummaryMetadata.PluginData(plugin_name="hparams", content=content.SerializeToString())
    value = Summary.Value(tag="_hparams_/session_start_info", metadata=SummaryMetadata(plugin_data=plugin))
    event = Event(wall_time=time, summary=Summary(value=[value]))
    return Draft([Point("Final/Loss", 0, 0.25, time + 0.01)], others=[event])


def _strays(dice: random.Random, began: float, epochs: int) -> dict[str, bytes]:
    """Sub-runs as `add_hparams` makes them, or `add_scalars` of torch, or that of tensorboardX."""
    how = dice.randrange(3)
    if how == 0:
        return {f"{began + 950:.6f}/{_name(began + 950, 3)}": b"".join(hparams_file(began + 950).records())}
    names = ("Loss_train", "Loss_validation") if how == 1 else ("Loss/train", "Loss/validation")
    made = {}
    for number, name in enumerate(names, start=3):
        points = training(dice, began, epochs, ["Loss"])
        made[f"{name}/{_name(began, number)}"] = b"".join(Draft(points).records())
    return made
