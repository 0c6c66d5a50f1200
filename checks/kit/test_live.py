"""Exercise 9 before TensorBoard itself: what is flushed can be seen while the function is held."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE, wait_until

from crystalball.cases.inside.parts import Live, Schedule
from crystalball.cases.inside.training import Training
from crystalball.curriculum.manifest import curriculum
from crystalball.judging.looks import Looks
from crystalball.judging.session import JudgingSession
from crystalball.learner.board import serving
from crystalball.processes.inside.reports import Loaded, LoadRequest, RunRequest
from crystalball.processes.worker import WorkerOrder
from crystalball.reading.event_log import EventLog, read_runs

ROOT = Path(__file__).parents[2]


@pytest.fixture
def board(tmp_path: Path) -> Iterator[str]:
    """The address of a TensorBoard that watches the case's folder."""
    with serving(tmp_path) as board:
        yield f"{board.url.rstrip('/')}/data/plugin/scalars"


def ask(url: str) -> Any:
    """What TensorBoard answers; nothing while it does not."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return json.load(answer)
    except (urllib.error.URLError, ConnectionError):
        return {}


def points(board: str) -> int:
    """Points of `Loss/Train` in the first run that TensorBoard shows."""
    for run, tags in ask(f"{board}/tags").items():
        if "Loss/Train" in tags:
            query = urllib.parse.urlencode({"run": run, "tag": "Loss/Train"})
            return len(ask(f"{board}/scalars?{query}") or [])
    return 0


def seen(board: str, wanted: int) -> int:
    """Points that are shown, as soon as there are as many as wanted."""
    wait_until(lambda: points(board) >= wanted, f"{wanted} points never come")
    return points(board)


def test_others_see_each_completed_epoch(
    judging_session: JudgingSession, tmp_path: Path, board: str
) -> None:
    exercise = curriculum().find("09")
    worker = judging_session._worker(WorkerOrder())
    path, log = str(ROOT / "solutions" / f"{exercise.id}.py"), str(tmp_path / "log.txt")
    worker.request(LoadRequest(path, exercise.function, tuple(exercise.parameters), log, limit=PATIENCE))
    assert worker.loaded(PATIENCE) == Loaded()
    case = Training(epochs=3, samples=5, batch_size=2, parts=(Live(), Schedule("step")))
    on_disk, on_screen = [], []

    def look() -> Sequence[EventLog]:
        logs = read_runs(tmp_path)
        on_disk.append(sum(p.tag == "Loss/Train" for log in logs for p in log.points))
        on_screen.append(seen(board, len(on_disk) - 1))
        return logs

    worker.request(RunRequest(case.asked(), str(tmp_path), log, limit=PATIENCE))
    worker.calls(PATIENCE, Looks(case, look))
    assert on_disk == [0, 1, 2]
    assert on_screen == [0, 1, 2]
    assert seen(board, 3) == 3
    worker.end()
