"""Exercise 6: the accuracy."""

from crystalball.cases.inside.parts import LoaderFailure, NameTaken, OtherLoss
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import trainings
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check

CASES = trainings(
    pinned=[
        Training(epochs=3, samples=11, batch_size=4, seed=2),  # at last all is right
        Training(epochs=2, samples=7, batch_size=3, lr=0.0213, seed=1),
        Training(epochs=3, samples=7, batch_size=4, lr=0.2, seed=9),  # the loss rises and falls
        Training(epochs=2, samples=3, batch_size=1, lr=0.02, seed=3),
        Training(
            epochs=2,
            samples=5,
            batch_size=8,
            lr=0.02,
            seed=4,
            parts=(OtherLoss(), NameTaken()),
        ),
        Training(
            epochs=2,
            samples=7,
            batch_size=3,
            seed=4,
            parts=(LoaderFailure(epoch=1, batch=1),),
        ),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            lr=0.0213,
            seed=2,
            parts=(LoaderFailure(epoch=1, batch=1, error="KeyboardInterrupt"),),
        ),
        Training(epochs=2, samples=3, batch_size=2, seed=9, parts=(LoaderFailure(epoch=0, batch=0),)),
        Training(epochs=5, samples=3, batch_size=2, lr=0.2, seed=29),  # all is right before the last epoch
        # The loader raises before the epoch's first batch: what came before is completed.
        Training(
            epochs=2,
            samples=3,
            batch_size=2,
            seed=12,
            parts=(LoaderFailure(epoch=1, batch=0),),
        ),
    ]
)


@check
def test_each_epoch_logs_its_accuracy(expect: Expect, case: Training, trace: Trace) -> None:
    """`Accuracy/Train` holds the share of samples predicted right in each epoch, in [0, 1]."""
    expect.curve("Accuracy/Train", [epoch.accuracy for epoch in trace.epochs[: case.completed]])


@check
def test_each_epoch_logs_its_mean_loss(expect: Expect, case: Training, trace: Trace) -> None:
    """`Loss/Train` holds the mean loss over the samples of each epoch, at steps 1 to `epochs`."""
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in trace.epochs[: case.completed]])


@check
def test_the_run_is_in_order(expect: Expect, case: Training) -> None:
    """One run directory by the convention, its path returned, one writer, closed."""
    expect.run_in_order(case)
