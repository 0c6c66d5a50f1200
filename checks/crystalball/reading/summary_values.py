"""What a summary value of an event file holds, as one of the kinds of value that the course teaches."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout as Layouts
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from crystalball.reading.budget import Budget, TooMuch
from crystalball.reading.events import plugin_of, scalar
from crystalball.reading.pictures import Picture
from crystalball.reading.values import (
    HPARAMS,
    LAYOUT,
    Graph,
    Histogram,
    Hparams,
    Layout,
    Unopened,
    Value,
)

LONGEST_PART, LONGEST_TEXT = 1024 * 1024, 100_000
"""Bytes of a graph, a layout or some hyperparameters, and of a text, at most: rivals read a text again."""

BYTES_A_PIXEL, BYTES_BESIDE = 8, 64 * 1024
"""Of a PNG, at most; one of more consists of other things than its picture."""

MOST_PIXELS = 2**16
"""Pixels of a picture that is decoded, at most: 256 sprites. A small PNG may unpack to gigabytes."""

FORMATS = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"RIFF": "WebP",
}
"""How pictures begin."""


def values_of(value: Summary.Value, metrics: list[str], budget: Budget) -> Iterator[tuple[str, Value]]:
    """The tag and the value of a summary value, when it is of a kind that the course teaches.

    Args:
        value: of whatever kind.
        metrics: collects the names of metrics, which stand in another record than the hyperparameters.
        budget: pays for what is read.

    Raises:
        TooMuch: there is more in it than the budget allows.
        ValueError: it is damaged.
    """
    kind, plugin = value.WhichOneof("value"), plugin_of(value)
    number = scalar(value)
    if number is not None:
        yield value.tag, number
    elif kind == "histo":
        one = value.histo
        yield value.tag, Histogram(one.min, one.max, one.num, one.sum, one.sum_squares)
    elif kind == "image":
        yield value.tag, picture_of(value.image.encoded_image_string, budget)
    elif kind == "tensor" and plugin == "text":
        text = _short(b"\n".join(value.tensor.string_val), LONGEST_TEXT)
        yield value.tag.removesuffix("/text_summary"), text.decode(errors="replace")
    elif kind == "tensor" and plugin == "custom_scalars":
        yield LAYOUT, _layout(value.tensor.string_val[0], budget)
    elif plugin == "hparams":
        data = HParamsPluginData.FromString(_short(value.metadata.plugin_data.content))
        budget.spend(parts=len(data.experiment.metric_infos))
        metrics += [info.name.tag for info in data.experiment.metric_infos]
        if data.HasField("session_start_info"):
            yield HPARAMS, _hparams(data.session_start_info.hparams, metrics, budget)


def picture_of(encoded: bytes, budget: Budget | None = None, most: int = MOST_PIXELS) -> Picture | Unopened:
    """The picture in a PNG; what is large, or in another format, is named, and not opened.

    Args:
        encoded: the bytes of the file.
        budget: pays for the pixels.
        most: pixels of one that is opened.

    Raises:
        TooMuch: the budget does not allow so many pixels.
        ValueError: it cannot be decoded.
    """
    kind = next((name for begin, name in FORMATS.items() if encoded.startswith(begin)), "no known format")
    if kind != "PNG":
        return Unopened(f"a picture in {kind}")
    width, height = struct.unpack_from(">II", encoded.ljust(24, b"\0"), 16)  # it begins with its size
    if width * height > most:
        return Unopened(f"a picture of {width} x {height} pixels")
    if len(encoded) > BYTES_BESIDE + BYTES_A_PIXEL * width * height:
        raise ValueError("a picture has more bytes than its pixels need")
    (budget or Budget()).spend(pixels=width * height)
    from PIL import Image  # few runs need it

    try:
        with Image.open(io.BytesIO(encoded), formats=("PNG",)) as image:
            return Picture(height, width, image.convert("RGB").tobytes())
    except MemoryError:
        raise
    except Exception as error:  # a damaged picture makes Pillow's decoders raise whatever they meet
        raise ValueError(f"a picture cannot be read: {error}") from error


def _short(data: bytes, longest: int = LONGEST_PART) -> bytes:
    """Data that is not too long to be parsed.

    Raises:
        TooMuch: it is.
    """
    if len(data) > longest:
        raise TooMuch(f"a text, a graph or the like of more than {longest} bytes")
    return data


def graph_of(data: bytes, budget: Budget) -> Graph:
    """The modules of a graph: torch names a node `Model/Conv2d[0]/weight/…`."""
    nodes = GraphDef.FromString(_short(data)).node
    budget.spend(parts=len(nodes))
    scopes = {scope for node in nodes for scope in node.name.split("/") if scope.endswith("]")}
    return Graph(tuple(sorted(scopes)))


def _layout(data: bytes, budget: Budget) -> Layout:
    categories = Layouts.FromString(_short(data)).category
    budget.spend(parts=len(categories))
    charts = []
    for chart in (chart for category in categories for chart in category.chart):
        budget.spend(parts=1 + len(chart.multiline.tag))
        charts.append(tuple(chart.multiline.tag))
    return Layout(tuple(charts))


def _hparams(values: Mapping[str, Any], metrics: Sequence[str], budget: Budget) -> Hparams:
    budget.spend(parts=len(values) + len(metrics))
    read = {}
    for name, value in values.items():
        kind = value.WhichOneof("kind")
        read[name] = None if kind is None else getattr(value, kind)
    return Hparams.of(read, metrics)
