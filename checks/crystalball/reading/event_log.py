"""The event log: all that one run directory says, read on the trusted side.

The records are read here one by one, with their checksums. tbparse is the second witness in the
kit's tests, not the reader: it loses the order in which points were logged, says nothing of a
truncated file or a bad checksum, and takes 4 to 13 ms for a run that takes 0.3 ms here.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout as Layouts
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from crystalball.reading.events import events, is_restart, plugin_of, scalar
from crystalball.reading.pictures import Picture
from crystalball.reading.records import event_files
from crystalball.reading.values import GRAPH, HPARAMS, LAYOUT, Graph, Histogram, Hparams, Layout, Value

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

        Args:
            entries: that were met.
            pixels: that are about to be decoded.

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
    for place, paths in event_files(folder):
        files = [read_file(path, budget) for path in paths]
        files.sort(key=lambda file: (file.began, file.path.name))
        logs.append(EventLog(place, tuple(files)))
    return sorted(logs, key=lambda log: (log.files[0].began, log.path))


def read_file(path: Path, budget: Budget | None = None) -> EventFile:
    """Reads one event file, up to the first damage.

    Args:
        path: of the file.
        budget: pays for what is read; without it, all is.

    Raises:
        TooMuch: there is more in it than the budget allows.
    """
    budget = budget or Budget()
    began, empty, damage = 0.0, True, None
    entries: list[Point | Restart] = []
    metrics: list[str] = []
    try:
        for event in events(path, most=LARGEST_FILE):
            budget.spend(entries=1 + (len(event.summary.value) if event else 0))
            if event is None:
                continue
            began = began or event.wall_time
            empty = empty and event.WhichOneof("what") in ("file_version", None)
            if is_restart(event):
                entries.append(Restart(event.step))
            if event.HasField("graph_def"):
                entries.append(Point(GRAPH, event.step, _graph(event.graph_def), event.wall_time))
            for value in event.summary.value:
                for tag, read in _read(value, metrics, budget):
                    entries.append(Point(tag, event.step, read, event.wall_time))
    except (ValueError, LookupError, DecodeError, OSError) as error:
        damage = str(error)
    return EventFile(path, began, tuple(entries), empty, damage)


def _read(value: Summary.Value, metrics: list[str], budget: Budget) -> Iterator[tuple[str, Value]]:
    """The tag and the value of a summary value, when it is of a kind that the course teaches.

    `metrics` collects the names of metrics, which stand in another record than the hyperparameters.
    """
    kind, plugin = value.WhichOneof("value"), plugin_of(value)
    number = scalar(value)
    if number is not None:
        yield value.tag, number
    elif kind == "histo":
        one = value.histo
        yield value.tag, Histogram(one.min, one.max, one.num, one.sum, one.sum_squares)
    elif kind == "image":
        yield value.tag, decode_picture(value.image.encoded_image_string, budget)
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


def decode_picture(encoded: bytes, budget: Budget | None = None) -> Picture:
    """Decodes a PNG, JPEG or GIF: what TensorBoard shows.

    Args:
        encoded: the bytes of the file.
        budget: pays for the pixels.

    Raises:
        TooMuch: the budget does not allow so many pixels.
        ValueError: it is none, or larger than `MOST_PIXELS`.
    """
    from PIL import Image  # few runs need it

    try:
        with Image.open(io.BytesIO(encoded), formats=("PNG", "JPEG", "GIF")) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValueError(f"it has more than {MOST_PIXELS} pixels")
            (budget or Budget()).spend(pixels=image.width * image.height)
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
