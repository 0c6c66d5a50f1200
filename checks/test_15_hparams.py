"""Exercise 15: hyperparameters."""

import json

from crystalball.cases.drawing import HPARAMS as EXAMPLES
from crystalball.cases.drawing import trainings
from crystalball.cases.inside.case import Training
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check
from crystalball.reading.values import HPARAMS, Hparams

CASES = trainings(
    tuned=True,
    pinned=[
        Training(epochs=4, samples=7, batch_size=3, lr=0.5, seed=28, hparams=json.dumps(EXAMPLES[0])),
        Training(epochs=3, samples=7, batch_size=3, lr=0.1, seed=2, hparams=json.dumps(EXAMPLES[1])),
        Training(epochs=2, samples=7, batch_size=4, seed=5, hparams=json.dumps(EXAMPLES[2])),
        Training(2, 5, 2, seed=7, fails_at=(1, 1), only_end=True, hparams=json.dumps(EXAMPLES[0])),
    ],
)


@check
def test_the_curves_are_logged(expect: Expect, trace: Trace) -> None:
    """`Loss/Train` and `Accuracy/Train` are those of each epoch."""
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in trace.epochs])
    expect.curve("Accuracy/Train", [epoch.accuracy for epoch in trace.epochs])


@check
def test_the_hyperparameters_are_logged(expect: Expect, case: Training) -> None:
    """All of `hparams`, a list as its `str`, stand once in the run itself, with both metrics."""
    hparams = Hparams.of(json.loads(case.hparams), ["Final/Loss", "Final/Accuracy"])
    expect.curve(HPARAMS, [hparams], [0], any_step=True)


@check
def test_the_metrics_are_those_of_the_last_epoch(expect: Expect, trace: Trace) -> None:
    """`Final/Loss` and `Final/Accuracy` stand there once: those of the last epoch."""
    expect.curve("Final/Loss", [trace.epochs[-1].mean_loss], [0], any_step=True)
    expect.curve("Final/Accuracy", [trace.epochs[-1].accuracy], [0], any_step=True)


@check
def test_the_run_is_in_order(expect: Expect, case: Training) -> None:
    """One run directory by the convention, its path returned, and no writer left open."""
    expect.run_in_order(case)
    expect.closed_writers()
