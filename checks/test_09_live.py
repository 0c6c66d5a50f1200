"""Exercise 9: live."""

from crystalball.cases.inside.parts import Live, LoaderFailure, NameTaken, OtherLoss, Schedule
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import live, schedule_of_groups, trainings
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check
from crystalball.outcomes.outcome import EXACT

CASES = trainings(
    live,
    schedule_of_groups,
    pinned=[
        Training(epochs=3, samples=11, batch_size=4, seed=1, parts=(Live(), Schedule("step"))),
        Training(
            epochs=3,
            samples=3,
            batch_size=4,
            lr=0.02,
            seed=1,
            parts=(Live(), Schedule("exponential", head_lr=0.1), OtherLoss(), NameTaken()),
        ),
        # The loss rises and falls.
        Training(epochs=3, samples=7, batch_size=4, lr=0.2, parts=(Live(), Schedule("cosine"))),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            seed=7,
            parts=(Live(), Schedule("step"), LoaderFailure(epoch=1, batch=1)),
        ),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            lr=0.0213,
            seed=8,
            parts=(
                Live(),
                Schedule("cosine", head_lr=0.1),
                LoaderFailure(epoch=1, batch=1, error="KeyboardInterrupt"),
            ),
        ),
        Training(
            epochs=2,
            samples=3,
            batch_size=2,
            seed=9,
            parts=(Live(), Schedule("step"), LoaderFailure(epoch=0, batch=0)),
        ),
        # The loader raises before the epoch's first batch: what came before is completed.
        Training(
            epochs=2,
            samples=3,
            batch_size=2,
            seed=12,
            parts=(Live(), Schedule("step"), LoaderFailure(epoch=1, batch=0)),
        ),
    ],
)


@check
def test_completed_epochs_are_seen_at_once(expect: Expect, case: Training) -> None:
    """While epoch k + 1 takes its last optimizer step, others see all points of epochs 1 to k."""
    expect.seen_while_training(case.completed)


@check
def test_all_is_there_at_the_end(expect: Expect, case: Training, trace: Trace) -> None:
    """`Loss/Train` and `LearningRate` of every completed epoch are there when the function has ended."""
    epochs = trace.epochs[: case.completed]
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in epochs])
    # The rate of an epoch that was interrupted may be there or not.
    interrupted = case.find(LoaderFailure) is not None
    expect.curve("LearningRate", [epoch.rates[0] for epoch in epochs], rtol=EXACT, goes_on=interrupted)


@check
def test_the_run_is_in_order(expect: Expect, case: Training, trace: Trace) -> None:
    """One run directory by the convention, its path returned, one writer, closed."""
    expect.run_in_order(case, trace.epochs[0].rates[0])
