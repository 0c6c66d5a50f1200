"""Keeps a failed run for the learner: as two runs, `yours` and `expected`, that TensorBoard overlays."""

from __future__ import annotations

import shutil
from pathlib import Path

from crystalball.curriculum import Exercise
from crystalball.disk import disk_words
from crystalball.judge import Ran
from crystalball.outcome import Run

KEPT = Path(".crystalball") / "failures"


class Keeper:
    """Keeps the failed run of one exercise; a disk that refuses takes nothing from the verdict.

    Args:
        root: of the kit.
        exercise: whose run.

    Attributes:
        trouble: why it could not be kept; empty where it could.
    """

    def __init__(self, root: Path, exercise: Exercise) -> None:
        self._root, self._exercise = root, exercise
        self.trouble = ""

    def __call__(self, ran: Ran) -> str:
        """Keeps it; gives the folder, from the root, or nothing."""
        try:
            return keep_failure(self._root, self._exercise.id, ran)
        except OSError as error:
            self.trouble = disk_words(error)
            return ""


def keep_failure(root: Path, exercise: str, ran: Ran) -> str:
    """Puts the event files of a failed case, and those of a right one, beside each other.

    Args:
        root: of the kit.
        exercise: its id; what was kept of it before is replaced.
        ran: the failed case.

    Returns:
        The folder, from the root.
    """
    kept = root / KEPT / exercise
    shutil.rmtree(kept, ignore_errors=True)
    evidence = ran.evidence
    for name, run in _places("yours", evidence.seen.runs):
        shutil.copytree(ran.folder / run.path, kept / name, ignore=_no_directories)
    for name, run in _places("expected", evidence.expected.runs):
        _write(run, kept / name)
    kept.mkdir(parents=True, exist_ok=True)
    return (KEPT / exercise).as_posix()


def _places(title: str, runs: tuple[Run, ...]) -> list[tuple[Path, Run]]:
    """Where each run goes: a single one has the title as its name."""
    if len(runs) == 1:
        return [(Path(title), runs[0])]
    return [(Path(title) / str(number), run) for number, run in enumerate(runs, start=1)]


def _no_directories(folder: str, names: list[str]) -> list[str]:
    paths = [Path(folder) / name for name in names]
    return [path.name for path in paths if path.is_symlink() or not path.is_file()]


def _write(run: Run, folder: Path) -> None:
    """Writes a run as TensorBoard's own writer does, without torch."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder))
    for tag, curve in run.curves.items():
        for step, value in curve.points:
            summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
            writer.add_event(Event(step=step, summary=summary))
    writer.close()
