"""A missing `close` is found by what is there, not by luck."""

from pathlib import Path

import pytest
from patience import PATIENCE

from crystalball.cases.inside.case import Losses
from crystalball.curriculum.manifest import curriculum
from crystalball.entry.programs import wrong_programs
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Status
from crystalball.processes.inside.reports import Loaded, LoadRequest, RunRequest
from crystalball.processes.worker import WorkerOrder

ROOT = Path(__file__).parents[2]


def open_writers(judging_session: JudgingSession, answer: Path, folder: Path, times: int) -> list[int]:
    exercise = curriculum().find("01")
    worker = judging_session._worker(WorkerOrder())
    log = str(folder / "log")
    worker.request(
        LoadRequest(str(answer), exercise.function, tuple(exercise.parameters), log, limit=PATIENCE)
    )
    assert worker.loaded(PATIENCE) == Loaded()
    counts = []
    for number in range(times):
        place = folder / str(number)
        place.mkdir()
        case = Losses(tuple(float(n) for n in range(1, 2 + number % 30)))
        worker.request(RunRequest(case.asked(), str(place), log, limit=PATIENCE))
        (call,) = worker.calls(PATIENCE)
        counts.append(call.open_writers)
    worker.end()
    return counts


def test_a_missing_close_is_found_in_100_of_100(judging_session: JudgingSession, tmp_path: Path) -> None:
    answer = tmp_path / "not_closed.py"
    answer.write_text(wrong_programs(ROOT, "01_first_scalar")["not_closed"], encoding="utf-8")
    assert open_writers(judging_session, answer, tmp_path, 100) == [1] * 100


@pytest.mark.parametrize("how", ["solution", "variant"])
def test_a_closed_writer_is_not_accused_in_200_of_200(
    judging_session: JudgingSession, tmp_path: Path, how: str
) -> None:
    variants = sorted((ROOT / "checks/kit/variants/01_first_scalar").glob("*.py"))
    answer = ROOT / "solutions/01_first_scalar.py" if how == "solution" else variants[0]
    assert open_writers(judging_session, answer, tmp_path, 200) == [0] * 200


def test_a_writer_of_an_earlier_call_is_told(judging_session: JudgingSession, tmp_path: Path) -> None:
    answer = tmp_path / "01_first_scalar.py"
    answer.write_text(
        "from torch.utils.tensorboard import SummaryWriter\n"
        "kept = []\n\n\n"
        "def log_losses(losses, log_dir):\n"
        "    if not kept:\n"
        "        kept.append(SummaryWriter(log_dir))\n"
        "    for step, loss in enumerate(losses, start=1):\n"
        "        kept[0].add_scalar('Loss/Train', loss, step)\n"
        "    kept[0].flush()\n",
        encoding="utf-8",
    )
    verdict = judging_session.judge(curriculum().find("01"), path=answer)
    assert (verdict.status, verdict.mistakes) == (Status.CRASHED, (("not_closed",),))
    assert "RuntimeError: this writer was made by an earlier call" in str(verdict.traceback)
