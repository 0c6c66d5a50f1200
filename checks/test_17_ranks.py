"""Exercise 17: ranks."""

from crystalball.cases.inside.parts import NameTaken, OtherLoss, SecondRank
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import second_rank, trainings
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check

CASES = trainings(
    second_rank,
    pinned=[
        # Once rank 0 has more samples, once the other: the mean of both means is never that of all.
        Training(epochs=2, samples=11, batch_size=4, parts=(SecondRank(samples=5, batch_size=2),)),
        Training(
            epochs=3,
            samples=3,
            batch_size=2,
            seed=1,
            parts=(SecondRank(samples=7, batch_size=4), OtherLoss(), NameTaken()),
        ),
    ],
)


@check
def test_the_mean_is_over_all_ranks(expect: Expect, trace: Trace) -> None:
    """`Loss/Train` is the mean loss over the samples of all ranks, at steps 1 to `epochs`."""
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in trace.epochs])


@check
def test_rank_0_alone_returns_the_log_dir(expect: Expect) -> None:
    """Rank 0 returns the path of the run, the other rank returns `None`."""
    expect.returns_log_dir()
    expect.returns_none()


@check
def test_one_rank_writes_one_run(expect: Expect, case: Training) -> None:
    """One directory by the convention, one event file in it, and no writer left open."""
    expect.named_by_convention(case.lr)
    expect.one_directory()
    expect.one_closed_writer()
