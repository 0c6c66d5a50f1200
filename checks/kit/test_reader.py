"""The reader process: it says what the same reading says here, and can do nothing else."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy
import pytest
from patience import PATIENCE
from torch.utils.tensorboard import SummaryWriter

from crystalball.jail.forker import Forker
from crystalball.jail.inside import kernel, seccomp
from crystalball.jail.inside.limits import READING
from crystalball.jail.levels import JailLevel
from crystalball.jail.reader import RUN, Reader
from crystalball.processes.process import LOST, Ended
from crystalball.processes.worker_files import Unread
from crystalball.reading.event_log import RunsLeft, read_folder
from crystalball.reading.pictures import Picture

pytestmark = pytest.mark.needs("jail")  # the reader lives in it

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=[JailLevel.FULL, JailLevel.NO_LANDLOCK, JailLevel.CHILD])
def reader(request: pytest.FixtureRequest) -> Iterator[Reader]:
    with request.param.setup([ROOT]) as setup:
        forker = Forker(setup, setup.reader_plan)
        reader = Reader(forker, setup)
        yield reader
        reader.end()
        forker.close()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("case")
    with SummaryWriter(folder / "runs_dir" / "a") as writer:
        for step, value in enumerate((0.5, float("inf"), -0.0), start=1):
            writer.add_scalar("Loss/Train", value, step)
        writer.add_histogram("Weights", numpy.arange(5.0), 1)
        writer.add_image("Sprites", numpy.full((3, 2, 2), 0.5), 1)
        writer.add_text("Config", "{}", 0)
        writer.add_hparams({"lr": 0.1}, {"Final/Loss": 1.0}, run_name=".")
    with SummaryWriter(folder / "runs_dir" / "a", purge_step=3) as writer:
        writer.add_scalar("Loss/Train", 0.25, 3)
    (folder / "runs_dir" / "empty").mkdir()
    return folder


def read(reader: Reader, folder: Path, limit: float = PATIENCE) -> RunsLeft:
    source = os.open(folder, os.O_RDONLY)
    try:
        return reader.read(source, limit).moved(RUN, folder)
    finally:
        os.close(source)


def named_alike(left: RunsLeft) -> RunsLeft:
    """Without the paths of files, which differ by the place of the copy."""
    logs = (
        replace(log, files=tuple(replace(file, path=Path(file.path.name)) for file in log.files))
        for log in left.logs
    )
    return RunsLeft(tuple(logs), left.folders)


def test_it_says_what_is_read_here(reader: Reader, run: Path) -> None:
    there, here = named_alike(read(reader, run)), named_alike(read_folder(run))
    assert there == here
    values = [point.value for point in there.logs[0].points]
    assert len(values) >= 7
    assert any(isinstance(value, Picture) and value.array().shape == (2, 2, 3) for value in values)
    assert run / "runs_dir" / "empty" in there.folders


def test_what_is_gone_holds_nothing(reader: Reader) -> None:
    assert reader.read(None, PATIENCE) == RunsLeft()


def test_what_a_text_calls(reader: Reader) -> None:
    assert ".close" in reader.calls_in("writer.close()", PATIENCE)
    assert reader.calls_in("(" * 10_000, PATIENCE) == frozenset()


def send(reader: Reader, sign: signal.Signals) -> None:
    assert reader._started is not None
    signal.pidfd_send_signal(reader._started.pidfd, sign)


def test_one_that_was_killed_is_replaced(reader: Reader, run: Path) -> None:
    read(reader, run)
    send(reader, signal.SIGKILL)
    assert read(reader, run).logs


def test_who_kills_it_twice_costs_no_answer_its_verdict(
    reader: Reader, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise Ended(-signal.SIGKILL)

    monkeypatch.setattr(reader, "_read", killed)
    with pytest.raises(Ended) as ended:
        read(reader, run)
    assert ended.value.status == LOST  # so the answer is judged again


def test_one_that_takes_too_long_is_ended_and_replaced(reader: Reader, run: Path) -> None:
    read(reader, run)
    send(reader, signal.SIGSTOP)
    with pytest.raises(Unread):
        read(reader, run, limit=0.1)
    assert read(reader, run).logs
    send(reader, signal.SIGXCPU)  # as its limit of time on a processor does
    with pytest.raises(Unread):
        read(reader, run)
    assert read(reader, run).logs


def test_it_has_no_torch_and_the_kernel_bounds_it(reader: Reader, run: Path) -> None:
    read(reader, run)
    assert reader._started is not None
    facts = Path(f"/proc/self/fdinfo/{reader._started.pidfd}").read_text()
    (pid,) = (line.split()[1] for line in facts.splitlines() if line.startswith("Pid:"))
    proc = Path(f"/proc/{pid}")
    assert "torch" not in (proc / "maps").read_text()
    limits = (proc / "limits").read_text().split()
    assert str(READING.memory) in limits
    assert str(READING.cpu) in limits
    status = (proc / "status").read_text().split()
    assert status[status.index("Seccomp:") + 1] == "2"
    assert int(status[status.index("CapEff:") + 1], 16) == 0
    kinds = {os.readlink(one).partition(":")[0] for one in (proc / "fd").iterdir()}
    assert kinds == {"pipe", "/dev/null"}, "it holds its pipes, and nothing else"


FORBIDDEN: dict[str, Callable[[Path], object]] = {
    "write": lambda path: os.open(path, os.O_WRONLY),
    "make a file": lambda path: os.open(path.with_name("new"), os.O_RDWR | os.O_CREAT),
    "make a folder": lambda path: os.mkdir(path.with_name("folder")),
    "remove": os.unlink,
    "rename": lambda path: os.rename(path, path.with_name("other")),
    "truncate": lambda path: os.truncate(path, 0),
    "fork": lambda path: os.fork(),
    "execute": lambda path: os.execv("/bin/true", ["true"]),
    "connect": lambda path: socket.socket(socket.AF_INET),
    "signal": lambda path: os.kill(os.getppid(), 0),
    "map memory without a file": lambda path: os.memfd_create("x"),
}


@pytest.mark.parametrize("act", FORBIDDEN.values(), ids=FORBIDDEN)
def test_what_its_filter_refuses(act: Callable[[Path], object], tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("kept")
    program = seccomp.build_for_reading()
    pid = os.fork()
    if not pid:
        status = 1
        try:
            kernel.no_new_privileges()
            seccomp.install(program)
            os.close(os.open(path, os.O_RDONLY))
            act(path)
        except OSError:
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert path.read_text() == "kept"
    assert sorted(tmp_path.iterdir()) == [path]
