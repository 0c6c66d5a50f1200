"""Event files that no writer makes: what the fuzzers read.

Each is built as a file is (records of events of values), with one thing or more in it that is not as
anybody writes it; or it is what a solution left, with some bytes changed. A random source draws, which
hypothesis may be: then a failing file becomes a small one.
"""

import random
import struct
import zlib
from collections.abc import Callable, Sequence

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from crystalball.reading.records import record

NUMBERS = (0.0, -0.0, 1.0, 0.5, 1e30, -1e30, 1e-45, float("nan"), float("inf"), float("-inf"))
INTEGERS = (0, 1, 2, 3, -1, 2**31 - 1, 2**31, 2**62, 2**63 - 1, -(2**63))
SIZES = (0, 1, 2, 7, 255, 4096, 2**20, 2**31 - 1, 2**32, 2**62, 2**63, 2**64 - 1)
TAGS = (
    "Loss/Train",
    "LearningRate",
    "",
    " ",
    "a/b/../c",
    "\x1b[2J\x07",
    "=cmd|'/c calc'!A0",
    "x" * 9000,
    "\u202eniarT",
    "\U0001f52e" * 50,
    "(a+)+$",
    "a\0b",
    "a\nb\r\tc",
    "<script>alert(1)</script>",
    "[red]x[/]",
)
RATES = (
    "0.1",
    "1e-05",
    "0",
    "1e999",
    "1e9999999",
    "0e9999999",
    "nan",
    "-1",
    "\u0661",
    "\xb2",
    "1_0",
    "9" * 99,
    "1,5",
)
TIMES = (
    *("20231110_093005", "00010101_000000", "99991231_235959", "20231399_999999", "\u0662" * 8 + "_000000"),
    *("", "2023-11-10T09:30", "20231110093005", "1" * 60, "_" * 60, "0_" * 30),
)
PLUGINS = ("scalars", "text", "hparams", "custom_scalars", "pr_curves", "images", "", "\x1b]0;x\x07")
KINDS = ("scalar", "tensor", "histogram", "image", "audio", "text", "hparams", "layout", "nothing")


def event_file(rng: random.Random, runs: Sequence[bytes] = ()) -> bytes:
    """One file.

    Args:
        rng: draws.
        runs: files that were really written, of which some become others.
    """
    if runs and rng.random() < 0.5:
        return flipped(rng, rng.choice(runs))
    pieces = [record(Event(file_version="brain.Event:2", wall_time=1.0).SerializeToString())]
    for _ in range(rng.randint(0, 6)):
        data = _event(rng).SerializeToString()
        if rng.random() < 0.2:
            data = broken(rng, data)
        pieces.append(_framed(rng, data))
    if rng.random() < 0.1:
        rng.shuffle(pieces)
    return b"".join(pieces)


def run_name(rng: random.Random) -> str:
    """The name of a run directory: nearly as the convention has it, or not at all.

    Args:
        rng: draws.
    """
    rate, time = rng.choice(RATES), rng.choice(TIMES)
    start, join = rng.choice(("pixel_gen_lr", "pixel_gen_", "lr", "", "x")), rng.choice(("_", "", "-", " "))
    name = join.join(rng.choice(((f"{start}{rate}", time), (start, time, rate), (time, start, rate))))
    return f"{name}{rng.choice(('', '', '_2', '~0123456789ab'))}" or "."


def flipped(rng: random.Random, content: bytes) -> bytes:
    """A file with some bytes changed: anywhere, or in one record whose checksum is made right again."""
    if rng.random() < 0.5:
        return broken(rng, content)
    place, records = 0, []
    while place + 12 <= len(content):
        (length,) = struct.unpack_from("<Q", content, place)
        records.append(content[place + 12 : place + 12 + length])
        place += length + 16
    if not records:
        return broken(rng, content)
    index = rng.randrange(len(records))
    records[index] = broken(rng, records[index])
    if rng.random() < 0.2:
        records.insert(rng.randrange(len(records)), rng.choice(records))
    return b"".join(map(record, records))


