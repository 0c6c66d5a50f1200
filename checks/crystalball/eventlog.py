"""The event log: all that one run directory says, read on the trusted side.

The records are read here one by one, with their checksums. tbparse is the second witness in the
kit's tests, not the reader: it loses the order in which points were logged, says nothing of a
truncated file or a bad checksum, and takes 4 to 13 ms for a run that takes 0.3 ms here.
"""

from __future__ import annotations

import io
import math
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import google_crc32c
from google.protobuf.message import DecodeError
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout as Layouts
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from crystalball.pictures import Picture
from crystalball.values import GRAPH, HPARAMS, LAYOUT, Graph, Histogram, Hparams, Layout, Value

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of an event file that are read, at most."""

MOST_PIXELS = 2**20
"""Pixels of a picture that are decoded, at most: a small PNG may unpack to gigabytes."""


@dataclass(frozen=True)
class Point:
    """What was logged at one step.

    Attributes:
        tag: as it was logged; what describes the whole run stands under a name of `values`.
        step: its `global_step`.
        value: a float32, widened; or what else it is.
        wall_time: seconds since the epoch.
    """

    tag: str
    step: int
    value: Value
    wall_time: float


@dataclass(frozen=True)
class Restart:
    """A writer with `purge_step` began here: what had been logged from this step on is void."""

    step: int


@dataclass(frozen=True)
class EventFile:
    """One event file.

    Attributes:
        path: of the file.
        began: the `wall_time` of its first record; 0 when it has none.
        entries: its points and restarts, in the order in which they were logged.
        empty: it holds nothing at all: a writer was made and not used.
        damage: what is wrong with the file, `None` when it is whole.
    """

    path: Path
    began: float
    entries: tuple[Point | Restart, ...]
    empty: bool
    damage: str | None

    @property
    def points(self) -> tuple[Point, ...]:
        """Its points, purged or not, in the order in which they were logged."""
        return tuple(entry for entry in self.entries if isinstance(entry, Point))


@dataclass(frozen=True)
class EventLog:
    """One run directory: its event files, in the order in which they were begun."""

    path: Path
    files: tuple[EventFile, ...]

    @property
    def points(self) -> tuple[Point, ...]:
        """The points of all files as TensorBoard shows them: without those that a restart purged."""
        kept: list[Point] = []
        for entry in (entry for file in self.files for entry in file.entries):
            if isinstance(entry, Restart):
                kept = [point for point in kept if point.step < entry.step]
            else:
                kept.append(entry)
        return tuple(kept)


class TooMuch(Exception):
    """There is more than the budget allows; the message says of what."""


@dataclass
class Budget:
    """What is still read, of files that a stranger wrote.

    Attributes:
        entries: points and restarts.
        pixels: of all pictures together.
    """

    entries: float = math.inf
    pixels: float = math.inf

    def spend(self, entries: int = 0, pixels: int = 0) -> None:
        """Counts down.

        Raises:
            TooMuch: nothing is left.
        """
        self.entries -= entries
        self.pixels -= pixels
        if self.entries < 0 or self.pixels < 0:
            raise TooMuch(f"more {'points' if self.entries < 0 else 'pixels'} than are read")


def read_runs(folder: Path, most: Budget | None = None) -> list[EventLog]:
    """Reads every directory below `folder` (and itself) that holds event files.

    Links are not followed. The runs come in the order in which they were begun.

    Args:
        folder: where to look.
        most: what is read of all of them together; all without it.

    Raises:
        TooMuch: there is more.
    """
    budget = replace(most) if most else Budget()
    logs = []
    for place, _, names in os.walk(folder):
        files = [read_file(Path(place) / name, budget) for name in names if "tfevents" in name]
        if files:
            files.sort(key=lambda file: (file.began, file.path.name))
            logs.append(EventLog(Path(place), tuple(files)))
    return sorted(logs, key=lambda log: (log.files[0].began, log.path))


def read_file(path: Path, budget: Budget | None = None) -> EventFile:
    """Reads one event file, up to the first damage.

    Raises:
        TooMuch: there is more in it than the budget allows.
    """
    budget = budget or Budget()
    began, empty, damage = 0.0, True, None
    entries: list[Point | Restart] = []
    metrics: list[str] = []
    try:
        for data in records(path):
            event = Event.FromString(data)
            began = began or event.wall_time
            what = event.WhichOneof("what")
            empty = empty and what in ("file_version", None)
            budget.spend(entries=1 + len(event.summary.value))
            if what == "session_log" and event.session_log.status == SessionLog.START:
                entries.append(Restart(event.step))
            if what == "graph_def":
                entries.append(Point(GRAPH, event.step, _graph(event.graph_def), event.wall_time))
            for value in event.summary.value:
                for tag, read in _read(value, metrics, budget):
                    entries.append(Point(tag, event.step, read, event.wall_time))
    except (ValueError, TypeError, LookupError, DecodeError, OSError) as error:
        damage = str(error)
    return EventFile(path, began, tuple(entries), empty, damage)


def _read(value: Summary.Value, metrics: list[str], budget: Budget) -> Iterator[tuple[str, Value]]:
    """The tag and the value of a summary value, when it is of a kind that the course teaches.

    `metrics` collects the names of metrics, which stand in another record than the hyperparameters.
    """
    kind, plugin = value.WhichOneof("value"), value.metadata.plugin_data.plugin_name
    if kind == "simple_value":
        yield value.tag, float(value.simple_value)
    elif kind == "histo":
        one = value.histo
        yield value.tag, Histogram(one.min, one.max, one.num, one.sum, one.sum_squares)
    elif kind == "image":
        yield value.tag, _picture(value.image.encoded_image_string, budget)
    elif kind == "tensor" and plugin == "scalars":  # `new_style=True`, in whatever precision
        from tensorboard.util.tensor_util import make_ndarray  # imports NumPy, which few runs need

        if any(dim.size != 1 for dim in value.tensor.tensor_shape.dim):
            raise ValueError(f"the scalar {value.tag!r} is none: its shape is another")
        yield value.tag, float(make_ndarray(value.tensor).item())
    elif kind == "tensor" and plugin == "text":
        text = b"\n".join(value.tensor.string_val).decode(errors="replace")
        yield value.tag.removesuffix("/text_summary"), text
    elif kind == "tensor" and plugin == "custom_scalars":
        yield LAYOUT, _layout(value.tensor.string_val[0])
    elif plugin == "hparams":
        data = HParamsPluginData.FromString(value.metadata.plugin_data.content)
        metrics += [info.name.tag for info in data.experiment.metric_infos]
        if data.HasField("session_start_info"):
            yield HPARAMS, _hparams(data.session_start_info.hparams, metrics)


def _picture(encoded: bytes, budget: Budget) -> Picture:
    """Decodes a PNG, JPEG or GIF: what TensorBoard shows.

    Raises:
        ValueError: it is none, or larger than `MOST_PIXELS`.
    """
    from PIL import Image  # few runs need it

    try:
        with Image.open(io.BytesIO(encoded), formats=("PNG", "JPEG", "GIF")) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValueError(f"it has more than {MOST_PIXELS} pixels")
            budget.spend(pixels=image.width * image.height)
            return Picture(image.height, image.width, image.convert("RGB").tobytes())
    except TooMuch:
        raise
    except Exception as error:  # a damaged picture makes Pillow's decoders raise whatever they meet
        raise ValueError(f"a picture cannot be read: {error}") from error


def _graph(data: bytes) -> Graph:
    """The modules of a graph: torch names a node `Model/Conv2d[0]/weight/…`."""
    scopes = (node.name.split("/") for node in GraphDef.FromString(data).node)
    return Graph(tuple(sorted({scope for path in scopes for scope in path if scope.endswith("]")})))


def _layout(data: bytes) -> Layout:
    charts = (chart for category in Layouts.FromString(data).category for chart in category.chart)
    return Layout(tuple(tuple(chart.multiline.tag) for chart in charts))


def _hparams(values: Mapping[str, Any], metrics: Sequence[str]) -> Hparams:
    read = {}
    for name, value in values.items():
        kind = value.WhichOneof("kind")
        read[name] = None if kind is None else getattr(value, kind)
    return Hparams.of(read, metrics)


def records(path: Path) -> Iterator[bytes]:
    """The records of an event file: length, its checksum, data, its checksum, over and over.

    Raises:
        ValueError: the file is truncated, has a bad checksum, is too large or no regular file.
    """
    # A link could lead out of the run, and a FIFO would never end; Windows knows neither flag.
    flags = (getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
    with open(os.open(path, os.O_RDONLY | sum(flags)), "rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise ValueError(f"the file is larger than {LARGEST_FILE} bytes")
    place = 0
    while place < len(content):
        start, end = place + 12, place + 12
        if start <= len(content):
            (length,) = struct.unpack_from("<Q", content, place)
            end = start + length
        if end + 4 > len(content):
            raise ValueError(f"the file is truncated at byte {place}")
        for piece, checksum in ((slice(place, place + 8), start - 4), (slice(start, end), end)):
            if _masked_crc(content[piece]) != struct.unpack_from("<I", content, checksum)[0]:
                raise ValueError(f"a checksum is wrong at byte {place}")
        yield content[start:end]
        place = end + 4


def _masked_crc(data: bytes) -> int:
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
