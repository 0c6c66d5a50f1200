"""The doctor: finds each planted fault and only that, accuses no healthy run, and survives any file."""

import json
import os
import random
import re
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import google_crc32c
import pytest
from click.testing import CliRunner
from corpus.healthy import HEALTHY
from corpus.makers import POSIX, falling, log, numbered, ordinary
from corpus.planted import PLANTED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from patience import PATIENCE
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_FLOAT
from torch.utils.tensorboard import SummaryWriter

from crystalball.cases.broken_runs import make
from crystalball.cases.event_files import Draft, healthy_scalars
from crystalball.cases.inside.case import Case
from crystalball.cases.inside.parts import SpoiltBatch
from crystalball.cases.inside.training import Training
from crystalball.curriculum.manifest import curriculum
from crystalball.doctor import RULES, Selection, examine, read, reader, report
from crystalball.entry.cli import main
from crystalball.judging.answer_run import AnswerRun
from crystalball.judging.session import JudgingSession
from crystalball.reading.records import record

ROOT = Path(__file__).parents[2]
MIB = 1024 * 1024

posix = pytest.mark.skipif(
    not POSIX, reason="Windows knows no pipes, bounds paths to 260 letters, and asks for a right to link"
)


def codes(path: Path, **selection: object) -> list[str]:
    return sorted({one.rule.code for one in examine(read([path]), Selection(**selection))})


