"""Event files made of given scalars, record by record, without torch and without a clock.

The runs of exercise 18 and the tests of the doctor share them.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import nan
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from crystalball.reading.records import record

TAGS = ("Loss/Train", "Loss/Validation", "Accuracy/Train", "Accuracy/Validation", "LearningRate")


@dataclass(frozen=True)
class Scalar:
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
        restarts: the steps of the restarts that it begins with.
        others: events behind its header that are no scalars.
    """

    points: list[Scalar]
    restarts: tuple[int, ...] = ()
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
        yield header(self.began)
        for step in self.restarts:
            log = SessionLog(status=SessionLog.START)
            event = Event(wall_time=self.began, step=step, session_log=log)
            yield record(event.SerializeToString())
        for event in self.others:
            yield record(event.SerializeToString())
        for point in self.points:
            summary = Summary(value=[Summary.Value(tag=point.tag, simple_value=point.value)])
            event = Event(wall_time=point.time, step=point.step, summary=summary)
            yield record(event.SerializeToString())


def header(time: float) -> bytes:
    """The first record of an event file, begun at this time."""
    return record(Event(wall_time=time, file_version="brain.Event:2").SerializeToString())


def write(log_dir: Path, files: Mapping[str, bytes]) -> Path:
    """Writes the files of a run into its directory, and returns that."""
    log_dir.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = log_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return log_dir


def file_name(time: float, number: int) -> str:
    """The name of an event file.

    Args:
        time: at which it was begun.
        number: of the file in its program.
    """
    return f"events.out.tfevents.{int(time)}.sprites.4711.{number}"


def healthy_scalars(
    rng: random.Random, began: float, epochs: int, tags: Iterable[str] = TAGS
) -> list[Scalar]:
    """The points of a healthy training: noisy losses that fall, accuracies that rise, a constant rate."""
    points = []
    for epoch in range(1, epochs + 1):
        for index, tag in enumerate(tags):
            fallen = 2.2 * 0.8**epoch * rng.uniform(0.95, 1.05)
            value = fallen if "Loss" in tag else 0.05 if "Rate" in tag else max(0.0, 1 - fallen / 2.4)
            points.append(Scalar(tag, epoch, value, began + 2 * epoch + 0.01 * index))
    return points


def text_event(time: float) -> Event:
    """An event with a text.

    Args:
        time: of the event.
    """
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
    return Draft([Scalar("Final/Loss", 0, 0.25, time + 0.01)], others=[event])


def spoiled_hparams_file(time: float) -> Draft:
    """Such a file with metrics as no curve of a run should be: NaN, a step twice, and one far behind."""
    values = (("Loss", 0, nan), ("Loss", 0, nan), ("Accuracy", 0, 0.5), ("Accuracy", 40, 0.5))
    points = [
        Scalar(f"Final/{name}", step, value, time + 0.01 * number)
        for number, (name, step, value) in enumerate(values)
    ]
    return replace(hparams_file(time), points=points)
