"""Runs that real libraries wrote, as descriptions: what their event files hold, a line of JSON for each.

`bench/layouts.py` installs the libraries, runs a small healthy training with each, and keeps what they
wrote in `layouts.jsonl`: files and folders, tags, plugins, steps, times and numbers as they were. What the
doctor does not look into (pixels, buckets, graphs) is left out. Written again, it says the same of them.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_FLOAT

from crystalball.cases.event_files import header
from crystalball.reading.events import events, plugin_of, scalar
from crystalball.reading.records import event_files, record

FROZEN = Path(__file__).with_suffix(".jsonl")

OTHER = "other"
"""What an event is called that is neither a summary nor the start of a session."""


@dataclass(frozen=True)
class Row:
    """One value of an event file, or an event that holds none.

    Attributes:
        time: seconds since the first header of the whole layout.
        step: of the event.
        tag: of the value; empty for an event without one.
        plugin: which shows the value; for an event without one, what it is.
        number: of a scalar; `None` of all else.
    """

    time: float
    step: int
    tag: str
    plugin: str
    number: float | None = None


Files = dict[str, list[Row]]
"""By their paths below a folder: what event files hold. The first row is the header."""


def describe(folder: Path) -> Files:
    """What the event files below a folder hold.

    Args:
        folder: that a program wrote into.
    """
    found = {
        path.relative_to(folder).as_posix(): [
            row for event in events(path) if event for row in _rows(event)
        ]
        for _, paths in event_files(folder)
        for path in paths
    }
    began = min(rows[0].time for rows in found.values())
    return {
        path: [replace(row, time=round(row.time - began, 5)) for row in rows]
        for path, rows in found.items()
    }


def _rows(event: Event) -> Iterator[Row]:
    kind = event.WhichOneof("what")
    if kind != "summary":
        start = event.session_log.status == SessionLog.START
        yield Row(event.wall_time, event.step, "", "start" if start else kind or OTHER)
    for value in event.summary.value:
        number = scalar(value)
        kept = None if number is None else float(f"{number:.6g}")
        yield Row(event.wall_time, event.step, value.tag, plugin_of(value), kept)


def write(files: Files, folder: Path, began: float = 1.7e9) -> None:
    """Writes event files as they are described.

    Args:
        files: the description.
        folder: they are written below.
        began: when, in seconds since the epoch.
    """
    for path, rows in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"".join(_record(row, began) for row in rows))


def _record(row: Row, began: float) -> bytes:
    event = Event(wall_time=began + row.time, step=row.step)
    if row.tag:
        metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=row.plugin))
        value = Summary.Value(tag=row.tag, metadata=metadata if row.plugin else None)
        if row.number is not None and row.plugin == "scalars":
            shape = TensorShapeProto()
            value.tensor.CopyFrom(TensorProto(dtype=DT_FLOAT, tensor_shape=shape, float_val=[row.number]))
        elif row.number is not None:
            value.simple_value = row.number
        event.summary.value.append(value)
    elif row.plugin == "file_version":
        return header(event.wall_time)
    elif row.plugin == "start":
        event.session_log.status = SessionLog.START
    else:
        event.graph_def = b"left out"
    return record(event.SerializeToString())


def freeze(layouts: dict[str, Files]) -> None:
    """Keeps descriptions, a line for each.

    Args:
        layouts: by their names.
    """
    with FROZEN.open("w", encoding="utf-8") as file:
        for name, files in sorted(layouts.items()):
            rows = {path: [_plain(row) for row in rows] for path, rows in files.items()}
            file.write(json.dumps([name, rows], separators=(",", ":")) + "\n")


def _plain(row: Row) -> Iterable[object]:
    plain = [row.time, row.step, row.tag, row.plugin, row.number]
    return plain if row.number is not None else plain[:-1]


@cache
def frozen() -> dict[str, Files]:
    """The descriptions that were kept, by library and program."""
    layouts = {}
    for line in FROZEN.read_text(encoding="utf-8").splitlines():
        name, files = json.loads(line)
        layouts[name] = {path: [Row(*plain) for plain in rows] for path, rows in files.items()}
    return layouts
