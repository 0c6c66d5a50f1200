"""Exercise 16: resume."""

from crystalball.cases.drawing import trainings
from crystalball.cases.inside.case import Training
from crystalball.oracle.trace import Trace
from crystalball.outcomes.end import LOADER_ERROR
from crystalball.outcomes.expect import Expect, check

CASES = trainings(
    interrupted=True,
    validating=True,
    scheduled=True,
    pinned=[
        Training(3, 8, 3, seed=1, momentum=0.5, val_samples=5, schedule="step", breaks=((1, 2, "loader"),)),
        Training(3, 5, 2, seed=3, momentum=0.5, val_samples=4, schedule="step", breaks=((2, 1, "model"),)),
        Training(3, 7, 3, seed=5, momentum=0.5, val_samples=4, schedule="cosine", breaks=((0, 0, "save"),)),
        Training(
            3,
            8,
            3,
            seed=3,
            momentum=0.5,
            val_samples=3,
            schedule="exponential",
            breaks=((1, 1, "model"), (1, 2, "loader")),
            error="KeyboardInterrupt",
        ),
        Training(2, 5, 2, seed=4, momentum=0.5, val_samples=3, schedule="step", breaks=((0, 1, "loader"),)),
    ],
)


@check
def test_the_batches_are_logged_as_if_never_interrupted(expect: Expect, trace: Trace) -> None:
    """After purging, `Loss/Batch` holds each batch once, at steps 1 to the number of all batches."""
    expect.curve("Loss/Batch", [batch.loss for batch in trace.batches])


@check
def test_the_epochs_are_logged_as_if_never_interrupted(expect: Expect, trace: Trace) -> None:
    """After purging, `Loss/Train`, `Loss/Validation` and `LearningRate` hold each epoch once."""
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in trace.epochs])
    expect.curve("Loss/Validation", [epoch.validation.mean_loss for epoch in trace.epochs])
    expect.curve("LearningRate", [epoch.rates[0] for epoch in trace.epochs])


@check
def test_the_error_reaches_the_caller(expect: Expect, case: Training) -> None:
    """What interrupts a call reaches its caller as it is; the last call returns the path of the run."""
    for _ in case.breaks:
        expect.raises(LOADER_ERROR)
    expect.returns_log_dir(run=0)


@check
def test_all_calls_write_one_run(expect: Expect, trace: Trace) -> None:
    """One run directory by the convention, and no writer open when a call ends."""
    expect.named_by_convention(trace.epochs[0].rates[0])
    expect.closed_writers()
