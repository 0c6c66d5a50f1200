"""Exercise 1: the first scalar."""

from crystalball.cases.drawing import losses
from crystalball.cases.inside.case import Losses
from crystalball.outcomes.expect import Expect, check
from crystalball.outcomes.outcome import EXACT

CASES = losses(
    pinned=[
        Losses((2.0794415, 1.3862944, 0.6931472)),
        Losses((0.123456789,), folder="not/there/yet"),
        Losses((0.5, 0.5, 4.25, 4.25, 1.125)),
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
