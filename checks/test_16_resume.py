"""Exercise 16: resume."""

from crystalball.cases.inside.parts import Break, Interruptions, NameTaken, OtherLoss, Schedule, Validation
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import interruptions, schedule, trainings, validation
from crystalball.oracle.trace import Trace
from crystalball.outcomes.end import LOADER_ERROR
from crystalball.outcomes.expect import Expect, check

IN_ITS_SECOND_EPOCH = Interruptions((Break(epoch=1, batch=2, where="loader"),))
IN_ITS_LAST_EPOCH = Interruptions((Break(epoch=2, batch=1, where="model"),))
RIGHT_AFTER_A_CHECKPOINT = Interruptions((Break(epoch=0, batch=0, where="save"),))
BEFORE_ANY_CHECKPOINT = Interruptions((Break(epoch=0, batch=1, where="loader"),))
AFTER_THE_LAST_CHECKPOINT = Interruptions((Break(epoch=1, batch=0, where="save"),))
TWICE = Interruptions(
    (Break(epoch=1, batch=1, where="model"), Break(epoch=1, batch=2, where="loader")),
    error="KeyboardInterrupt",
)

CASES = trainings(
    validation,
    schedule,
    interruptions,
    epochs=(2, 3),
    momentum=0.5,  # so that an optimizer that begins anew shows
    pinned=[
        Training(
            epochs=3,
            samples=8,
            batch_size=3,
            seed=1,
            momentum=0.5,
            parts=(Validation(samples=5), Schedule("step"), IN_ITS_SECOND_EPOCH),
        ),
        Training(
            epochs=3,
            samples=5,
            batch_size=2,
            seed=18,
            momentum=0.5,
            parts=(Validation(samples=4), Schedule("step"), IN_ITS_LAST_EPOCH, OtherLoss(), NameTaken()),
        ),
        Training(
            epochs=3,
            samples=7,
            batch_size=3,
            seed=5,
            momentum=0.5,
            parts=(Validation(samples=4), Schedule("cosine"), RIGHT_AFTER_A_CHECKPOINT),
        ),
        Training(
            epochs=3,
            samples=8,
            batch_size=3,
            seed=3,
            momentum=0.5,
            parts=(Validation(samples=3), Schedule("exponential"), TWICE),
        ),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            seed=0,
            momentum=0.5,
            parts=(Validation(samples=3), Schedule("step"), BEFORE_ANY_CHECKPOINT),
        ),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            seed=10,
            momentum=0.5,
            parts=(Validation(samples=3), Schedule("step"), AFTER_THE_LAST_CHECKPOINT),
        ),
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
    for _ in range(case.restarts):
        expect.raises(LOADER_ERROR)
    expect.returns_log_dir(run=0)


@check
def test_all_calls_write_one_run(expect: Expect, trace: Trace) -> None:
    """One run directory by the convention, and no writer open when a call ends."""
    expect.named_by_convention(trace.epochs[0].rates[0])
    expect.closed_writers()
