"""Exercise 5: two curves, two clocks."""

from crystalball.cases.inside.parts import LoaderFailure, NameTaken, OtherLoss
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import trainings
from crystalball.oracle.trace import Trace
from crystalball.outcomes.end import LOADER_ERROR
from crystalball.outcomes.expect import Expect, check

CASES = trainings(
    pinned=[
        Training(epochs=3, samples=11, batch_size=4),
        Training(epochs=2, samples=9, batch_size=2, lr=0.1, seed=1),
        Training(
            epochs=2,
            samples=3,
            batch_size=4,
            lr=0.02,
            seed=2,
            parts=(OtherLoss(), NameTaken()),
        ),
        Training(epochs=3, samples=7, batch_size=3, seed=6, parts=(LoaderFailure(epoch=2, batch=0),)),
        Training(
            epochs=2,
            samples=7,
            batch_size=3,
            seed=2,
            parts=(LoaderFailure(epoch=1, batch=1, error="KeyboardInterrupt"),),
        ),
        Training(epochs=2, samples=3, batch_size=2, seed=9, parts=(LoaderFailure(epoch=0, batch=0),)),
        # So many batches that whoever logs every tenth logs one.
        Training(epochs=1, samples=12, batch_size=1, lr=0.02, seed=3),
    ]
)


@check
def test_each_batch_has_the_next_step(expect: Expect, case: Training, trace: Trace) -> None:
    """`Loss/Batch` holds the loss of each batch, at steps that run on from 1 to the last batch."""
    losses = [batch.loss for epoch in trace.epochs[: case.completed] for batch in epoch.batches]
    # The batches of an epoch that was interrupted may be there or not.
    expect.curve("Loss/Batch", losses, goes_on=case.find(LoaderFailure) is not None)


@check
def test_each_epoch_logs_its_mean_loss(expect: Expect, case: Training, trace: Trace) -> None:
    """`Loss/Train` holds the mean loss over the samples of each epoch, at steps 1 to `epochs`."""
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in trace.epochs[: case.completed]])


@check
def test_the_run_is_named_and_returned(expect: Expect, case: Training) -> None:
    """The one run directory follows the convention, and its path is returned."""
    expect.named_by_convention(case.lr)
    if case.find(LoaderFailure):
        expect.raises(LOADER_ERROR)
    else:
        expect.returns_log_dir()


@check
def test_the_writer_is_closed_whatever_happens(expect: Expect) -> None:
    """One `SummaryWriter` wrote the run, and it is closed when the function ends, in any way."""
    expect.one_closed_writer()
