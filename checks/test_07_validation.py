"""Exercise 7: the validation."""

from crystalball.cases.inside.parts import LoaderFailure, Validation
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import trainings, validation
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check

CASES = trainings(
    validation,
    pinned=[
        Training(epochs=3, samples=11, batch_size=4, parts=(Validation(samples=7),)),
        Training(epochs=2, samples=7, batch_size=3, lr=0.1, seed=1, parts=(Validation(samples=5),)),
        Training(epochs=3, samples=8, batch_size=4, seed=5, parts=(Validation(samples=11),)),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            seed=8,
            parts=(Validation(samples=3), LoaderFailure(epoch=1, batch=1, only_end=True)),
        ),
    ],
)


@check
def test_training_is_logged(expect: Expect, trace: Trace) -> None:
    """`Loss/Train` and `Accuracy/Train` are those of the training passes, in training mode."""
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in trace.epochs])
    expect.curve("Accuracy/Train", [epoch.accuracy for epoch in trace.epochs])


@check
def test_validation_is_logged(expect: Expect, trace: Trace) -> None:
    """`Loss/Validation` and `Accuracy/Validation` are measured after each epoch, in evaluation mode."""
    expect.curve("Loss/Validation", [epoch.validation.mean_loss for epoch in trace.epochs])
    expect.curve("Accuracy/Validation", [epoch.validation.accuracy for epoch in trace.epochs])


@check
def test_the_run_is_in_order(expect: Expect, case: Training) -> None:
    """One run directory by the convention, its path returned, one writer, closed."""
    expect.run_in_order(case)
