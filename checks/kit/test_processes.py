"""Torch's processes end with the kit, without a word, and are replaced when they are lost before."""

import importlib.util
import io
import json
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from patience import PATIENCE, wait_until

from crystalball.cases.inside.training import Training
from crystalball.judging.session import JudgingSession
from crystalball.oracle.client import Oracle
from crystalball.processes.inside.warm_parent import ForkOrder
from crystalball.processes.process import Ended, Garbled, Process, StartError
from crystalball.processes.programs import JAILED_WARM_PARENT, STANDBY, WARM_PARENT, Role, python
from crystalball.processes.warm_parent import WarmParent

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a warm parent")

DEAF = "import socket\ncontrol = socket.socket(fileno=0)\nwhile control.recv(1024): pass"
"""A warm parent that answers nothing, and ends with its control socket."""


def test_tensorflow_is_not_there_whether_it_is_installed_or_not(tmp_path: Path) -> None:
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text("raise SystemError('it was imported')\n")
    code = (
        "from crystalball.processes.inside.warm_up import import_torch\n"
        "import importlib, importlib.metadata, importlib.util\n"
        "import_torch()\n"
        "for name in ('tensorflow', 'tensorflow.io'):\n"
        "    try: importlib.import_module(name)\n"
        "    except ModuleNotFoundError as error: print(error)\n"
        "print(importlib.util.find_spec('tensorflow'), importlib.metadata.version('torch')[:1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    told = done.stdout.splitlines()
    assert told == ["No module named 'tensorflow'", "No module named 'tensorflow'", "None 2"]


class Parent:
    """A warm parent, and our end of its control socket."""

    def __init__(self) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(PATIENCE)
        with theirs:
            self.process = subprocess.Popen(
                python(WARM_PARENT),
                stdin=theirs.fileno(),
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )

    def order_worker(self) -> None:
        """Orders a worker; what it would say, nobody hears."""
        with open(os.devnull, "r+b") as nothing:
            order = msgspec.json.encode(ForkOrder(Role.WORKER))
            socket.send_fds(self.control, [order], [nothing.fileno(), nothing.fileno()])


@pytest.fixture
def parent() -> Iterator[Parent]:
    parent = Parent()
    yield parent
    parent.process.kill()
    parent.process.wait()


@linux
def test_it_ends_with_the_kit(parent: Parent) -> None:
    parent.order_worker()
    pid = json.loads(parent.control.recv(1024))
    parent.control.close()
    assert parent.process.communicate(timeout=PATIENCE) == (None, "")
    assert parent.process.returncode == 0
    assert not Path(f"/proc/{pid}").exists()


@linux
def test_it_says_nothing_when_nobody_hears_its_answer(parent: Parent) -> None:
    parent.order_worker()
    parent.control.close()  # while it imports torch
    assert parent.process.communicate(timeout=PATIENCE) == (None, "")
    assert parent.process.returncode == 0


@linux
def test_it_says_nothing_when_its_answer_was_not_read(parent: Parent) -> None:
    parent.order_worker()
    assert parent.control.recv(1024, socket.MSG_PEEK)
    parent.control.close()  # with an answer in it: the other end is reset
    assert parent.process.communicate(timeout=PATIENCE) == (None, "")
    assert parent.process.returncode == 0


@linux
def test_closing_wakes_whoever_waits_for_an_answer() -> None:
    parent = WarmParent([sys.executable, "-c", DEAF], dict(os.environ))
    failed = threading.Event()

    def order() -> None:
        with pytest.raises(StartError):
            parent.fork(ForkOrder(Role.WORKER))
        failed.set()

    thread = threading.Thread(target=order)
    thread.start()
    wait_until(parent._lock.locked, "nobody waits")
    parent.close()
    assert failed.wait(PATIENCE)
    thread.join()


ORPHAN = """
import contextlib, os, signal, socket, sys, time
if os.fork():
    signal.pause()
there, late = sys.argv[1:]
open(there, "w").close()
control = socket.socket(fileno=0)
with contextlib.suppress(BrokenPipeError):
    while control.recv(1024):
        while not os.path.exists(late):
            time.sleep(0.01)
        control.send(b"1")
"""
"""A jail of which the warm parent is left when it is killed; it answers late, when it is let."""


@linux
def test_a_late_answer_is_not_taken_for_that_of_the_next_order(tmp_path: Path) -> None:
    there, late = tmp_path / "there", tmp_path / "late"
    parent = WarmParent([sys.executable, "-c", ORPHAN, str(there), str(late)], dict(os.environ))
    wait_until(there.exists, "there is no orphan")
    parent._popen.kill()
    parent._popen.wait()
    with pytest.raises(StartError):
        parent.fork(ForkOrder(Role.WORKER))
    late.touch()
    assert select.select([parent._socket], [], [], PATIENCE)[0]
    with pytest.raises(StartError):
        parent.fork(ForkOrder(Role.WORKER))
    parent.close()


def gone(end: Callable[[float], int]) -> Process:
    """A process that closed its pipes."""
    return Process(open(os.devnull, "wb"), open(os.devnull, "rb"), end)


def lost() -> Process:
    """A process that was killed."""
    process = gone(lambda _: -9)
    process.end()
    return process


def test_whoever_asks_a_lost_process_is_told_each_time() -> None:
    process = lost()
    for _ in range(3):
        with pytest.raises(Ended, match="-9"):
            process.answer(PATIENCE)


def test_whoever_asks_is_told_that_there_is_no_torch_any_more() -> None:
    def end(_: float) -> int:
        raise StartError

    process = gone(end)
    for _ in range(3):
        with pytest.raises(StartError):
            process.answer(PATIENCE)


@pytest.mark.parametrize(
    "said", [b'{"is": "\xed\xa0\x80"}\n', '{"is": 1}\n'.encode("utf-16-be"), b'{"is": 1}', b"[]\n"]
)
def test_what_is_no_object_in_utf_8_is_garbled(said: bytes) -> None:
    process = Process(io.BytesIO(), io.BytesIO(said), lambda _: 0)
    with pytest.raises(Garbled):
        process.answer(PATIENCE)


def test_half_a_character_is_replaced() -> None:
    process = Process(io.BytesIO(), io.BytesIO(b'{"is": "\\ud800"}\n'), lambda _: 0)
    assert process.answer(PATIENCE) == {"is": "?"}


class SaysOneThing(io.RawIOBase):
    """The answers of a process: one, then nothing until it is ended."""

    def __init__(self) -> None:
        self.ended, self._said = threading.Event(), False

    def readline(self, size: int | None = -1, /) -> bytes:
        if not self._said:
            self._said = True
            return b"{}\n"
        self.ended.wait(PATIENCE)
        return b""


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads that take turns as often as they can, so that what falls together rarely does so here."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
def test_its_last_word_and_our_end_of_it_may_fall_together() -> None:
    """Once, in a hundred gradings, one waited for ever: each waited for room that the other's word took."""
    for _ in range(5000):
        says = SaysOneThing()
        process = Process(io.BytesIO(), says, lambda _, says=says: says.ended.set() or 0, unread=1)
        assert process.answer(PATIENCE) == {}
        ending = threading.Thread(target=process.end, daemon=True)
        ending.start()
        ending.join(PATIENCE)
        assert not ending.is_alive(), "to end it waits for ever"


def test_a_lost_oracle_is_replaced(judging_session: JudgingSession) -> None:
    first = [lost()]
    oracle = Oracle(
        lambda: first.pop() if first else judging_session._starter.process(Role.ORACLE), PATIENCE
    )
    case = Training(1, 2, 2)
    oracle.prepare([case])
    assert oracle.trace(case) == judging_session.oracle.trace(case)


def test_an_oracle_that_is_lost_again_and_again_is_one_clear_line() -> None:
    with pytest.raises(StartError, match="Is there memory left"):
        Oracle(lost, PATIENCE).trace(Training(1, 2, 2))


def test_every_program_is_there() -> None:
    programs = (*Role, WARM_PARENT, STANDBY, JAILED_WARM_PARENT)
    assert all(importlib.util.find_spec(program) for program in programs)
