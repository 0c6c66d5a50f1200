"""Traces on disk: each case is trained once; what does not hold any more is trained anew."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from crystalball.cases.inside.training import Training
from crystalball.judging.session import JudgingSession
from crystalball.oracle import kept_traces
from crystalball.oracle.client import Oracle
from crystalball.oracle.flaws import Flaw
from crystalball.oracle.kept_traces import KeptTraces
from crystalball.oracle.trace import Trace, TraceRequest
from crystalball.processes.process import Process, StartError

CASE = Training(epochs=2, samples=5, batch_size=2, lr=0.1)


def no_process() -> Process:
    raise StartError("a case is trained that was trained before")


@pytest.fixture
def trace(judging_session: JudgingSession, tmp_path: Path) -> Trace:
    """That of the case, which is kept in a folder."""
    kept = KeptTraces(tmp_path)
    return Oracle(judging_session.oracle._start, judging_session.oracle._limit, kept).trace(CASE)


def asked_again(folder: Path) -> Trace:
    return Oracle(no_process, 0, KeptTraces(folder)).trace(CASE)


def test_what_was_trained_is_not_trained_again(trace: Trace, tmp_path: Path) -> None:
    assert len(trace.epochs) == CASE.epochs
    assert asked_again(tmp_path) == trace


def test_one_that_is_prepared_is_read_too(trace: Trace, tmp_path: Path) -> None:
    Oracle(no_process, 0, KeptTraces(tmp_path)).prepare([CASE])


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def of_another_kind(file: Path) -> None:
    file.write_bytes(b"\x93\x01\x02\x03")


@pytest.mark.usefixtures("trace")
@pytest.mark.parametrize("damage", [cut_off, of_another_kind, os.unlink])
def test_a_damaged_one_is_trained_again(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    (file,) = tmp_path.glob("*/*")
    damage(file)
    with pytest.raises(StartError, match="trained before"):
        asked_again(tmp_path)


@pytest.mark.usefixtures("trace")
def test_those_of_another_state_are_not_believed_and_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_traces.platform, "machine", lambda: "another")
    kept = KeptTraces(tmp_path)
    assert kept.find(TraceRequest(CASE)) is None
    kept.keep(TraceRequest(CASE), Trace())
    assert kept.find(TraceRequest(CASE)) == Trace()
    assert len(list(tmp_path.glob("*"))) == 1


def test_a_change_of_the_library_is_another_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loop.py").write_text("one")
    monkeypatch.setattr(kept_traces, "LIBRARY", tmp_path)
    before = kept_traces._state()
    assert kept_traces._state() == before
    (tmp_path / "loop.py").write_text("another")
    assert kept_traces._state() != before


@pytest.mark.usefixtures("trace")
def test_too_many_are_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_traces, "MOST", 0)
    other = TraceRequest(Training(epochs=1, samples=2, batch_size=2, lr=0.1))
    KeptTraces(tmp_path).keep(other, Trace())
    assert len(list(tmp_path.glob("*/*"))) == 1


def test_what_is_flawed_is_not_kept(tmp_path: Path) -> None:
    KeptTraces(tmp_path).keep(TraceRequest(CASE, (next(iter(Flaw)),)), Trace())
    assert not list(tmp_path.iterdir())


def test_where_nothing_can_be_written_all_is_trained(trace: Trace, tmp_path: Path) -> None:
    nowhere = tmp_path / "a file"
    nowhere.touch()
    kept = KeptTraces(nowhere)
    kept.keep(TraceRequest(CASE), trace)
    assert kept.find(TraceRequest(CASE)) is None