def broken(rng: random.Random, data: bytes) -> bytes:
    """Bytes of which some are changed, doubled, lost or new."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        place = rng.randint(0, len(changed))
        match rng.randrange(5):
            case 0 if place < len(changed):
                changed[place] = rng.randrange(256)
            case 1:
                del changed[place : place + rng.choice((1, 4, 50))]
            case 2:
                changed[place:place] = changed[place : place + rng.choice((1, 8, 100))]
            case 3:
                changed[place:place] = _varint(rng.choice(SIZES))
            case _:
                del changed[place:]
    return bytes(changed)


def _varint(number: int) -> bytes:
    """A number as protobuf writes it: where it stands for a length, it is a lie."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def _framed(rng: random.Random, data: bytes) -> bytes:
    whole = record(data)
    match rng.randrange(12):
        case 0:  # a length that is none, with its own right checksum
            return record(struct.pack("<Q", rng.choice(SIZES)))[12:20] + whole[8:]
        case 1:
            return struct.pack("<Q", rng.choice(SIZES)) + whole[8:]
        case 2:
            return whole[: rng.randrange(len(whole))]
        case 3:
            return whole[:-1] + bytes([whole[-1] ^ 1])
        case 4:
            return whole + bytes(rng.randrange(20))
        case _:
            return whole


def _event(rng: random.Random) -> Event:
    event = Event(wall_time=rng.choice(NUMBERS), step=rng.choice(INTEGERS))
    match rng.randrange(10):
        case 0:
            event.graph_def = _graph(rng)
        case 1:
            event.session_log.status = rng.choice((SessionLog.START, SessionLog.STOP, 0))
        case 2:
            event.file_version = rng.choice(TAGS)
        case 3:
            event.tagged_run_metadata.tag = rng.choice(TAGS)
        case _:
            for _ in range(rng.choice((0, 1, 1, 2, 30))):
                MAKERS[rng.choice(KINDS)](rng, event.summary.value.add(tag=rng.choice(TAGS)))
    return event


def _graph(rng: random.Random) -> bytes:
    graph = GraphDef()
    for _ in range(rng.choice((0, 1, 50))):
        node = graph.node.add(
            name=rng.choice(("Net/Conv2d[0]", "/" * 500, "]" * 99, *TAGS)), op=rng.choice(TAGS)
        )
        node.attr["x"].i = rng.choice(INTEGERS)
    return graph.SerializeToString()


def _scalar(rng: random.Random, value: Summary.Value) -> None:
    value.simple_value = rng.choice(NUMBERS)


def _tensor(rng: random.Random, value: Summary.Value) -> None:
    value.metadata.plugin_data.plugin_name = rng.choice(PLUGINS)
    value.tensor.dtype = rng.randrange(60)
    for _ in range(rng.choice((0, 0, 1, 2, 300))):
        value.tensor.tensor_shape.dim.add(size=rng.choice((0, 1, 1, 2, -1, 2**62)))
    value.tensor.tensor_content = rng.choice((b"", bytes(4), bytes(8), bytes(1000), b"\xff" * 7))
    value.tensor.float_val.extend([rng.choice(NUMBERS)] * rng.choice((0, 1, 2, 200)))
    value.tensor.string_val.extend([rng.choice(TAGS).encode()] * rng.choice((0, 0, 1, 50)))


def _histogram(rng: random.Random, value: Summary.Value) -> None:
    for name in ("min", "max", "num", "sum", "sum_squares"):
        setattr(value.histo, name, rng.choice(NUMBERS))
    value.histo.bucket_limit.extend([rng.choice(NUMBERS)] * rng.choice((0, 1, 600)))
    value.histo.bucket.extend([rng.choice(NUMBERS)] * rng.choice((0, 1, 5)))