def doctor(*arguments: object, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """The command, as a user types it."""
    environment = os.environ | {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8"} | more
    program = [sys.executable, "-m", "crystalball.entry.cli", "doctor", *map(str, arguments)]
    return subprocess.run(
        program, cwd=cwd, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(PLANTED) >= 60
    assert len(HEALTHY) >= 40
    always = {code for code in RULES if not RULES[code].opt_in}
    assert {code for code, _ in PLANTED.values()} | {"CB104", "CB105"} == always


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_and_only_that(name: str, tmp_path: Path) -> None:
    code, make = PLANTED[name]
    make(tmp_path / "run")
    found = examine(read([tmp_path / "run"]))
    assert {one.rule.code for one in found} == {code}, [f.spot for f in found]


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_is_not_accused(name: str, tmp_path: Path) -> None:
    HEALTHY[name](tmp_path / "run")
    assert [(f.rule.code, f.spot) for f in examine(read([tmp_path / "run"]))] == []


@pytest.mark.parametrize("id", [one.id for one in curriculum().exercises if one.case != "broken-run"])
def test_what_the_solutions_leave_is_healthy(id: str, judging_session: JudgingSession) -> None:
    exercise, spec = curriculum().find(id), judging_session.spec(curriculum().find(id))
    path = ROOT / "solutions" / f"{id}.py"
    answer_run = AnswerRun(
        exercise, spec, path, curriculum(), judging_session._worker, judging_session.oracle
    )
    try:
        answer_run.load()
        for case in spec.cases.pinned:
            found = examine(
                read([answer_run.run(case).folder]), Selection(options=frozenset(["curriculum"]))
            )
            named = {"CB903"} if id == "01_first_scalar" else set()  # there the case gives the name
            assert {one.rule.code for one in found} <= deserved(case) | named, case
    finally:
        answer_run.close()


def deserved(case: Case) -> set[str]:
    """What a case does to the best of programs: it breaks the training off, or spoils its numbers."""
    broken_off = isinstance(case, Training) and case.completed == 0
    spoilt = case.find(SpoiltBatch) is not None
    return ({"CB107"} if broken_off else set()) | ({"CB301", "CB302"} if spoilt else set())


# What it says.


def test_the_conventions_of_the_course_are_asked_for_on_request_only(tmp_path: Path) -> None:
    curves = {"train/loss": numbered(falling(8), first=0), "val_acc": numbered([50.0, 60, 70])}
    log(tmp_path / "run", curves)
    assert codes(tmp_path) == []
    assert codes(tmp_path, options=frozenset(["curriculum"])) == ["CB901", "CB902", "CB903", "CB904"]
    assert codes(tmp_path, select=("CB901",)) == ["CB901"]


def test_a_place_is_run_tag_step_and_file(tmp_path: Path) -> None:
    curves = ordinary() | {"Loss/Train": numbered([2.0, 1.5, float("nan"), *falling(9)])}
    log(tmp_path / "run", curves)
    (diagnostic,) = examine(read([tmp_path]))
    spot = diagnostic.spot
    assert (diagnostic.rule.code, spot.run, spot.tag, spot.step) == (
        "CB301",
        tmp_path / "run",
        "Loss/Train",
        3,
    )
    assert spot.file == next((tmp_path / "run").iterdir())
    assert "here first; 1 of 12 points" in spot.what


def test_a_single_file_is_a_run_too(tmp_path: Path) -> None:
    PLANTED["no-steps"][1](tmp_path / "run")
    assert codes(next((tmp_path / "run").iterdir())) == ["CB201"]


def test_exit_codes_and_one_clear_line(tmp_path: Path) -> None:
    log(tmp_path / "good", ordinary())
    PLANTED["no-steps"][1](tmp_path / "bad")
    (tmp_path / "empty").mkdir()
    assert doctor("good", cwd=tmp_path).returncode == 0
    assert doctor("good", "bad", cwd=tmp_path).returncode == 1
    for wrong, words in (
        (["nowhere"], "there is no such file or folder"),
        (["empty"], "no event file here or below"),
        (["good", "--select", "XY"], "No code starts with 'XY'"),
        (["good", "--ignore", "CB1,,"], "No code starts with ''"),
        ([], "PATHS"),
    ):
        seen = doctor(*wrong, cwd=tmp_path)
        assert seen.returncode == 2, wrong
        assert words in seen.stderr
        assert "Traceback" not in seen.stderr + seen.stdout


@posix
def test_what_may_not_be_read_is_one_clear_line(tmp_path: Path) -> None:
    log(tmp_path / "run", ordinary())
    (tmp_path / "run").chmod(0)
    tmp_path.chmod(0o755)
    code = (
        "import os, crystalball.doctor.report, crystalball.entry.doctor_command\n"
        "from crystalball.entry.cli import main\n"
        "if os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        "main(['doctor', 'run'])"
    )
    seen = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    (tmp_path / "run").chmod(0o755)
    assert seen.returncode == 2, seen.stderr
    assert "cannot be read: Permission denied" in seen.stderr


def test_codes_are_selected_and_ignored_by_prefix(tmp_path: Path) -> None:
    curves = ordinary() | {"loss/train": [(1, float("inf"))]}
    log(tmp_path / "run", curves)
    assert codes(tmp_path) == ["CB302", "CB501"]
    assert codes(tmp_path, select=("CB3",)) == ["CB302"]
    assert codes(tmp_path, ignore=("CB3",)) == ["CB501"]
    assert codes(tmp_path, select=("CB",), ignore=("CB302", "CB5")) == []


def test_the_text_is_plain_where_it_must_be(tmp_path: Path) -> None:
    log(tmp_path / "run", {"Loss \x1b[31m/\nTrain": numbered([1.0, float("nan")])})
    seen = doctor("run", cwd=tmp_path, NO_COLOR="1", PYTHONIOENCODING="ascii:strict")
    assert seen.returncode == 1, seen.stderr
    assert "\x1b" not in seen.stdout
    assert max(map(len, seen.stdout.splitlines())) <= 80
    assert seen.stdout.isascii()
    assert "CB301" in seen.stdout
    for label in ("Why", "Next", "File"):
        assert label in seen.stdout


def test_json_holds_code_place_explanation_and_remedy(tmp_path: Path) -> None:
    PLANTED["steps-anew"][1](tmp_path / "run")
    seen = doctor("run", "--format", "json", cwd=tmp_path)
    said = json.loads(seen.stdout)
    assert said["runs"] == 1
    (finding,) = said["findings"]
    assert (finding["code"], finding["name"], finding["level"]) == ("CB202", "steps-go-back", "error")
    assert (finding["run"], finding["tag"], finding["step"]) == ("run", "Loss/Batch", 0)
    assert finding["file"].startswith("run/events.out.tfevents.")
    assert finding["explanation"] == "It comes after step 9; 2 times in all."
    assert finding["remedy"] == RULES["CB202"].remedy


def test_sarif_has_the_shape_of_2_1_0(tmp_path: Path) -> None:
    for name in ("no-steps", "case", "truncated-0"):
        PLANTED[name][1](tmp_path / "a run ä" / name)
    seen = doctor("a run ä", "--format", "sarif", cwd=tmp_path)
    said = json.loads(seen.stdout)
    assert said["version"] == "2.1.0"
    assert said["$schema"].endswith("sarif-2.1.0.json")
    (run,) = said["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"]
    assert [rule["id"] for rule in rules] == sorted(RULES)
    for rule in rules:
        assert rule["shortDescription"]["text"] and rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
    assert sorted(one["ruleId"] for one in run["results"]) == ["CB101", "CB201", "CB501"]
    for one in run["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        assert one["level"] in ("error", "warning", "note")
        assert one["message"]["text"]
        (place,) = one["locations"]
        uri = place["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.startswith("a%20run%20%C3%A4/")
        assert re.fullmatch(r"[A-Za-z0-9%._~/-]+", uri)


def test_codes_and_sentences_are_fit_to_be_read() -> None:
    for code, rule in RULES.items():
        assert re.fullmatch(r"CB[1-9]\d\d", code)
        assert rule.title.endswith(".") and rule.remedy.endswith(".")
        assert rule.look.__doc__


# Whatever the file.


WHOLE = next(iter(make(3, 7, (), ["text"]).values()))

DAMAGES: dict[str, Callable[[bytes, int, int], bytes]] = {
    "cut": lambda data, place, byte: data[:place],
    "change": lambda data, place, byte: data[:place] + bytes([byte]) + data[place + 1 :],
    "insert": lambda data, place, byte: data[:place] + bytes([byte]) * 9 + data[place:],
    "delete": lambda data, place, byte: data[:place] + data[place + 1 + byte % 40 :],
    "repeat": lambda data, place, byte: data[:place] + data[max(0, place - byte) :],
}


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))  # drawing is slow
@given(
    st.lists(st.tuples(st.sampled_from(sorted(DAMAGES)), st.integers(0, len(WHOLE)), st.integers(0, 255)))
)
def test_a_damaged_file_never_crashes_it(
    tmp_path_factory: pytest.TempPathFactory, damages: list[tuple[str, int, int]]
) -> None:
    data = WHOLE
    for how, place, byte in damages:
        data = DAMAGES[how](data, place, byte)
    path = tmp_path_factory.mktemp("damaged") / "events.out.tfevents.1"
    path.write_bytes(data)
    found = codes(path)
    whole = WHOLE.startswith(data) or WHOLE.endswith(data)  # whole records may be all that is gone
    assert found or whole or b"brain.Event" in data


FIELDS = st.binary(max_size=40).map(
    lambda data: Event.FromString(b"").SerializeToString() + data
) | st.builds(
    lambda step, time, tag, value: Event(
        step=step, wall_time=time, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)])
    ).SerializeToString(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(max_size=5),
    st.floats(width=32),
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))  # drawing is slow
@given(st.lists(st.lists(FIELDS, max_size=8), min_size=1, max_size=3))
def test_any_events_with_right_checksums_never_crash_it(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("strange")
    for number, events in enumerate(files):
        (folder / f"events.out.tfevents.{number}").write_bytes(b"".join(map(record, events)))
    runs = read([folder])
    for diagnostic in examine(runs, Selection(options=frozenset(["curriculum"]))):
        assert diagnostic.spot.what


def hostile_length(path: Path) -> None:
    """A record that claims 2 GiB, in a file that is as large and holds nothing."""
    length = struct.pack("<Q", 2**31 - 1)
    crc = google_crc32c.value(length)
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    with path.open("wb") as file:
        file.write(length + struct.pack("<I", masked))
        file.truncate(2**31)


def hostile_values(path: Path) -> None:
    """Records of a megabyte that unfold into half a million values each."""
    values = b"\x0a\x00" * (MIB // 2 - 4)
    event = b"\x2a" + varint(len(values)) + values
    path.write_bytes(record(event) * 4 + record(b"\x0a" * 20 * MIB))


def varint(number: int) -> bytes:
    """A length as protobuf writes it."""
    return (bytes([number & 127 | 128]) + varint(number >> 7)) if number > 127 else bytes([number])


def hostile_shape(path: Path) -> None:
    """A scalar that claims to be an array of a billion numbers."""
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"))
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=10**9)])
    tensor = TensorProto(dtype=DT_FLOAT, tensor_shape=shape, float_val=[1.0])
    value = Summary.Value(tag="Loss", metadata=metadata, tensor=tensor)
    path.write_bytes(record(Event(step=1, summary=Summary(value=[value])).SerializeToString()))


