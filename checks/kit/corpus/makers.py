"""What makes run directories: values as trainings give them, and writers of several libraries."""

import os
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_FLOAT
from torch.utils.tensorboard import SummaryWriter

from crystalball.cases.broken_runs import make
from crystalball.cases.event_files import write
from crystalball.reading.records import record

Make = Callable[[Path], object]
"""Makes a run in the folder that the doctor will be given."""

POSIX = os.name == "posix"
"""Windows knows no pipes in a folder, and asks for a right of its own to make a link."""

Values = Sequence[float]


def falling(
    count: int, *, start: float = 2.3, end: float = 0.2, noise: float = 0.03, seed: int = 0
) -> Values:
    """A loss that falls exponentially, with multiplicative noise."""
    rng = np.random.default_rng(seed)
    time = np.arange(count) / max(1, count - 1)
    return list(((start - end) * np.exp(-4 * time) + end) * np.exp(noise * rng.standard_normal(count)))


def rising(count: int, *, noise: float = 0.01, seed: int = 0) -> Values:
    """An accuracy."""
    return [min(1.0, max(0.0, 1 - loss / 2.6)) for loss in falling(count, noise=noise, seed=seed)]


def numbered(values: Values, first: int = 1, stride: int = 1) -> list[tuple[int, float]]:
    """Values with their steps."""
    return [(first + stride * index, value) for index, value in enumerate(values)]


def log(path: Path, curves: dict[str, Iterable[tuple[int, float]]], **options: object) -> Path:
    """Writes a run with torch's writer, step by step, as a training does."""
    points = [(step, tag, value) for tag, curve in curves.items() for step, value in curve]
    with SummaryWriter(path, **options) as writer:
        for step, tag, value in sorted(points, key=lambda point: point[0]):
            writer.add_scalar(tag, value, step)
    return path


def ordinary(count: int = 12, seed: int = 0) -> dict[str, list[tuple[int, float]]]:
    """The curves of an ordinary training."""
    return {
        "Loss/Train": numbered(falling(count, seed=seed)),
        "Loss/Validation": numbered(falling(count, end=0.3, seed=seed + 1)),
        "Accuracy/Train": numbered(rising(count, seed=seed)),
        "Accuracy/Validation": numbered(rising(count, seed=seed + 1)),
        "LearningRate": numbered([0.05] * count),
    }


def changed(**curves: Iterable[tuple[int, float]]) -> dict[str, Iterable[tuple[int, float]]]:
    """The ordinary curves with others beside them, or in their place; `__` stands for the slash."""
    return ordinary() | {tag.replace("__", "/"): curve for tag, curve in curves.items()}


def started_again(path: Path, **options: int) -> None:
    log(path, ordinary(8))
    time.sleep(0.01)
    with SummaryWriter(path, filename_suffix=".again", **options) as writer:
        for tag, curve in ordinary(14).items():
            for step, value in curve:
                if step > 5:
                    writer.add_scalar(tag, value, step)


def hparams(path: Path, metrics: dict[str, float], writers: object = SummaryWriter, **options: str) -> None:
    with writers(str(path)) as writer:
        for step, loss in numbered(falling(10)):
            writer.add_scalar("Loss/Train", loss, step)
        writer.add_hparams({"lr": 0.1, "model": "conv"}, metrics, **options)


def keras_like(path: Path, **curves: Values) -> None:
    """The layout of Keras: `train/` and `validation/`, tensors for scalars, steps from 0."""
    default: dict[str, Values] = {
        "train__epoch_loss": falling(10),
        "train__epoch_accuracy": rising(10),
        "train__epoch_learning_rate": [0.001] * 10,
        "validation__epoch_loss": falling(10, end=0.3, seed=1),
        "validation__epoch_accuracy": rising(10, seed=1),
    }
    runs: dict[str, list[tuple[float, int, str, float]]] = {}
    for place, values in (default | curves).items():
        side, tag = place.split("__")
        runs.setdefault(side, []).extend((1.7e9 + s, s, tag, v) for s, v in numbered(values, first=0))
    for side, points in runs.items():
        data = record(Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString())
        for when, step, tag, value in sorted(points):
            data += record(tensor_scalar(when, step, tag, value).SerializeToString())
        name = "events.out.tfevents.1700000000.host.1.0.v2"
        write(path / side, {name: data})


def tensor_scalar(when: float, step: int, tag: str, value: float) -> Event:
    """A scalar as TensorFlow 2 writes it."""
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"))
    content = struct.pack("<f", value)
    tensor = TensorProto(dtype=DT_FLOAT, tensor_shape=TensorShapeProto(), tensor_content=content)
    summary = Summary(value=[Summary.Value(tag=tag, tensor=tensor, metadata=metadata)])
    return Event(wall_time=when, step=step, summary=summary)


def diverging(count: int) -> Values:
    return [2.3 * (0.95**i if i < count // 2 else 1.5 ** (i - count // 2)) for i in range(count)]


def flat(count: int, seed: int = 0) -> Values:
    return falling(count, start=2.08, end=2.08, noise=0.02, seed=seed)


def broken(faults: str, seed: int, path: Path) -> None:
    write(path, make(seed, 8, faults.split("+")))
