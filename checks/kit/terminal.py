"""A real pseudo-terminal in a test: a command runs in it, keys are typed, the screen is read.

with Terminal(["-m", "crystalball.entry.cli", "watch"], cwd=kit, columns=80) as terminal:
    terminal.wait_for("Exercise 1")
    terminal.type("h")
    print(terminal.text)
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyte
from interrupts import hear_interrupts
from patience import PATIENCE


class Terminal:
    """A terminal of some size in which Python runs with some arguments."""

    def __init__(
        self, arguments: Sequence[str], cwd: Path, columns: int = 80, rows: int = 60, **environment: str
    ) -> None:
        import fcntl
        import pty
        import termios

        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._ours, self._theirs = pty.openpty()
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        dropped = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        self.raw = b""
        self._parsed = 0
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=cwd,
            env=kept | {"TERM": "xterm-256color", "PYTHONUTF8": "1"} | environment,
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            preexec_fn=self._take_terminal,
        )
        self.settings = termios.tcgetattr(self._theirs)

    def _take_terminal(self) -> None:
        import fcntl
        import termios

        hear_interrupts()
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        self._stream.feed(self.raw[self._parsed :])
        self._parsed = len(self.raw)
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    @property
    def restored(self) -> bool:
        """Whether the terminal's settings are what they were before the command."""
        import termios

        now = termios.tcgetattr(self._theirs)
        return now == self.settings

    def read(self, seconds: float = 0) -> None:
        """Takes in what was written within so many seconds."""
        until = time.monotonic() + seconds
        while select.select([self._ours], [], [], max(0.0, until - time.monotonic()))[0]:
            self.raw += os.read(self._ours, 65536)

    def wait(self, true: Callable[[str], bool], seconds: float = PATIENCE) -> str:
        """Waits until something is true of the screen, and gives the screen."""
        until = time.monotonic() + seconds
        while not true(self.text):
            if time.monotonic() > until:
                raise AssertionError(f"never came; the screen is\n{self.text}")
            if self.process.poll() is not None:
                self.read(0.1)
                if true(self.text):
                    break
                raise AssertionError(f"it ended; the screen is\n{self.text}")
            self.read(0.02)
        return self.text

    def wait_for(self, words: str, seconds: float = PATIENCE) -> str:
        """Waits until some words stand on the screen, in one line or across a line's end."""
        return self.wait(lambda text: words in text or words in " ".join(text.split()), seconds)

    def wait_for_bytes(self, words: bytes, seconds: float = PATIENCE) -> None:
        """Waits until some bytes are written from now on, with no time lost on what the screen shows."""
        start, until = len(self.raw), time.monotonic() + seconds
        while words not in self.raw[start:]:
            if time.monotonic() > until:
                raise AssertionError(f"never came; the screen is\n{self.text}")
            if select.select([self._ours], [], [], 0.1)[0]:
                self.raw += os.read(self._ours, 65536)

    def type(self, keys: str) -> None:
        """Presses keys."""
        os.write(self._ours, keys.encode())

    def ended(self, seconds: float = PATIENCE) -> int:
        """Waits for the command's end, and gives its exit code."""
        until = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < until:
            self.read(0.02)
        self.read(0.05)
        return self.process.wait(0.1)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGTERM)
            self.ended()
        os.close(self._ours)
        os.close(self._theirs)
