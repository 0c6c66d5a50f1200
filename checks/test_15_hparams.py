"""Exercise 15: hyperparameters."""

from crystalball.cases.inside.parts import (
    Hyperparameters,
    LoaderFailure,
    NameTaken,
    OtherLoss,
    RelativeRunsDir,
)
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import HPARAMS as EXAMPLES
from crystalball.cases.trainings import hyperparameters, trainings
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check
from crystalball.reading.values import HPARAMS, Hparams

PLAIN, WITH_LIST, SHORT = map(Hyperparameters, EXAMPLES)

CASES = trainings(
    hyperparameters,
    pinned=[
        # The last epoch is not the best one, neither by its loss nor by its accuracy.
        Training(epochs=4, samples=7, batch_size=3, lr=0.5, seed=34, parts=(PLAIN,)),
        Training(
            epochs=3,
            samples=7,
            batch_size=3,
            lr=0.1,
            seed=18,
            parts=(WITH_LIST, RelativeRunsDir(), OtherLoss(), NameTaken()),
        ),
        Training(epochs=3, samples=7, batch_size=4, seed=5, parts=(LoaderFailure(epoch=1, batch=0), SHORT)),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            seed=7,
            lr=0.03125,
            parts=(LoaderFailure(epoch=1, batch=1, error="KeyboardInterrupt"), PLAIN),
        ),
        Training(epochs=2, samples=3, batch_size=2, seed=9, parts=(SHORT, LoaderFailure(epoch=0, batch=0))),
    ],
)


@check
def test_the_curves_are_logged(expect: Expect, case: Training, trace: Trace) -> None:
    """`Loss/Train` and `Accuracy/Train` are those of each completed epoch."""
    epochs = trace.epochs[: case.completed]
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in epochs])
    expect.curve("Accuracy/Train", [epoch.accuracy for epoch in epochs])


@check
def test_the_hyperparameters_are_logged(expect: Expect, case: Training) -> None:
    """All of `hparams`, a list as its `str`, stand once in the run itself, with both metrics."""
    hparams = Hparams.of(case.part(Hyperparameters).hparams, ["Final/Loss", "Final/Accuracy"])
    if not case.find(LoaderFailure):  # they may have been logged before that
        expect.curve(HPARAMS, [hparams], [0], any_step=True)


@check
def test_the_metrics_are_those_of_the_last_epoch(expect: Expect, case: Training, trace: Trace) -> None:
    """`Final/Loss` and `Final/Accuracy` stand there once: those of the last epoch."""
    if not case.find(LoaderFailure):
        expect.curve("Final/Loss", [trace.epochs[-1].mean_loss], [0], any_step=True)
        expect.curve("Final/Accuracy", [trace.epochs[-1].accuracy], [0], any_step=True)


@check
def test_the_run_is_in_order(expect: Expect, case: Training) -> None:
    """One run directory by the convention, its path returned, and no writer left open."""
    expect.run_in_order(case)
    expect.closed_writers()
