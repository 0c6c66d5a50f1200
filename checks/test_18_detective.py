"""Exercise 18: the detective."""

from crystalball.cases.broken_runs import BrokenRun, broken_runs
from crystalball.outcomes.expect import Expect, check

CASES = broken_runs(
    pinned=[
        BrokenRun(0, 2, (), ("hparams", "zero", "batches", "started")),
        BrokenRun(9, 9, ("unpurged_restart", "truncated"), ("started", "idle", "resumed")),
        BrokenRun(75, 7, ("no_data", "stray_run")),
        BrokenRun(
            83, 7, ("mixed_runs", "nan", "duplicate_steps", "bad_checksum"), ("strangers", "infinite")
        ),
        BrokenRun(95, 10, ("stops_early", "truncated"), ("infinite", "resumed")),
        BrokenRun(49, 7, ("second_file", "stray_run"), ("behind", "strangers", "resumed")),
        BrokenRun(69, 8, ("unpurged_restart", "out_of_order", "truncated"), ("renamed", "infinite")),
        BrokenRun(95, 7, ("no_data", "stray_run")),
        BrokenRun(12, 9, ("stops_early", "nan", "truncated"), ("hparams", "batches", "resumed")),
        BrokenRun(
            *(1, 9, ("mixed_runs", "duplicate_steps", "out_of_order", "bad_checksum")),
            ("hparams", "started", "idle"),
        ),
        BrokenRun(4, 7, ("no_data",)),
        BrokenRun(
            *(79, 7, ("second_file", "duplicate_steps", "stops_early", "stray_run")),
            ("batches", "strangers"),
        ),
        BrokenRun(6, 7, ("unpurged_restart", "duplicate_steps"), ("text", "batches", "idle")),
        BrokenRun(5, 8, (), ("spoiled_hparams", "zero")),
        BrokenRun(0, 7, ("second_file", "stray_run"), ("behind", "strangers", "resumed")),
        BrokenRun(0, 8, ("second_file", "stray_run"), ("behind", "strangers", "resumed")),
        BrokenRun(3, 9, ("duplicate_steps",), ("sparse", "batches")),
        BrokenRun(16, 9, ("duplicate_steps", "out_of_order", "stops_early")),
        BrokenRun(69, 8, ("unpurged_restart",), ("renamed",)),
        BrokenRun(12, 7, ("unpurged_restart",), ("resumed",)),
        BrokenRun(1, 9, ("duplicate_steps", "out_of_order")),  # a curve goes back at its end
        BrokenRun(7, 7, ("no_data", "stray_run")),  # no point anywhere
        BrokenRun(1, 7, ("second_file", "unpurged_restart")),  # each of two later files is one
        BrokenRun(2, 9, ("second_file", "unpurged_restart", "nan"), ("batches", "text")),
    ]
)


@check
def test_all_that_is_wrong_is_named_and_nothing_else(expect: Expect, case: BrokenRun) -> None:
    """`diagnose` returns the set of the names of what is wrong with the run: all, and no other."""
    expect.returns_names(case.faults)