def _image(rng: random.Random, value: Summary.Value) -> None:
    value.image.height, value.image.width = (rng.choice((0, 1, 16, 2**31 - 1, -1)) for _ in range(2))
    value.image.encoded_image_string = png(rng)


def png(rng: random.Random) -> bytes:
    """A picture: small, or one that lies about its size, or is no picture."""
    width, height = (rng.choice((0, 1, 16, 1024, 2**16, 2**31 - 1)) for _ in range(2))
    header = struct.pack(
        ">IIBBBBB", width, height, rng.choice((1, 2, 8, 16)), rng.randrange(8), 0, 0, rng.randrange(3)
    )
    rows = zlib.compress(bytes(rng.choice((0, 10, 1000))))
    chunks = [(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")]
    for name in (b"PLTE", b"tRNS", b"iCCP", b"zTXt", b"acTL", b"eXIf", b"iTXt"):
        if rng.random() < 0.1:
            chunks.insert(1, (name, rng.choice((b"", bytes(3), b"a\0\0" + rows, bytes(300)))))
    found = b"\x89PNG\r\n\x1a\n"
    for name, data in chunks:
        found += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    begins = (b"", b"\xff\xd8\xff", b"GIF89a", b"BM", b"RIFF")
    return broken(rng, found) if rng.random() < 0.3 else rng.choice(begins) + found


def _audio(rng: random.Random, value: Summary.Value) -> None:
    value.audio.sample_rate = rng.choice(NUMBERS)
    value.audio.length_frames = rng.choice(INTEGERS)


def _text(rng: random.Random, value: Summary.Value) -> None:
    value.metadata.plugin_data.plugin_name = "text"
    texts = (*(tag.encode() for tag in TAGS), b"```\n" * 300, b"[" * 5000, b'{"a": 1e999}', b"\xff\xfe")
    value.tensor.string_val.extend(rng.choice(texts) for _ in range(rng.choice((0, 1, 1, 3))))


def _hparams(rng: random.Random, value: Summary.Value) -> None:
    value.metadata.plugin_data.plugin_name = "hparams"
    data = HParamsPluginData()
    for _ in range(rng.choice((0, 1, 100))):
        data.experiment.metric_infos.add().name.tag = rng.choice(TAGS)
    if rng.random() < 0.7:
        for _ in range(rng.choice((0, 1, 3))):
            name, one = rng.choice(TAGS), rng.choice(NUMBERS)
            kept = data.session_start_info.hparams[name]
            match rng.randrange(3):
                case 0:
                    kept.number_value = one
                case 1:
                    kept.string_value = name
                case _:
                    kept.list_value.values.add()
    content = data.SerializeToString()
    value.metadata.plugin_data.content = broken(rng, content) if rng.random() < 0.3 else content


def _layout(rng: random.Random, value: Summary.Value) -> None:
    value.tag = "custom_scalars__config__"
    value.metadata.plugin_data.plugin_name = "custom_scalars"
    layout = Layout()
    for _ in range(rng.choice((0, 1, 3))):
        chart = layout.category.add(title=rng.choice(TAGS)).chart.add(title=rng.choice(TAGS))
        patterns = ("(a+)+$", "Loss/.*", "[", "(?P<x>", "x{9999}", "*", ".*.*.*.*=", *TAGS)
        chart.multiline.tag.extend(rng.choice(patterns) for _ in range(rng.choice((0, 1, 40))))
    content = layout.SerializeToString()
    value.tensor.string_val.append(broken(rng, content) if rng.random() < 0.2 else content)


def _nothing(rng: random.Random, value: Summary.Value) -> None:
    value.metadata.display_name = rng.choice(TAGS)


MAKERS: dict[str, Callable[[random.Random, Summary.Value], None]] = {
    "scalar": _scalar,
    "tensor": _tensor,
    "histogram": _histogram,
    "image": _image,
    "audio": _audio,
    "text": _text,
    "hparams": _hparams,
    "layout": _layout,
    "nothing": _nothing,
}
"""What fills a summary value, by its kind."""
