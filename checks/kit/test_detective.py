"""Exercise 18: its runs are broken as they say, its worker is told no answers, honest programs agree."""

import json
import math
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import tbparse

from crystalball.cases.broken_runs import FAULTS, ODDITIES, BrokenRun, make
from crystalball.cases.event_files import write
from crystalball.cases.inside.case import GivenRun
from crystalball.evidence import BadChecksum, Truncated, records
from crystalball.oracle.detective import signs
from crystalball.oracle.misreadings import Misreading
from crystalball.outcomes.end import returned_names
from crystalball.outcomes.expect import load_module, load_spec
from crystalball.processes.inside.child import _returned
from crystalball.processes.inside.reports import ReturnedSet
from crystalball.words.names import DEFINITIONS

ROOT = Path(__file__).parents[2]
PROGRAMS = [
    ROOT / "solutions" / "18_detective.py",
    *sorted((ROOT / "checks/kit/variants/18_detective").glob("*.py")),
]
CASES = load_spec(ROOT, "18_detective").cases

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, BrokenRun]]:
    folder = tmp_path_factory.mktemp("runs")
    cases = [*CASES.pinned, *CASES.drawn(0, 150)]
    return [(write(folder / str(number), case.files()), case) for number, case in enumerate(cases)]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_honest_programs_find_what_was_made_and_nothing_else(
    program: Path, runs: list[tuple[Path, BrokenRun]]
) -> None:
    diagnose = load_module(program).diagnose
    for log_dir, case in runs:
        assert diagnose(log_dir) == set(case.faults), case.to_json()


def test_the_trusted_detective_agrees_and_each_misreading_shows_in_a_pinned_case(
    runs: list[tuple[Path, BrokenRun]],
) -> None:
    for _, case in runs:
        assert {sign.name for sign in signs(case)} == set(case.faults), case.to_json()
    for misreading in Misreading:
        said = [{sign.name for sign in signs(case, misreading)} for case in CASES.pinned]
        assert said != [set(case.faults) for case in CASES.pinned], misreading


def test_the_definitions_that_are_told_stand_in_the_stub() -> None:
    stub = " ".join((ROOT / "exercises/18_detective.py").read_text(encoding="utf-8").split())
    assert [text for text in DEFINITIONS.values() if text not in stub] == []
    assert set(DEFINITIONS) == set(FAULTS)


def test_every_fault_and_every_oddity_comes_up(runs: list[tuple[Path, BrokenRun]]) -> None:
    pinned = CASES.pinned
    assert {fault for case in pinned for fault in case.faults} == set(FAULTS)
    assert {oddity for case in pinned for oddity in case.oddities} == set(ODDITIES)
    drawn = [case for _, case in runs if case not in pinned]
    assert {fault for case in drawn for fault in case.faults} == set(FAULTS)
    assert any(not case.faults for case in drawn)


def test_the_worker_is_told_the_files_and_no_answers(tmp_path: Path) -> None:
    for number, case in enumerate(CASES.pinned):
        told = json.dumps(case.asked())
        assert not any(name in told for name in (*FAULTS, *ODDITIES, "seed", "epochs"))
        again = msgspec.convert(case.asked(), GivenRun)
        log_dir = again.write(tmp_path / str(number) / "run")
        files = {p.relative_to(log_dir).as_posix(): p for p in log_dir.rglob("*") if p.is_file()}
        assert {name: path.read_bytes() for name, path in files.items()} == case.files()


def test_the_same_seed_gives_the_same_bytes() -> None:
    for case in CASES.pinned:
        assert case.files() == BrokenRun.from_json(case.to_json()).files()


@pytest.mark.parametrize(
    ("epochs", "faults", "oddities", "words"),
    [
        (8, ("sabotage",), (), "unknown: sabotage"),
        (3, ("nan",), (), "at least 7"),
        (1, (), (), "at least 2"),
        (8, ("second_file", "mixed_runs"), (), "there can be one"),
        (8, ("truncated", "bad_checksum"), (), "there can be one"),
        (8, ("mixed_runs",), ("resumed",), "there can be one"),
        (8, ("second_file", "unpurged_restart"), ("resumed",), "never resumed"),
        (8, ("no_data", "nan"), (), "nothing else"),
    ],
)
def test_what_does_not_go_together_is_refused(
    epochs: int, faults: tuple[str, ...], oddities: tuple[str, ...], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        BrokenRun(0, epochs, faults, oddities)


def test_a_returned_set_is_plain_data_and_cannot_be_forged_by_a_long_name() -> None:
    assert _returned({"b", "a"}) == ReturnedSet(("a", "b"))
    assert _returned(frozenset()) == ReturnedSet(())
    assert _returned({"x" * 1000}) == ReturnedSet(("x" * 50,))
    assert returned_names(["nan, truncated"]) != returned_names(["nan", "truncated"])
    assert returned_names(["truncated", "nan"]) == returned_names(["nan", "truncated"])


def test_records_tell_what_tbparse_hides(tmp_path: Path) -> None:
    log_dir = write(tmp_path / "run", make(1, 8, ("out_of_order", "nan"), ("resumed", "hparams", "text")))
    kinds: dict[str, list[str]] = {}
    for path in sorted(log_dir.iterdir()):
        kinds[path.name[-1]] = list(dict.fromkeys(record.kind for record in records(path)))
    assert kinds == {
        "0": ["header", "other", "scalar"],
        "1": ["header", "restart", "scalar"],
        "9": ["header", "hparams", "scalar"],
    }
    points = [r for path in log_dir.iterdir() for r in records(path) if r.kind == "scalar"]
    frame = tbparse.SummaryReader(str(log_dir)).scalars
    theirs = sorted(zip(frame["tag"], frame["step"], strict=True))
    assert theirs == sorted((point.tag, point.step) for point in points)
    assert sum(math.isnan(point.value) for point in points) == frame["value"].isna().sum() == 1


@pytest.mark.parametrize(("fault", "error"), [("truncated", Truncated), ("bad_checksum", BadChecksum)])
def test_records_yield_what_stands_before_the_damage(
    fault: str, error: type[Exception], tmp_path: Path
) -> None:
    whole, broken = (
        next(write(tmp_path / name, make(2, 8, faults)).iterdir())
        for name, faults in (("whole", ()), ("broken", (fault,)))
    )
    seen = []
    with pytest.raises(error):
        seen.extend(records(broken))
    assert seen == list(records(whole))[:-1]


def test_a_learner_is_shown_the_run_itself(kit: Path, run: Run) -> None:
    answer = kit / "exercises" / "18_detective.py"
    answer.write_text("def diagnose(log_dir):\n    return {'nan'}\n", encoding="utf-8")
    seen = run("crystalball.entry.cli", "run", "18")
    assert seen.returncode == 1
    assert "returned {'nan'}" in seen.stdout
    assert "`nan` is too much: the value of some point is NaN." in seen.stdout
    kept = list((kit / ".crystalball/failures/18_detective").rglob("*tfevents*"))
    assert kept
