"""Outcomes: names as they are compared, and what each law speaks of."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crystalball.cases.inside.case import SECONDS_TAKEN, Case
from crystalball.curriculum.manifest import curriculum
from crystalball.oracle.client import UNTRAINED
from crystalball.outcomes.difference import differences
from crystalball.outcomes.end import Returned
from crystalball.outcomes.expect import load_spec
from crystalball.outcomes.facet import CurveFacet, Trait
from crystalball.outcomes.observe import in_the_order_of_ranks
from crystalball.outcomes.outcome import Outcome
from crystalball.outcomes.run_name import ConventionalName, Window, canonical
from crystalball.processes.inside.reports import Call, ReturnedPath
from crystalball.processes.programs import ZONE_SECONDS
from crystalball.reading.event_log import EventLog
from crystalball.words.places import run_names

ROOT = Path(__file__).parents[2]

NOON = datetime(2031, 1, 2, 12, tzinfo=UTC)
LOCAL = NOON + timedelta(seconds=ZONE_SECONDS)
CALL = Window(NOON.timestamp(), NOON.timestamp() + 5)


@pytest.mark.parametrize(
    ("name", "compared"),
    [
        (f"pixel_gen_lr0.10_{NOON + timedelta(seconds=ZONE_SECONDS):%Y%m%d_%H%M%S}", ConventionalName(0.1)),
        (f"pixel_gen_lr1e-1_{NOON:%Y%m%d_%H%M%S}_2", ConventionalName(0.1, utc=True)),
        ("pixel_gen_lr0.1_20200101_000000", ConventionalName(0.1, datetime(2020, 1, 1))),
        ("pixel_gen_lr0.1_20201301_000000", "pixel_gen_lr0.1_20201301_000000"),
        ("pixel_gen_lrnan_20200101_000000", "pixel_gen_lrnan_20200101_000000"),
        ("run", "run"),
    ],
)
def test_a_name_is_compared_without_what_the_convention_leaves_free(
    name: str, compared: ConventionalName | str
) -> None:
    assert canonical(name, CALL) == compared


def test_a_name_is_shown_as_it_is_written_and_compared_by_what_it_says() -> None:
    name, same = (
        canonical("pixel_gen_lr5e-02_20200101_000000"),
        ConventionalName(0.05, datetime(2020, 1, 1)),
    )
    assert ((name == same), (name != same), hash(name)) == (True, False, hash(same))
    assert run_names([name, same]) == [
        "pixel_gen_lr5e-02_20200101_000000",
        "pixel_gen_lr0.05_20200101_000000",
    ]
    assert name != ConventionalName(0.5, same.time)


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        (f"pixel_gen_lr0.1_{LOCAL:%Y%m%d_%H%M%S}", True),
        (f"pixel_gen_lr0.1_{LOCAL:%Y%m%d_%H%M%S}_2", False),
        (f"pixel_gen_lr0.10_{LOCAL:%Y%m%d_%H%M%S}", False),
        (f"pixel_gen_lr0.2_{LOCAL:%Y%m%d_%H%M%S}", False),
        (f"pixel_gen_lr0.1_{NOON:%Y%m%d_%H%M%S}", False),
        (f"pixel_gen_lr0.1_{LOCAL + timedelta(seconds=SECONDS_TAKEN):%Y%m%d_%H%M%S}", False),
    ],
)
def test_a_name_was_taken_if_its_very_text_was(name: str, taken: bool) -> None:
    call = Window(NOON.timestamp(), NOON.timestamp() + 2 * SECONDS_TAKEN)
    read = canonical(name, replace(call, taken=(0.1,)))
    assert isinstance(read, ConventionalName)
    assert (read.taken, read == canonical(name, call)) == (taken, not taken)


def test_no_call_outlasts_the_names_that_are_taken() -> None:
    assert curriculum().seconds_a_case < SECONDS_TAKEN


def test_what_was_taken_by_a_clock_that_was_set_is_known_to_nobody() -> None:
    now = time.time()
    assert Window.since(now, 0, (0.1,)).taken == (0.1,)
    assert Window.since(now - 3600, 0, (0.1,)).taken == ()


@pytest.mark.parametrize(("begun", "held"), [(0.0, True), (0.006, True), (0.5, False)])
def test_a_clock_that_lags_by_a_tick_is_held_against_nobody(begun: float, held: bool) -> None:
    """`time.localtime()` tells the second before for some milliseconds more: 6 were measured."""
    call = Window(NOON.timestamp() + begun, NOON.timestamp() + 5)
    assert call.holds(NOON.replace(tzinfo=None) - timedelta(seconds=1), 0) == held


CASES = load_spec(ROOT, "01_first_scalar").cases.pinned


@pytest.mark.parametrize("case", CASES, ids=str)
def test_one_pass_over_the_laws_tells_what_each_speaks_of(case: Case) -> None:
    spec = load_spec(ROOT, "01_first_scalar")
    statement = spec.apply(case, UNTRAINED)
    assert list(statement.facets) == [check.name for check in spec.checks]
    spoken_of = frozenset().union(*statement.facets.values())
    assert spoken_of == {CurveFacet("Loss/Train"), Trait.NAME, Trait.RUNS, Trait.FILES, Trait.CLOSED}
    broken = {one.facet for one in differences(statement.outcome, Outcome(open_writers=1))}
    assert broken == {Trait.RUNS, Trait.CLOSED}
    assert broken <= spoken_of


def test_a_call_that_never_came_is_none_that_returned() -> None:
    for end in (Returned(None), Returned("nothing")):
        (found,) = differences(Outcome(ends=(end,)), Outcome())
        assert (found.facet, found.expected) == (Trait.END, end)


def test_of_runs_begun_at_once_the_first_is_that_of_the_first_rank(tmp_path: Path) -> None:
    quick, slow, nobodys = (EventLog(tmp_path / name, ()) for name in ("quick", "slow", "nobody's"))
    calls = [Call(ReturnedPath("PosixPath", str(log.path))) for log in (slow, quick)]
    assert in_the_order_of_ranks([nobodys, quick, slow], calls) == [slow, quick, nobodys]
