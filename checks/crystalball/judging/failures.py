"""Keeps a failed run for the learner: as two runs, `yours` and `expected`, that TensorBoard overlays."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crystalball.cases.broken_runs import BrokenRun
from crystalball.cases.event_files import write
from crystalball.curriculum.manifest import Exercise
from crystalball.judging.case_result import CaseResult
from crystalball.judging.disk import DiskError
from crystalball.outcomes.difference import Difference
from crystalball.outcomes.outcome import Curve, Run
from crystalball.reading.pictures import Picture, Sprites, write_side_by_side

KEPT = Path(".crystalball") / "failures"

PICTURE = "yours_and_expected.png"


@dataclass(frozen=True)
class SavedFailure:
    """What was kept of a failure, by paths from the kit's root.

    Attributes:
        folder: with the runs `yours` and `expected`, for TensorBoard.
        picture: a PNG of the first picture that differs, beside the expected one; empty for none.
        trouble: why it could not be kept; `None` where it was.
    """

    folder: str
    picture: str = ""
    trouble: DiskError | None = None


def keeper(root: Path, exercise: Exercise) -> Callable[[CaseResult], SavedFailure]:
    """Keeps a failed run of an exercise; a disk that refuses takes nothing from the verdict.

    Args:
        root: of the kit.
        exercise: the exercise.
    """

    def keep(result: CaseResult) -> SavedFailure:
        try:
            return keep_failure(root, exercise.id, result)
        except OSError as error:
            return SavedFailure("", trouble=DiskError.of(error))

    return keep


def keep_failure(root: Path, exercise: str, result: CaseResult) -> SavedFailure:
    """Puts the event files of a failed case, and those of a right one, beside each other.

    Args:
        root: of the kit.
        exercise: its id; what was kept of it before is replaced.
        result: the failed case.
    """
    kept = root / KEPT / exercise
    shutil.rmtree(kept, ignore_errors=True)
    comparison = result.comparison
    for name, run in _places("yours", comparison.seen.runs):
        shutil.copytree(result.folder / run.path, kept / name, ignore=_no_directories)
    for name, run in _places("expected", comparison.expected.runs):
        _write(run, kept / name)
    if isinstance(comparison.case, BrokenRun):
        write(kept / "run", comparison.case.files())
    kept.mkdir(parents=True, exist_ok=True)
    folder = KEPT / exercise
    pairs = [pair for difference in comparison.differences for pair in _pictures(difference)]
    if not pairs:
        return SavedFailure(folder.as_posix())
    write_side_by_side(*pairs[0], kept / PICTURE)
    return SavedFailure(folder.as_posix(), (folder / PICTURE).as_posix())


def _pictures(difference: Difference) -> Iterator[tuple[Picture, Picture]]:
    """Each picture of a curve, as it was seen and as it was expected, where the two differ."""
    if isinstance(difference.seen, Curve) and isinstance(difference.expected, Curve):
        seen = dict(difference.seen.points)
        for step, value in difference.expected.points:
            yours = seen.get(step)
            if isinstance(value, Sprites) and isinstance(yours, Picture) and not value.agrees(yours, 0):
                yield yours, value.grid()


def _places(title: str, runs: tuple[Run, ...]) -> list[tuple[Path, Run]]:
    """Where each run goes: a single one has the title as its name."""
    if len(runs) == 1:
        return [(Path(title), runs[0])]
    return [(Path(title) / str(number), run) for number, run in enumerate(runs, start=1)]


def _no_directories(folder: str, names: list[str]) -> list[str]:
    paths = [Path(folder) / name for name in names]
    return [path.name for path in paths if path.is_symlink() or not path.is_file()]


def _write(run: Run, folder: Path) -> None:
    """Writes a run as TensorBoard's own writer does, without torch: its numbers and its pictures."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder))
    for tag, curve in run.curves.items():
        for step, value in curve.points:
            shown = Summary.Value(tag=tag)
            if isinstance(value, (int, float)):
                shown.simple_value = value
            elif isinstance(value, Sprites):
                grid = value.grid()
                shown.image.CopyFrom(Summary.Image(height=grid.height, width=grid.width, colorspace=3))
                shown.image.encoded_image_string = grid.png()
            else:
                continue
            writer.add_event(Event(step=step, summary=Summary(value=[shown])))
    writer.close()
