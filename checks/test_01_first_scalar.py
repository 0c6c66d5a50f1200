"""Exercise 1: the first scalar.

The checks state what every run must hold, and the kit compares. The last test is a plain one, as you may
write it for a training of your own: it opens one run with tbparse, and looks.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from crystalball.cases.drawing import losses
from crystalball.cases.inside.case import Losses
from crystalball.outcomes.expect import Expect, check
from crystalball.outcomes.outcome import EXACT

CASES = losses(
    pinned=[
        Losses((2.0794415, 1.3862944, 0.6931472)),
        Losses((0.123456789,), folder="not/there/yet"),
        Losses((0.5, 0.5, 4.25, 0.0, 4.25, 1.125), made=True),
        Losses((1.125, 1.125, 0.25)),
    ]
)


@check
def test_each_loss_stands_at_its_step(expect: Expect, case: Losses) -> None:
    """Every loss stands under `Loss/Train`, at steps 1, 2, 3, …, as it was given."""
    expect.name(case.folder)
    expect.curve("Loss/Train", case.losses, rtol=EXACT)


@check
def test_the_writer_is_closed(expect: Expect) -> None:
    """One `SummaryWriter` wrote the run, and it is closed when the function ends."""
    expect.one_closed_writer()


def test_tbparse_reads_the_same_curve(run_of: Callable[[Losses], Path]) -> None:
    """The run of the first case holds its losses, in a table with a row for each point."""
    import pandas  # here: both take half a second, which passes while the first run is made
    import tbparse

    case = CASES.pinned[0]
    reader = tbparse.SummaryReader(str(run_of(case)))
    table = pandas.concat([reader.scalars, reader.tensors])  # a writer may log scalars as tensors, too
    curve = table[table["tag"] == "Loss/Train"]
    assert curve["step"].tolist() == [1, 2, 3]
    assert curve["value"].tolist() == pytest.approx(case.losses)
