"""Opens the archives of strangers: each in a reader of its own, whose limits the kernel enforces."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from crystalball.jail.forker import Forker
from crystalball.jail.levels import JailLevel
from crystalball.jail.reader import LONGEST_REPORT, start_reader
from crystalball.processes.inside.notebook import NotebookRequest, ScriptReport
from crystalball.processes.inside.reader import TooMuchReport
from crystalball.processes.inside.unpack import Unpacked, UnpackReport, UnpackRequest
from crystalball.processes.inside.unpack_bounds import Budget, Refused
from crystalball.processes.process import Ended, Garbled, Hung, Process, end_tree
from crystalball.processes.programs import ENVIRONMENT, UNJAILED_READER, python

SECONDS = 10.0
"""For one archive: what takes long is no homework. An honest one takes milliseconds."""

ARCHIVE = "archive"
"""Name of the copy that a reader is given."""

TOO_MUCH = "takes more time or memory to unpack than is given: hand in plain files, or a zip of them"


class Unpacker:
    """Opens archives, in the jail or, where there is none, under the limits that the system has.

    Args:
        level: how much of a jail.
        hidden: folders of ours that must not be seen.
    """

    def __init__(self, level: JailLevel, hidden: Iterable[Path] = ()) -> None:
        self._level, self._hidden = level, tuple(hidden)
        self._opened = contextlib.ExitStack()
        self._forker: Forker | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Unpacker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def jailed(self) -> bool:
        """Whether its readers stand in a jail, and take milliseconds to start."""
        return self._level != JailLevel.NONE

    def unpack(self, file: BinaryIO, name: str, budget: Budget) -> Unpacked:
        """Looks into an archive.

        Args:
            file: the archive.
            name: what the student called it.
            budget: what may be read of it.

        Returns:
            What it holds. All of it is somebody else's word: the paths, too.

        Raises:
            Refused: it cannot be looked into.
            RuntimeError: it cannot be copied for the reader.
            StartError: there is no reader, which is nobody's fault here.
        """
        if os.fstat(file.fileno()).st_size > budget.unpacked:
            budget.unpack(file, name)  # says so
        try:
            try:
                return self._unpack(file, name, budget)
            except Ended as ended:  # whoever killed it: perhaps not what it read
                if ended.status == -signal.SIGXCPU:
                    raise
                return self._unpack(file, name, budget)
        except (Ended, Hung, Garbled, msgspec.MsgspecError):
            raise Refused(f"the archive {name!r} {TOO_MUCH}") from None
        except OSError as error:  # of our own disk: nobody's fault who handed in
            raise RuntimeError(f"an archive cannot be handed to its reader: {error.strerror}") from error

    def _unpack(self, file: BinaryIO, name: str, budget: Budget) -> Unpacked:
        with self.reader() as (process, folder):
            file.seek(0)
            with (folder / ARCHIVE).open("wb") as copy:
                shutil.copyfileobj(file, copy)
            process.request(msgspec.to_builtins(UnpackRequest(ARCHIVE, os.fsencode(name), budget)))
            report = msgspec.convert(process.answer(SECONDS), UnpackReport | TooMuchReport)
        if isinstance(report, TooMuchReport):
            raise Refused(f"the archive {name!r} {TOO_MUCH}")
        return msgspec.msgpack.decode(report.held, type=Unpacked)

    def script(self, notebook: str) -> ScriptReport:
        """The script of a notebook.

        Args:
            notebook: its text.

        Raises:
            StartError: there is no reader, which is nobody's fault here.
        """
        try:
            with self.reader() as (process, _):
                process.request(msgspec.to_builtins(NotebookRequest(notebook)))
                report = msgspec.convert(process.answer(SECONDS), ScriptReport | TooMuchReport)
        except (Ended, Hung, Garbled, msgspec.MsgspecError):
            report = TooMuchReport("")
        if isinstance(report, TooMuchReport):
            return ScriptReport("", problem="it takes more time or memory to read than is given")
        return report

    @contextlib.contextmanager
    def reader(self) -> Iterator[tuple[Process, Path]]:
        """A new reader, and its folder as we see it; of whatever thread."""
        if self._level == JailLevel.NONE:
            with tempfile.TemporaryDirectory(prefix="crystalball-archive-") as folder:
                process = _unjailed(Path(folder))
                try:
                    yield process, Path(folder)
                finally:
                    process.end()
            return
        with self._lock:
            if self._forker is None:
                self._setup = self._opened.enter_context(self._level.setup(self._hidden))
                self._forker = Forker(self._setup, self._setup.reader_plan)
                self._opened.callback(self._forker.close)
            started = start_reader(self._forker, self._setup)
        try:
            yield started.process, started.folder
        finally:
            started.end(self._setup)

    def close(self) -> None:
        """Ends the process that forks the readers."""
        self._opened.close()


def _unjailed(folder: Path) -> Process:
    popen = subprocess.Popen(
        python(UNJAILED_READER),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=folder,
        env=os.environ | ENVIRONMENT,
        start_new_session=True,
    )
    streams = cast(BinaryIO, popen.stdin), cast(BinaryIO, popen.stdout)
    return Process(*streams, lambda grace: end_tree(popen, grace), LONGEST_REPORT, unread=1)
