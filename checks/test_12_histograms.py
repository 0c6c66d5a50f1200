"""Exercise 12: histograms."""

from crystalball.cases.inside.parts import Clipping, LoaderFailure, NameTaken, OtherLoss
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import clipping_and_frozen, trainings
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check

CASES = trainings(
    clipping_and_frozen,
    pinned=[
        Training(epochs=3, samples=11, batch_size=4, parts=(Clipping(max_norm=0.5, frozen=True),)),
        Training(
            epochs=2,
            samples=7,
            batch_size=3,
            lr=0.03125,
            seed=1,
            parts=(Clipping(max_norm=0.1), OtherLoss(), NameTaken()),
        ),
        Training(
            epochs=3,
            samples=5,
            batch_size=2,
            lr=0.02,
            seed=2,
            parts=(Clipping(max_norm=100.0), LoaderFailure(epoch=1, batch=2)),
        ),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            seed=3,
            parts=(Clipping(max_norm=0.5), LoaderFailure(epoch=1, batch=1, error="KeyboardInterrupt")),
        ),
        Training(
            epochs=2,
            samples=3,
            batch_size=2,
            parts=(Clipping(max_norm=0.5), LoaderFailure(epoch=0, batch=0)),
        ),
        # The loader raises before the epoch's first batch: what came before is completed.
        Training(
            epochs=2,
            samples=3,
            batch_size=2,
            seed=12,
            parts=(Clipping(max_norm=0.5), LoaderFailure(epoch=1, batch=0)),
        ),
    ],
)


@check
def test_the_loss_is_logged(expect: Expect, case: Training, trace: Trace) -> None:
    """`Loss/Train` is the mean loss over the samples of each completed epoch."""
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in trace.epochs[: case.completed]])


@check
def test_weights_are_logged(expect: Expect, case: Training, trace: Trace) -> None:
    """`Weights/<p>` is a histogram of each parameter after each completed epoch."""
    epochs = trace.epochs[: case.completed]
    for name in trace.epochs[0].weights:
        expect.curve(f"Weights/{name}", [epoch.weights[name] for epoch in epochs])


@check
def test_gradients_are_logged(expect: Expect, case: Training, trace: Trace) -> None:
    """`Gradients/<p>` is a histogram of each gradient of the epoch's last batch, before clipping."""
    epochs = trace.epochs[: case.completed]
    for name in trace.epochs[0].gradients:
        expect.curve(f"Gradients/{name}", [epoch.gradients[name] for epoch in epochs])


@check
def test_the_norm_is_logged(expect: Expect, case: Training, trace: Trace) -> None:
    """`Gradient/Norm` is the norm of all these gradients together, before clipping."""
    expect.curve("Gradient/Norm", [epoch.gradient_norm for epoch in trace.epochs[: case.completed]])


@check
def test_the_run_is_in_order(expect: Expect, case: Training) -> None:
    """One run directory by the convention, its path returned, one writer, closed."""
    expect.run_in_order(case)
