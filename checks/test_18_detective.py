"""Exercise 18: the detective."""

from crystalball.cases.broken_runs import BrokenRun, broken_runs
from crystalball.outcomes.expect import Expect, check

CASES = broken_runs(
    pinned=[
        BrokenRun(0, 2, (), ("hparams", "zero", "batches", "started")),
        BrokenRun(7, 9, (), ("resumed", "hparams", "behind", "text")),
        BrokenRun(1, 8, ("out_of_order", "nan")),
        BrokenRun(2, 9, ("second_file",), ("behind",)),
        BrokenRun(3, 8, ("unpurged_restart", "truncated")),
        BrokenRun(4, 7, ("mixed_runs", "bad_checksum")),
        BrokenRun(8, 8, ("mixed_runs",), ("started",)),  # of three files the second is over early
        BrokenRun(5, 10, ("duplicate_steps", "stops_early"), ("resumed", "hparams")),
        BrokenRun(6, 7, ("no_data",)),  # a file with its header alone
        BrokenRun(0, 7, ("no_data", "stray_run")),  # no file at all
        BrokenRun(9, 8, ("stray_run", "nan"), ("hparams", "zero")),
    ]
)


@check
def test_all_that_is_wrong_is_named_and_nothing_else(expect: Expect, case: BrokenRun) -> None:
    """`diagnose` returns the set of the names of what is wrong with the run: all, and no other."""
    expect.returns_names(case.faults)