def hostile_tags(path: Path) -> None:
    """A new tag of a thousand letters for every point."""
    with path.open("wb") as file:
        for number in range(60_000):
            value = Summary.Value(tag=f"{number:x<1000}", simple_value=number)
            file.write(record(Event(step=number, summary=Summary(value=[value])).SerializeToString()))


def million_scalars(path: Path) -> None:
    """An honest file, a large one."""
    points = healthy_scalars(random.Random(0), 1.7e9, 200_000)
    with path.open("wb") as file:
        file.writelines(Draft(points).records())


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of one process is told by Linux alone")
@pytest.mark.parametrize(
    "make", [hostile_length, hostile_values, hostile_shape, hostile_tags, million_scalars]
)
def test_no_file_takes_more_than_300_mib(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "events.out.tfevents.1")
    code = (
        "import sys; from crystalball.entry.cli import main\n"
        "try: main(['doctor', sys.argv[1]])\n"
        "finally: print(open('/proc/self/status').read())"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    seen = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert seen.returncode in (0, 1), seen.stderr
    peak = re.search(r"VmHWM:\s+(\d+) kB", seen.stdout)
    assert peak is not None
    assert int(peak[1]) <= 300 * 1024


def test_several_processes_find_what_one_finds(tmp_path: Path) -> None:
    for name in sorted(PLANTED)[::6]:
        PLANTED[name][1](tmp_path / name)
    one, two = (read([tmp_path], jobs=jobs) for jobs in (1, 2))
    assert len(one.by_path) > 5
    assert report.to_json(two, examine(two)) == report.to_json(one, examine(one))
    assert codes(tmp_path)


def test_a_process_that_is_lost_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        PLANTED[min(PLANTED)][1](tmp_path / name)

    def broken(*_: object) -> None:
        raise BrokenProcessPool

    monkeypatch.setattr(reader.ProcessPoolExecutor, "map", broken)
    with pytest.raises(reader.NoRuns, match="Give fewer --jobs"):
        read([tmp_path], jobs=2)


def test_what_is_left_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        log(tmp_path / f"run{number}", ordinary(seed=number))
    monkeypatch.setattr(reader, "MOST_CURVES", 7)
    assert codes(tmp_path) == ["CB105"]
    assert read([tmp_path]).left_out == tmp_path / "run1"
    monkeypatch.undo()
    monkeypatch.setattr(reader, "MOST_FILES", 2)
    assert codes(tmp_path) == ["CB105"]
    assert list(read([tmp_path]).by_path) == [tmp_path / "run0", tmp_path / "run1"]


@posix
def test_a_tree_of_any_depth_is_walked(tmp_path: Path) -> None:
    here, depth = Path.cwd(), 1200
    try:
        os.chdir(tmp_path)
        for _ in range(depth):
            os.mkdir("d")
            os.chdir("d")
        Path("events.out.tfevents.1").write_bytes(WHOLE)
        assert len(read([tmp_path]).by_path) == 1
        os.remove("events.out.tfevents.1")
        for _ in range(depth):  # nobody else could: `shutil.rmtree` recurses
            os.chdir("..")
            os.rmdir("d")
    finally:
        os.chdir(here)


@posix
def test_a_pipe_that_is_named_is_no_event_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tfevents")
    seen = doctor("pipe.tfevents", cwd=tmp_path)
    assert seen.returncode == 2
    assert "it is no regular file" in seen.stderr


@posix
def test_names_that_are_no_text_are_shown(tmp_path: Path) -> None:
    PLANTED["no-steps"][1](tmp_path / "run")
    os.rename(tmp_path / "run", os.fsencode(tmp_path) + b"/\xff\n run")
    for form in ("text", "json", "sarif"):
        seen = doctor(".", "--format", form, cwd=tmp_path)
        assert seen.returncode == 1, seen.stderr
        assert "CB201" in seen.stdout


@posix
def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    log(tmp_path / "run", ordinary())
    (tmp_path / "run" / "again").symlink_to(tmp_path)
    assert len(read([tmp_path]).by_path) == 1


# What many runs are told in.


def test_many_findings_are_summed_up_by_rule_the_gravest_first(tmp_path: Path) -> None:
    for number in range(6):
        log(tmp_path / f"run{number}", {"Loss/Train": numbered([2.0, float("nan"), *falling(9)])})
    log(tmp_path / "flat", {"Loss/Train": numbered(falling(40, start=2.08, end=2.08, noise=0.02))})
    short = doctor(tmp_path, cwd=tmp_path).stdout
    assert short.index("CB301") < short.index("CB404")
    assert short.count("NaN, here first") == 3
    assert "3 more, 6 places in 6 runs" in " ".join(short.split())
    assert doctor(tmp_path, "--verbose", cwd=tmp_path).stdout.count("NaN, here first") == 6
    counted = doctor(tmp_path, "--statistics", cwd=tmp_path).stdout
    assert "6 places in 6 runs" in counted
    assert "NaN, here first" not in counted
    assert "CB404" not in doctor(tmp_path, "--no-learning", cwd=tmp_path).stdout


def test_each_rule_is_explained_and_listed() -> None:
    from crystalball.doctor import report

    listed = report.list_of_rules()
    assert listed in (ROOT / "README.md").read_text(encoding="utf-8")
    assert report.PICTURES.keys() == RULES.keys()
    for code, rule in RULES.items():
        said = CliRunner().invoke(main, ["doctor", "--explain", code.lower()]).output
        assert code in said
        assert rule.name in said
    assert CliRunner().invoke(main, ["doctor", "--explain", "CB999"]).exit_code == 2


@pytest.mark.parametrize("tag", ["rollout/ep_rew_mean", "loss/discriminator"])
def test_losses_that_need_not_fall_are_left_alone(tag: str, tmp_path: Path) -> None:
    rises = numbered([0.1 * 1.2**n for n in range(30)])
    log(tmp_path / "run", {"train/loss": rises})
    assert codes(tmp_path) == ["CB401"]
    log(tmp_path / "play", {"train/loss": rises, tag: numbered(falling(30))})
    assert codes(tmp_path / "play") == []


def test_a_count_of_few_samples_is_not_called_a_percentage(tmp_path: Path) -> None:
    log(
        tmp_path / "run",
        {"Accuracy/Train": numbered([9, 31, 47]), "Accuracy/Test": numbered([0.2, 0.6, 0.9])},
    )
    (found,) = examine(read([tmp_path]))
    assert found.rule.code == "CB304"
    assert "in percent or a count" in found.rule.title
    assert "percent" not in found.spot.what


def test_two_writers_and_fractions_are_told_as_what_they_are(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path / "fractions") as writer:
        for epoch in range(5):
            for batch in range(4):
                writer.add_scalar("Loss/Batch", 2.0 / (1 + epoch + batch / 4), epoch + batch / 4)
    (found,) = examine(read([tmp_path / "fractions"]))
    assert found.rule.code == "CB201"
    assert "epoch + batch / len(loader)" in found.spot.what
    path = tmp_path / "two"
    with SummaryWriter(path) as one, SummaryWriter(path, filename_suffix=".b") as two:
        for step in range(1, 9):
            one.add_scalar("Loss/Train", 1 / step, step)
            two.add_scalar("Accuracy/Train", 1 - 1 / (step + 1), step)
            time.sleep(0.01)
    (found,) = examine(read([path]))
    assert found.rule.code == "CB204"
    assert "--reload_multifile" in found.spot.what
    assert "with other tags" in found.spot.what
