"""Exercise 3: one point an epoch."""

from crystalball.cases.inside.parts import DropLast, NameTaken, OtherLoss, RelativeRunsDir, Shuffled
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import trainings
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check

CASES = trainings(
    pinned=[
        Training(epochs=3, samples=11, batch_size=4),
        Training(epochs=4, samples=7, batch_size=3, lr=0.3, seed=8),  # the loss rises, too
        Training(
            epochs=1,
            samples=3,
            batch_size=4,
            lr=0.0212345,
            seed=2,
            parts=(RelativeRunsDir(), OtherLoss(), NameTaken()),
        ),
        Training(epochs=2, samples=8, batch_size=3, lr=0.1, seed=3, parts=(DropLast(),)),
        Training(epochs=3, samples=5, batch_size=2, lr=0.1, seed=4, parts=(Shuffled(),)),
    ]
)


@check
def test_each_epoch_logs_its_mean_loss(expect: Expect, trace: Trace) -> None:
    """`Loss/Train` holds the mean loss over the samples of each epoch, at steps 1 to `epochs`."""
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in trace.epochs])


@check
def test_the_run_is_named_by_the_convention(expect: Expect, case: Training) -> None:
    """The one run directory is `pixel_gen_lr<lr>_<YYYYmmdd_HHMMSS>`, in local time, in `runs_dir`."""
    expect.named_by_convention(case.lr)


@check
def test_the_log_dir_is_returned(expect: Expect) -> None:
    """The function returns the path of its run directory."""
    expect.returns_log_dir()


@check
def test_the_writer_is_closed(expect: Expect) -> None:
    """One `SummaryWriter` wrote the run, and it is closed when the function ends."""
    expect.one_closed_writer()
