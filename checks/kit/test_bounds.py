"""What is read of event files that a stranger wrote has bounds, on a learner's own machine too."""

import io
import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.custom_scalar.layout_pb2 import Category, Chart, MultilineChartContent
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout as Layouts
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from crystalball.judging.findings import Finding
from crystalball.judging.verdict import FROM_OUTSIDE, LARGEST, Status, Verdict
from crystalball.outcomes.facet import CurveFacet, Trait
from crystalball.processes.worker_files import WorkerFiles
from crystalball.reading.budget import A_CASE, TooMuch
from crystalball.reading.event_log import LONGEST_PARSED, read_file, read_folder
from crystalball.reading.outside import outside, outside_line
from crystalball.reading.pictures import Picture, Sprites
from crystalball.reading.records import record
from crystalball.reading.summary_values import picture_of
from crystalball.reading.values import Json, Layout, Unopened, Value, without_fence


def run_of(folder: Path, *values: Summary.Value, **event: object) -> Path:
    """A folder with an event file that holds one event."""
    one = Event(step=1, wall_time=1.0, **event)
    if values:
        one.summary.value.extend(values)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "events.out.tfevents.1.host").write_bytes(record(one.SerializeToString()))
    return folder


def plugin(name: str, content: bytes = b"", text: bytes = b"") -> Summary.Value:
    value = Summary.Value(tag=name)
    value.metadata.plugin_data.plugin_name = name
    value.metadata.plugin_data.content = content
    if text:
        value.tensor.string_val.append(text)
    return value


def numbers(count: int) -> list[Summary.Value]:
    return [Summary.Value(tag="a", simple_value=1.0)] * count


def pictured(size: tuple[int, int], form: str = "PNG") -> Summary.Value:
    file = io.BytesIO()
    Image.new("RGB", size).save(file, form)
    value = Summary.Value(tag="a")
    value.image.encoded_image_string = file.getvalue()
    return value


def hparams(metrics: int) -> Summary.Value:
    data = HParamsPluginData()
    for _ in range(metrics):
        data.experiment.metric_infos.add()
    return plugin("hparams", data.SerializeToString())


def layout(patterns: int) -> Summary.Value:
    chart = Chart(multiline=MultilineChartContent(tag=["a.*"] * patterns))
    data = Layouts(category=[Category(chart=[chart])])
    return plugin("custom_scalars", text=data.SerializeToString())


