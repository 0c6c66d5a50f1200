"""Exercise 7: the validation."""

from crystalball.cases.inside.parts import LoaderFailure, NameTaken, OtherLoss, Validation
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import trainings, validation
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check

CASES = trainings(
    validation,
    pinned=[
        Training(epochs=3, samples=11, batch_size=4, seed=1, parts=(Validation(samples=7),)),
        Training(
            epochs=2,
            samples=7,
            batch_size=3,
            lr=0.1,
            seed=1,
            parts=(Validation(samples=5), OtherLoss(), NameTaken()),
        ),
        # Both losses rise and fall.
        Training(epochs=3, samples=7, batch_size=4, lr=0.2, seed=68, parts=(Validation(samples=11),)),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            seed=8,
            parts=(Validation(samples=3), LoaderFailure(epoch=1, batch=1)),
        ),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            lr=0.0213,
            seed=2,
            parts=(Validation(samples=3), LoaderFailure(epoch=1, batch=1, error="KeyboardInterrupt")),
        ),
        Training(
            epochs=2,
            samples=3,
            batch_size=2,
            seed=9,
            parts=(Validation(samples=2), LoaderFailure(epoch=0, batch=0)),
        ),
        # For three epochs the loss of the validation is not lower than it was.
        Training(epochs=6, samples=4, batch_size=4, lr=0.2, seed=42, parts=(Validation(samples=5),)),
        Training(
            epochs=2,
            samples=3,
            batch_size=2,
            seed=11,
            parts=(
                Validation(samples=2),
                LoaderFailure(epoch=0, batch=0, only_end=True, of_validation=True),
            ),
        ),
        # The loader raises before the epoch's first batch: what came before is completed.
        Training(
            epochs=2,
            samples=3,
            batch_size=2,
            seed=12,
            parts=(Validation(samples=2), LoaderFailure(epoch=1, batch=0)),
        ),
    ],
)


@check
def test_training_is_logged(expect: Expect, case: Training, trace: Trace) -> None:
    """`Loss/Train` and `Accuracy/Train` are those of the training passes, in training mode."""
    epochs = trace.epochs[: case.completed]
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in epochs])
    expect.curve("Accuracy/Train", [epoch.accuracy for epoch in epochs])


@check
def test_validation_is_logged(expect: Expect, case: Training, trace: Trace) -> None:
    """`Loss/Validation` and `Accuracy/Validation` are measured after each epoch, in evaluation mode."""
    passes = [epoch.validation for epoch in trace.epochs[: case.completed]]
    expect.curve("Loss/Validation", [one.mean_loss for one in passes])
    expect.curve("Accuracy/Validation", [one.accuracy for one in passes])


@check
def test_the_run_is_in_order(expect: Expect, case: Training) -> None:
    """One run directory by the convention, its path returned, one writer, closed."""
    expect.run_in_order(case)
