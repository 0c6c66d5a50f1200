"""Exercise 2: a directory for each run."""

from crystalball.cases.drawing import new_runs
from crystalball.cases.inside.case import NewRuns
from crystalball.outcomes.expect import Expect, check
from crystalball.outcomes.outcome import EXACT

CASES = new_runs(
    pinned=[
        NewRuns(((0.001, "2023-10-27T10:30:00"),)),
        NewRuns(((0.02, "2025-11-06T08:07:03"),) * 2, again=True),
        NewRuns(((0.0512345678, "2024-02-29T17:05:09"), (0.0005, "2024-02-29T17:05:09"))),
        NewRuns(((0.01, "2031-01-02T23:59:58"),) * 3),
        NewRuns(((1e-05, "1999-12-31T00:00:00"), (1e-05, "2000-01-01T12:00:00"))),
        NewRuns(((0.001, "2026-08-09T10:11:12.987654"),)),
        NewRuns(((0.003, "2027-03-04T05:06:07"),) * 2, there=True),
    ]
)


@check
def test_the_name_tells_rate_and_time(expect: Expect, case: NewRuns) -> None:
    """Each call makes a fresh directory `pixel_gen_lr<lr>_<YYYYmmdd_HHMMSS>` in `runs_dir`."""
    for index, (lr, now) in enumerate(case.all_calls):
        expect.named_by_convention(lr, now, run=index)


@check
def test_the_run_is_marked_as_started(expect: Expect, case: NewRuns) -> None:
    """Each run holds `Started` = 1.0 at step 0, and nothing else under this tag."""
    for index in range(len(case.all_calls)):
        expect.curve("Started", [1.0], steps=[0], rtol=EXACT, run=index)


@check
def test_the_path_is_returned(expect: Expect, case: NewRuns) -> None:
    """Each call returns the path of the directory that it made."""
    for _ in case.all_calls:
        expect.returns_log_dir()


@check
def test_the_writer_is_closed(expect: Expect) -> None:
    """One `SummaryWriter` wrote each run, and it is closed when the function ends."""
    expect.one_closed_writer()
