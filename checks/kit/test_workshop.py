"""The warm parent ends with the kit, without a word, whatever the kit was doing."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crystalball.worker.workshop import WORKER

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a warm parent")


class Parent:
    """A warm parent, and our end of its control socket."""

    def __init__(self) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(60)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "crystalball.worker.warm"],
                stdin=theirs.fileno(),
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )

    def order_worker(self) -> None:
        """Orders a worker; what it would say, nobody hears."""
        with open(os.devnull, "r+b") as nothing:
            socket.send_fds(
                self.control, [json.dumps({"fork": WORKER}).encode()], [nothing.fileno(), nothing.fileno()]
            )


@pytest.fixture
def parent() -> Iterator[Parent]:
    parent = Parent()
    yield parent
    parent.process.kill()
    parent.process.wait()


def test_it_ends_with_the_kit(parent: Parent) -> None:
    parent.order_worker()
    pid = json.loads(parent.control.recv(1024))
    parent.control.close()
    assert parent.process.communicate(timeout=60) == (None, "")
    assert parent.process.returncode == 0
    assert not Path(f"/proc/{pid}").exists()


def test_it_says_nothing_when_nobody_hears_its_answer(parent: Parent) -> None:
    parent.order_worker()
    parent.control.close()  # while it imports torch
    assert parent.process.communicate(timeout=60) == (None, "")
    assert parent.process.returncode == 0


def test_it_says_nothing_when_its_answer_was_not_read(parent: Parent) -> None:
    parent.order_worker()
    assert parent.control.recv(1024, socket.MSG_PEEK)
    parent.control.close()  # with an answer in it: the other end is reset
    assert parent.process.communicate(timeout=60) == (None, "")
    assert parent.process.returncode == 0
