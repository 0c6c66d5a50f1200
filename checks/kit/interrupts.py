"""Ctrl-C at a moment of one's choice."""

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from patience import PATIENCE


def hear_interrupts() -> None:
    """Called in a new process: a background job of a shell has Ctrl-C ignored, and hands that down."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def interrupt(command: Sequence[object], cwd: Path, moment: str) -> subprocess.CompletedProcess[str]:
    """Runs a command, and interrupts it when its output shows the moment; what it said after that."""
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=hear_interrupts,
    )
    assert process.stdout is not None
    any(moment in line for line in process.stdout)
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=PATIENCE)[0]
    return subprocess.CompletedProcess(process.args, process.returncode, rest)
