"""The reader of event files, against tbparse and against damage."""

import itertools
import json
import struct
from collections import Counter
from pathlib import Path

import pytest
import tbparse
import tensorboardX
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas import DataFrame
from torch.utils.tensorboard import SummaryWriter

from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.judging.session import JudgingSession
from crystalball.reading.event_log import EventFile, read_file, read_runs
from crystalball.reading.events import events, is_restart
from crystalball.reading.outside import outside_name
from crystalball.reading.records import BadChecksum, event_files, record
from crystalball.reading.values import Histogram, Hparams


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
    assert [(p.tag, p.step) for p in log.points] == [(outside_name(tag), step) for tag, _, step in POINTS]
    assert log.points[0].value == 0.5
    assert log.points[1].value != log.points[1].value
    assert log.files[0].damage is None


def test_it_reads_what_tensorboardx_wrote(tmp_path: Path) -> None:
    with tensorboardX.SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("Loss/Train", 0.25, 7)
    (log,) = read_runs(tmp_path)
    assert [(p.tag, p.step, p.value) for p in log.points] == [("Loss/Train", 7, 0.25)]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))  # drawing is slow
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


NUMBERS = ("min", "max", "num", "sum", "sum_squares")


def ours(file: EventFile) -> Counter[tuple[object, ...]]:
    """What our reader finds in a file, of the kinds that tbparse reads too."""
    found: list[tuple[object, ...]] = []
    for point in file.points:
        if isinstance(point.value, float):
            found.append((point.tag, point.step, repr(point.value)))
        elif isinstance(point.value, str):
            found.append((point.tag, point.step, point.value))
        elif isinstance(point.value, Histogram):
            found.append((point.tag, point.step, *(getattr(point.value, name) for name in NUMBERS)))
        elif isinstance(point.value, Hparams):
            found += json.loads(point.value.values.text).items()
    return Counter(found)


def theirs(path: Path) -> Counter[tuple[object, ...]]:
    """What tbparse finds in a file."""
    reader = tbparse.SummaryReader(str(path), extra_columns={*NUMBERS})
    found = [(tag, step, repr(float(value))) for tag, step, value in rows(reader.scalars, "value")]
    found += [tuple(row) for row in rows(reader.text, "value")]
    found += [tuple(row) for row in rows(reader.histograms, *NUMBERS)]
    hparams = reader.hparams
    found += zip(hparams["tag"], hparams["value"], strict=True) if len(hparams) else ()
    return Counter(found)


def rows(table: DataFrame, *columns: str) -> list[tuple[object, ...]]:
    """Tag, step and these columns of each row of a table, which has no columns where it has no row."""
    return (
        list(zip(*(table[name] for name in ("tag", "step", *columns)), strict=True)) if len(table) else []
    )


@pytest.mark.parametrize("exercise", curriculum().exercises, ids=lambda exercise: exercise.id)
def test_tbparse_finds_the_same_in_the_runs_of_the_solutions(
    exercise: Exercise, judging_session: JudgingSession, tmp_path: Path
) -> None:
    assert judging_session.judge(exercise, runs=tmp_path / "runs").passed
    files = [path for _, paths in event_files(tmp_path) for path in paths]
    assert len(files) >= len(judging_session.spec(exercise).cases.pinned) - (exercise.number == "18")
    for path in files:
        assert ours(read_file(path)) == theirs(path), path
    kinds = {type(point.value) for path in files for point in read_file(path).points}
    assert kinds >= {"12": {float, Histogram}, "14": {float, str}, "15": {float, Hparams}}.get(
        exercise.number, {float}
    )


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


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))  # drawing is slow
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
    assert read_runs(tmp_path) == ()


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
