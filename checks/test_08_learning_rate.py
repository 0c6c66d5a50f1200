"""Exercise 8: the learning rate."""

from crystalball.cases.inside.parts import LoaderFailure, NameTaken, OtherLoss, Schedule
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import schedule_of_groups, trainings
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check
from crystalball.outcomes.outcome import EXACT

CASES = trainings(
    schedule_of_groups,
    pinned=[
        Training(epochs=3, samples=11, batch_size=4, seed=1, parts=(Schedule("step"),)),
        Training(
            epochs=3,
            samples=5,
            batch_size=2,
            lr=0.1,
            seed=1,
            parts=(Schedule("cosine", head_lr=0.02), OtherLoss(), NameTaken()),
        ),
        # The loss rises.
        Training(epochs=2, samples=7, batch_size=3, seed=5, parts=(Schedule("exponential", head_lr=0.1),)),
        Training(epochs=3, samples=7, batch_size=4, lr=0.1, seed=3, parts=(Schedule("onecycle"),)),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            seed=7,
            parts=(Schedule("step"), LoaderFailure(epoch=1, batch=1)),
        ),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            lr=0.0213,
            seed=8,
            parts=(
                Schedule("cosine", head_lr=0.1),
                LoaderFailure(epoch=1, batch=1, error="KeyboardInterrupt"),
            ),
        ),
        Training(
            epochs=2,
            samples=3,
            batch_size=2,
            seed=9,
            parts=(Schedule("step"), LoaderFailure(epoch=0, batch=0)),
        ),
        # The loader raises before the epoch's first batch: what came before is completed.
        Training(
            epochs=2,
            samples=3,
            batch_size=2,
            seed=12,
            parts=(Schedule("step"), LoaderFailure(epoch=1, batch=0)),
        ),
    ],
)


@check
def test_each_epoch_logs_the_rate_it_used(expect: Expect, case: Training, trace: Trace) -> None:
    """`LearningRate` is `optimizer.param_groups[0]["lr"]` as the optimizer used it in the epoch."""
    rates = [epoch.rates[0] for epoch in trace.epochs[: case.completed]]
    # That of an epoch that was interrupted may be there or not.
    interrupted = case.find(LoaderFailure) is not None
    expect.curve("LearningRate", rates, rtol=EXACT, goes_on=interrupted)


@check
def test_each_epoch_logs_its_mean_loss(expect: Expect, case: Training, trace: Trace) -> None:
    """`Loss/Train` is the mean loss of each epoch; the scheduler was stepped once after each."""
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in trace.epochs[: case.completed]])


@check
def test_the_run_is_in_order(expect: Expect, case: Training, trace: Trace) -> None:
    """One run directory by the convention, its path returned, one writer, closed."""
    expect.run_in_order(case, trace.epochs[0].rates[0])
