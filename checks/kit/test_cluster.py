"""`crystalball grade --cluster`: the workers of a Dask cluster judge a class, and one of them is killed."""

import random
import sys
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from bench import cluster_kills as kills
from distributed import KilledWorker
from patience import PATIENCE

from crystalball.cluster import desk
from crystalball.cluster import place as cluster_place
from crystalball.cluster.desk import Offer
from crystalball.cluster.options import ClusterOptions
from crystalball.cluster.place import ClusterJudges
from crystalball.curriculum.manifest import NotFound
from crystalball.entry.programs import wrong_programs
from crystalball.grading.intake import Answer
from crystalball.jail.levels import JailLevel
from crystalball.judging.verdict import Status, Verdict
from crystalball.processes.process import StartError
from crystalball.reading.outside import outside_name

ROOT = Path(__file__).parents[2]
FULL = str(JailLevel.FULL)
KIT = ("kit",)


@pytest.mark.needs("jail")  # a worker without one refuses
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the jail")
def test_a_worker_that_is_killed_costs_no_verdict(tmp_path: Path) -> None:
    random.seed(0)
    wrong = wrong_programs(ROOT, "01_first_scalar")["not_closed"]
    texts = {name: (ROOT / name / "01_first_scalar.py").read_text() for name in ("solutions", "exercises")}
    class_ = {"passed": texts["solutions"], "not started": texts["exercises"], "failed": wrong}
    for verdict, text in class_.items():
        for copy in "12":
            entry = tmp_path / "class" / f"{verdict} {copy}"
            entry.mkdir(parents=True)
            (entry / "01_first_scalar.py").write_text(f"{text}\nx = {copy}\n", encoding="utf-8")
    with kills.a_cluster() as (machines, _):
        assert kills.killed("worker", machines, tmp_path / "class", tmp_path / "out", 1) == 1
    found = kills.verdicts(tmp_path / "out")
    assert {name: one["verdict"] for name, one in found.items()} == {
        f"{verdict} {copy}": verdict for verdict in class_ for copy in "12"
    }
    assert kills.twice(tmp_path / "out") == 0
    assert found["failed 1"]["mistakes"] == found["failed 2"]["mistakes"] == ["not_closed"]


def test_a_worker_that_differs_is_not_used() -> None:
    offers = {
        "a": Offer(KIT, FULL),
        "b": Offer(KIT, FULL),
        "c": Offer(("other",), FULL),
        "d": Offer(KIT, str(JailLevel.CHILD)),
        "e": Offer(KIT, refusal="Nothing here keeps a submission from reading your files."),
    }
    level, refused = cluster_place._chosen(offers, KIT)
    assert level == JailLevel.FULL
    assert [line[0] for line in refused] == ["c", "d", "e"]
    assert "Nothing here keeps" in refused[2]
    with pytest.raises(NotFound, match="no worker can be used: e: Nothing here"):
        cluster_place._chosen({"e": offers["e"]}, KIT)


def test_tls_takes_three_files_that_are_there(tmp_path: Path) -> None:
    assert ClusterOptions("tcp://a:1").tls_files() == {}
    with pytest.raises(NotFound, match="all three"):
        ClusterOptions("tls://a:1", authority=tmp_path).tls_files()
    with pytest.raises(NotFound, match="there is no file"):
        ClusterOptions("tls://a:1", *[tmp_path / "ca.pem"] * 3).tls_files()


class Task:
    """A task of Dask that has ended."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def result(self) -> Any:
        raise self.error

    def add_done_callback(self, call: Any) -> None:
        call(self)


class Killing:
    """A client whose every task kills its worker."""

    tasks = 0

    def submit(self, *_: object, **__: object) -> Task:
        self.tasks += 1
        return Task(KilledWorker("task", None, {}))


def test_of_a_task_that_kills_workers_each_answer_is_tried_alone() -> None:
    client = Killing()
    answer = Answer("01_first_scalar", "a.py", {"01_first_scalar.py": b""})
    verdicts = ClusterJudges(client, "mark", ROOT).submit([answer] * 3).result(PATIENCE)
    assert [verdict.status for verdict in verdicts] == [Status.NOT_JUDGED] * 3
    assert client.tasks == 1 + 3


def test_a_cluster_that_is_gone_is_told_in_one_line() -> None:
    reached: Future[list[Verdict]] = Future()
    ClusterJudges(Killing(), "mark", ROOT)._take(Task(OSError("gone")), [], reached)
    with pytest.raises(StartError, match="the same command goes on"):
        reached.result()


class Waits:
    """An end that comes after some looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def wait(self, seconds: float) -> bool:
        self.looks -= 1
        return self.looks < 0


class Workers:
    """A client whose workers come and go."""

    def __init__(self, *desks: int) -> None:
        self.desks = list(desks)

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        return {"workers": {"a": {"resources": {desk.RESOURCE: self.desks.pop(0)}}}}


def test_a_grading_that_waits_for_workers_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    ClusterJudges(Workers(2, 0, 0, 1, 0, 2), "mark", ROOT).tell_of_waiting(Waits(6))
    assert capsys.readouterr().err.splitlines() == [cluster_place.WAITING] * 2


def test_a_module_beside_an_answer_may_have_any_name() -> None:
    files = {"01_first_scalar.py": b"1", "caf\udce9.py": b"2", "ü.py": b"3"}
    answer = Answer("01_first_scalar", outside_name("01_first_scalar.py"), files)
    assert desk._unpacked(desk.packed([answer])) == [answer]
