"""The reader of event files, against tbparse and against damage."""

import itertools
import struct
from pathlib import Path

import pytest
import tbparse
import tensorboardX
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.utils.tensorboard import SummaryWriter

from crystalball.reading.event_log import read_file, read_runs
from crystalball.reading.events import events, is_restart
from crystalball.reading.records import BadChecksum, record


def write(log_dir: Path, points: list[tuple[str, float, int]], **options: bool) -> Path:
    with SummaryWriter(log_dir) as writer:
        for tag, value, step in points:
            writer.add_scalar(tag, value, step, **options)
    return next(log_dir.glob("*tfevents*"))


POINTS = [("Loss/Train", 0.5, 1), ("Loss/Train", float("nan"), 2), ("a b\nc", -1e30, 0)]


@pytest.mark.parametrize(
    "options", [{}, {"new_style": True}, {"new_style": True, "double_precision": True}]
)
def test_it_reads_what_torch_wrote(tmp_path: Path, options: dict[str, bool]) -> None:
    (log,) = read_runs(write(tmp_path / "run", POINTS, **options).parent)
    assert [(p.tag, p.step) for p in log.points] == [(tag, step) for tag, _, step in POINTS]
    assert log.points[0].value == 0.5
    assert log.points[1].value != log.points[1].value
    assert log.files[0].damage is None


def test_it_reads_what_tensorboardx_wrote(tmp_path: Path) -> None:
    with tensorboardX.SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("Loss/Train", 0.25, 7)
    (log,) = read_runs(tmp_path)
    assert [(p.tag, p.step, p.value) for p in log.points] == [("Loss/Train", 7, 0.25)]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Loss/Train", "b"]),
            st.floats(allow_nan=False, width=32),
            st.integers(0, 2**40),
        ),
        min_size=1,
    )
)
def test_tbparse_agrees(
    tmp_path_factory: pytest.TempPathFactory, points: list[tuple[str, float, int]]
) -> None:
    path = write(tmp_path_factory.mktemp("run") / "run", points)
    frame = tbparse.SummaryReader(str(path.parent)).scalars
    theirs = sorted(zip(frame["tag"], frame["step"], frame["value"], strict=True))
    ours = sorted((p.tag, p.step, p.value) for p in read_file(path).points)
    assert ours == theirs


def test_damage_is_told_and_what_stands_before_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "run", POINTS)
    whole = path.read_bytes()
    for damaged, word in (
        (whole[:-3], "truncated"),
        (whole[:-6] + b"?" + whole[-5:], "checksum"),
        (whole + b"garbage", "truncated"),
        (whole + struct.pack("<Q", 2**62) + b"1234", "checksum"),
        (b"no event file", "no record"),
    ):
        path.write_bytes(damaged)
        read = read_file(path)
        assert read.damage is not None
        assert word in read.damage
        assert len(read.points) == (0 if damaged == b"no event file" else 3 if damaged[:-1] > whole else 2)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.integers(0, 400), byte=st.integers(0, 255), cut=st.integers(0, 400))
def test_no_damage_is_silent(
    tmp_path_factory: pytest.TempPathFactory, place: int, byte: int, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = write(folder, POINTS)
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[place % len(whole)] = byte
    path.write_bytes(bytes(changed[: len(whole) - cut % len(whole)]))
    read = read_file(path)
    if read.damage is None:
        # Only a cut between two records cannot be seen.
        assert whole.startswith(path.read_bytes())


def test_links_are_not_followed(tmp_path: Path) -> None:
    path = write(tmp_path / "run", POINTS)
    other = tmp_path / "other"
    other.mkdir()
    (other / "events.out.tfevents.1").symlink_to(path)
    (log,) = read_runs(other)
    assert log.points == ()
    assert log.files[0].damage


def test_an_empty_folder_is_no_run(tmp_path: Path) -> None:
    assert read_runs(tmp_path) == []


def test_a_restart_is_an_event_of_its_own(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path, purge_step=3) as writer:
        writer.add_scalar("Loss/Train", 0.5, 3)
    assert [event.step for event in events(next(tmp_path.iterdir())) if is_restart(event)] == [3]


def test_a_record_that_is_too_long_is_checked_and_not_parsed(tmp_path: Path) -> None:
    path = write(tmp_path / "run", [("x" * 500, 1.0, 1), ("short", 2.0, 2)])
    header, long, short = events(path, longest=100)
    assert header.file_version and long is None
    assert short.summary.value[0].tag == "short"
    path.write_bytes(path.read_bytes().replace(b"xx", b"xy"))
    with pytest.raises(BadChecksum):
        list(events(path, longest=100))


def test_a_record_that_is_no_event_ends_the_walk(tmp_path: Path) -> None:
    path = write(tmp_path / "run", POINTS)
    with path.open("ab") as file:
        file.write(record(b"\xff\xff no event"))
    walk = events(path)
    assert [event.step for event in itertools.islice(walk, 4)] == [0, 1, 2, 0]
    with pytest.raises(ValueError, match="no event"):
        next(walk)
