"""The board: a TensorBoard of our own on one folder, on loopback, that leaves no process behind."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from crystalball.curriculum.manifest import Exercise, NotFound, curriculum
from crystalball.judging.failures import KEPT
from crystalball.processes.process import end_tree

RELOAD = 1
"""Seconds between two looks at the disk: a point is on the screen 0.4 s after its flush (with
TensorBoard's default 2.8 s). A fraction would become 0, and burn a core."""

SECONDS_TO_START = 60.0
"""On a cold disk; else it takes about one."""

ADDRESS = re.compile(r"http://\S+")


class BoardError(Exception):
    """TensorBoard did not start; the message says what it said."""


class Board:
    """A TensorBoard on one folder.

    Args:
        logdir: the folder; it may be empty, or appear later.

    Attributes:
        url: where it answers, on a port that was free.

    Raises:
        BoardError: it ended, or gave no address in time.
    """

    def __init__(self, logdir: Path) -> None:
        command = [sys.executable, "-P", "-m", "tensorboard.main", "--logdir", str(logdir)]
        command += ["--host", "127.0.0.1", "--port", "0", "--reload_interval", str(RELOAD)]
        # A group of its own: Ctrl-C is for us alone, and we end all of it.
        self._server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._said: list[str] = []
        self._address: str | None = None
        self._known = threading.Event()
        threading.Thread(target=self._listen, args=(self._server.stderr,), daemon=True).start()
        try:
            self._known.wait(SECONDS_TO_START)
            if self._address is None:
                last = next((line for line in reversed(self._said) if line.strip()), "it gave no address")
                raise BoardError(f"TensorBoard did not start: {last.strip()}")
        except BaseException:
            self.close()
            raise
        self.url: str = self._address

    def _listen(self, errors: IO[str]) -> None:
        """Reads all that it says, so that its pipe never fills; the address is in one of the lines."""
        for line in errors:
            if self._address is None:
                self._said.append(line)
                if found := ADDRESS.search(line):
                    self._address = found.group()
                    self._known.set()
        self._known.set()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._server.poll() is None

    def wait(self) -> None:
        """Waits until it ends of itself."""
        while self.running:
            time.sleep(0.2)

    def close(self) -> None:
        """Ends it and the data server that it started."""
        end_tree(self._server, 0)


class Boards:
    """The boards that were opened, one a folder; for several threads."""

    def __init__(self) -> None:
        self._boards: dict[Path, Board] = {}
        self._lock = threading.Lock()

    def open(self, logdir: Path, *, browser: bool) -> str:
        """Opens a board on a folder, or the one that is open on it already.

        Args:
            logdir: the folder.
            browser: whether the browser goes there.

        Returns:
            Its address.

        Raises:
            BoardError: it ended, or gave no address in time.
        """
        with self._lock:
            if logdir not in self._boards or not self._boards[logdir].running:
                self._boards[logdir] = Board(logdir)
            url = self._boards[logdir].url
        if browser:
            open_browser(url)
        return url

    def close(self) -> None:
        """Ends them all, one that is just being opened too; nobody opens another one then."""
        self._lock.acquire()
        for board in self._boards.values():
            board.close()


@contextlib.contextmanager
def serving(logdir: Path) -> Iterator[Board]:
    """A board on a folder that is ended whatever happens.

    Args:
        logdir: the folder.

    Yields:
        The board.
    """
    board = Board(logdir)
    try:
        yield board
    finally:
        board.close()


def open_browser(url: str) -> bool:
    """Opens an address in the browser.

    A browser for the console would take the terminal that we live in, so without a display there is
    none but the one that `BROWSER` names.

    Args:
        url: the address.

    Returns:
        Whether there was a browser.
    """
    windows = sys.platform in ("win32", "darwin")
    if not windows and not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")):
        return False
    return webbrowser.open(url)


def failure_of(root: Path, exercise: Exercise) -> Path:
    """The folder in which *yours* and *expected* of an exercise's last failure lie side by side.

    Args:
        root: of the kit.
        exercise: the exercise.

    Raises:
        NotFound: nothing is kept of it.
    """
    folder = root / KEPT / exercise.id
    if not has_runs(folder):
        raise NotFound(
            f"No failed run of exercise {exercise.number} is kept, so there is nothing to compare. "
            f"`crystalball run {exercise.number}` judges it now; `crystalball board` shows your own runs."
        )
    return folder


def has_runs(folder: Path) -> bool:
    """Whether there is any event file below a folder.

    Args:
        folder: it may be missing.
    """
    return next(folder.rglob("*tfevents*"), None) is not None


def no_runs_yet() -> str:
    """What to do where `runs/` is empty."""
    script = next((one for one in curriculum().exercises if one.trains), curriculum().exercises[0])
    return (
        "`runs/` holds no run yet. Run an exercise that you solved as a script: "
        f"`python exercises/{script.id}.py`; its curves appear on the board while it trains."
    )
