"""The doctor: finds each planted fault and only that, accuses no healthy run, and survives any file."""

from pathlib import Path

import pytest
from corpus import HEALTHY, PLANTED

from crystalball.doctor import RULES, Selection, examine, read


def codes(path: Path, **selection: object) -> list[str]:
    return sorted({finding.rule.code for finding in examine(read([path]), Selection(**selection))})


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(PLANTED) >= 60
    assert len(HEALTHY) >= 40
    assert {code for code, _ in PLANTED.values()} | {"CB105"} == {c for c in RULES if not RULES[c].opt_in}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_and_only_that(name: str, tmp_path: Path) -> None:
    code, make = PLANTED[name]
    make(tmp_path / "run")
    found = examine(read([tmp_path / "run"]))
    assert {finding.rule.code for finding in found} == {code}, [f.spot for f in found]


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_is_not_accused(name: str, tmp_path: Path) -> None:
    HEALTHY[name](tmp_path / "run")
    assert [(f.rule.code, f.spot) for f in examine(read([tmp_path / "run"]))] == []
