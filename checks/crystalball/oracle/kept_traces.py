"""Traces on disk: what one `pytest` has trained, the next one reads.

    kept = KeptTraces(root / FOLDER)
    trace = kept.find(wanted) or train(wanted)

It saves the learner's time, and is believed as much as the checks beside it, which are the learner's
files too. A grader trains anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shutil
from functools import cached_property
from importlib import metadata
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec

from crystalball.oracle.trace import Trace, TraceRequest

FOLDER = Path(".crystalball") / "traces"

MOST = 2000
"""Traces that are kept: ten seeds for all exercises. With more, all are trained anew."""

LIBRARY = Path(__file__).parents[1]

READ = msgspec.msgpack.Decoder(Trace)
"""Made here: two threads that each make their first crash in msgspec."""


class KeptTraces:
    """The traces of right trainings, in a folder of files.

    What they depend on beside their cases (this library's files, torch, NumPy, Python, the processor)
    names the folder in which they lie; whoever begins another removes the rest.

    Args:
        folder: for all of it. Where it cannot be written, nothing is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._all = folder

    def find(self, wanted: TraceRequest) -> Trace | None:
        """The trace that is kept of a right training; `None` without one.

        Args:
            wanted: which.
        """
        try:
            return READ.decode(self._file(wanted).read_bytes())
        except (OSError, msgspec.MsgspecError):
            return None

    def keep(self, wanted: TraceRequest, trace: Trace) -> None:
        """Keeps the trace of a right training; that of a flawed one is not.

        Args:
            wanted: was asked for.
            trace: is the answer.
        """
        if wanted.flaws:
            return
        with contextlib.suppress(OSError):
            with NamedTemporaryFile(dir=self._roomy_folder, delete=False) as new:
                new.write(msgspec.msgpack.encode(trace))
            os.replace(new.name, self._file(wanted))

    def _file(self, wanted: TraceRequest) -> Path:
        return self._folder / hashlib.sha256(msgspec.json.encode(wanted.case)).hexdigest()

    @cached_property
    def _folder(self) -> Path:
        return self._all / _state()

    @cached_property
    def _roomy_folder(self) -> Path:
        for one in self._all.glob("*"):
            if one != self._folder or len(os.listdir(one)) > MOST:
                shutil.rmtree(one, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder


def _state() -> str:
    """The hash of what all traces depend on."""
    digest = hashlib.sha256(f"{platform.python_version()} {platform.machine()} {_processor()}".encode())
    for library in ("torch", "numpy"):
        digest.update(metadata.version(library).encode())
    for path in sorted(LIBRARY.rglob("*.py")):
        facts = path.stat()
        digest.update(f"{path.relative_to(LIBRARY)} {facts.st_size} {facts.st_mtime_ns}".encode())
    return digest.hexdigest()


def _processor() -> str:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line for line in lines if line.startswith("model name"))
    return platform.processor()