TOO_MUCH: dict[str, Callable[[Path], object]] = {
    "points": lambda folder: run_of(folder, *numbers(int(A_CASE.entries))),
    "tags": lambda folder: run_of(
        folder, *(Summary.Value(tag=str(n), simple_value=1.0) for n in range(int(A_CASE.tags) + 1))
    ),
    "metrics": lambda folder: run_of(folder, hparams(int(A_CASE.parts))),
    "patterns": lambda folder: run_of(folder, *numbers(1), layout(int(A_CASE.parts))),
    "patterns on curves": lambda folder: run_of(
        folder, layout(20_000), *(Summary.Value(tag=str(n), simple_value=1.0) for n in range(2))
    ),
    "nodes": lambda folder: run_of(folder, graph_def=b"\x0a\x00" * int(A_CASE.parts)),
    "a graph": lambda folder: run_of(folder, graph_def=b"\x0a\x00" * 600_000),
    "a text": lambda folder: run_of(folder, plugin("text", text=b"a" * 100_001)),
    "pixels": lambda folder: run_of(folder, *[pictured((256, 256))] * 5),
    "a record": lambda folder: run_of(folder, plugin("text", text=b"a" * LONGEST_PARSED)),
    "bytes": lambda folder: [
        run_of(folder / str(n), plugin("other", text=b"a" * 3_000_000)) for n in range(3)
    ],
    "folders": lambda folder: [
        (folder / f"{n}").mkdir(parents=True) for n in range(int(A_CASE.parts) // 10_000)
    ],
}


@pytest.mark.parametrize("leave", TOO_MUCH.values(), ids=TOO_MUCH)
def test_more_than_a_case_may_leave_is_not_read(
    leave: Callable[[Path], object], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    leave(tmp_path / "run")
    budget = replace(A_CASE, parts=5) if "folders" in request.node.name else A_CASE
    with pytest.raises(TooMuch):
        read_folder(tmp_path, budget)
    if budget is A_CASE:
        with pytest.raises(TooMuch):
            WorkerFiles().read(tmp_path, limit=60)


@pytest.mark.parametrize("size", [1, 2**62])
def test_the_shape_of_a_number_is_not_multiplied_out(tmp_path: Path, size: int) -> None:
    value = plugin("scalars")
    value.tensor.dtype = 1
    value.tensor.float_val.append(1.0)
    dim = value.tensor.tensor_shape.dim.add()
    dim.size = size
    value.tensor.tensor_shape.dim.extend([dim] * 100_000)
    assert "not one number" in (read_file(next(run_of(tmp_path, value).iterdir())).damage or "")


@pytest.mark.parametrize("form", ["JPEG", "GIF", "BMP", "WEBP", "PPM"])
def test_a_picture_of_another_format_is_named_and_left_out(tmp_path: Path, form: str) -> None:
    folder = run_of(tmp_path, pictured((8, 8), form), *numbers(1))
    (log,) = read_folder(folder, A_CASE).logs
    left_out, right = (point.value for point in log.points)
    assert isinstance(left_out, Unopened)
    assert right == 1.0
    assert "not opened" in str(left_out)
    assert not left_out.agrees(left_out, 0)


def test_a_picture_is_asked_for_its_size_before_it_is_opened() -> None:
    png = bytearray(pictured((8, 8)).image.encoded_image_string)
    empty = struct.pack(">I", 0) + b"teSt" + struct.pack(">I", zlib.crc32(b"teSt"))
    end = png.rindex(b"IDAT") - 4
    large = picture_of(bytes(png[:16] + struct.pack(">II", 2**31, 2**31) + png[24:]))
    assert str(large) == "a picture of 2147483648 x 2147483648 pixels, which is not opened"
    for wrong, word in (
        (png[:end] + empty * 10_000 + png[end:], "bytes"),
        (png[:20], "cannot be read"),
        (png[:40], "cannot be read"),
    ):
        with pytest.raises(ValueError, match=word):
            picture_of(bytes(wrong))


def test_a_sprite_is_looked_for_at_every_place_of_a_picture_that_nearly_agrees() -> None:
    sprite = Picture(16, 16, bytes([7]) * (16 * 16 * 3 - 1) + bytes([99]))
    picture = bytearray([7]) * (90 * 90 * 3)
    assert Sprites((sprite,)).found_in(Picture(90, 90, bytes(picture))) == 0
    picture[-1] = 98  # the very last place, within 1/255
    assert Sprites((sprite, sprite)).found_in(Picture(90, 90, bytes(picture))) == 2
    assert Sprites((sprite,)).found_in(Picture(15, 300, bytes(15 * 300 * 3))) == 0


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ("  ~~~~\n\n1 \n\n~~~~ \n", "1"),
        ("```\n```", ""),
        ("```\n1", "```\n1"),
        ("``\n1\n``", "``\n1\n``"),
        ("```json x\n1\n```", "```json x\n1\n```"),
        ("````\n1\n```", "````\n1\n```"),
        ("", ""),
    ],
)
def test_a_code_fence_is_taken_off(text: str, inside: str) -> None:
    assert without_fence(text) == inside


def test_a_code_fence_without_an_end_costs_a_walk_over_it() -> None:
    for text in ("```\n" + " " * 300_000 + "\n" * 300_000, "`" * 600_000, "```" + "a" * 600_000 + "\n"):
        assert without_fence(text) == text.strip()
    assert not Json.of({}).agrees("[" * 100_000, 0)


def test_a_layout_draws_what_its_patterns_begin_with(tmp_path: Path) -> None:
    curves = [Summary.Value(tag=tag, simple_value=1.0) for tag in ("ab", "ac", "b")]
    chart = Chart(multiline=MultilineChartContent(tag=["a.", "c"]))
    drawn = plugin("custom_scalars", text=Layouts(category=[Category(chart=[chart])]).SerializeToString())
    (log,) = read_folder(run_of(tmp_path, drawn, *curves)).logs
    found: list[Value] = [point.value for point in log.points]
    assert found[0] == Layout((("ab", "ac", "c"),))


LONG = "\N{CRYSTAL BALL}" * 2000


def test_a_verdict_has_a_size_that_nothing_from_outside_passes() -> None:
    finding = Finding(
        CurveFacet("Loss/Train"), LONG, (LONG,) * 10, (LONG,) * 10, instead=(outside_line(LONG),) * 10
    )
    verdict = Verdict(
        "03_epoch_loss",
        outside_line("03_epoch_loss.py"),
        Status.FAILED,
        findings=(finding,) * 60,
        detail=outside(LONG),
        traceback=outside(LONG),
        output=outside(LONG),
        right=(Trait.END,),
    )
    assert len(verdict.to_json()) > 10 * LARGEST
    small = verdict.within_bounds()
    assert len(small.to_json()) <= LARGEST
    assert small.findings
    assert small.findings[0].facet == finding.facet
    assert replace(small, **{name: getattr(verdict, name) for name in FROM_OUTSIDE}) == verdict
    assert small.within_bounds() is small
    assert json.loads(small.to_json())["right"] == ["end"]
