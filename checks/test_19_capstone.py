"""Exercise 19: the capstone."""

import json
import math

from crystalball.cases.drawing import HPARAMS as EXAMPLES
from crystalball.cases.drawing import trainings
from crystalball.cases.inside.case import Training
from crystalball.oracle.trace import Epoch, Trace
from crystalball.outcomes.end import LOADER_ERROR
from crystalball.outcomes.expect import Expect, check
from crystalball.reading.pictures import sprites
from crystalball.reading.values import GRAPH, HPARAMS, LAYOUT, Graph, Hparams, Json, Layout

CHOSEN = json.dumps(EXAMPLES[1])

CASES = trainings(
    stopping=True,
    drawing=True,
    validating=True,
    scheduled=True,
    clipping=True,
    tuned=True,
    pinned=[
        Training(
            6,
            5,
            4,
            4.0,
            17,
            patience=2,
            val_samples=3,
            schedule="exponential",
            max_norm=0.5,
            every=2,
            hparams=CHOSEN,
        ),
        Training(
            5,
            5,
            4,
            2.0,
            2,
            momentum=0.9,
            patience=1,
            val_samples=3,
            schedule="exponential",
            max_norm=2.0,
            every=4,
            hparams=CHOSEN,
            tied=True,
        ),
        Training(
            3, 7, 3, 0.5, patience=2, val_samples=5, schedule="step", max_norm=0.2, every=2, hparams=CHOSEN
        ),
        Training(
            5,
            2,
            2,
            4.0,
            882,
            patience=2,
            val_samples=5,
            schedule="cosine",
            max_norm=0.5,
            every=3,
            hparams=CHOSEN,
        ),
        Training(
            4,
            5,
            4,
            0.5,
            patience=2,
            val_samples=3,
            schedule="cosine",
            max_norm=1.0,
            every=3,
            spoilt=(1, 1),
            infinite=True,
            hparams=CHOSEN,
        ),
        Training(
            2,
            5,
            2,
            0.5,
            1,
            patience=3,
            val_samples=3,
            schedule="step",
            max_norm=1.0,
            every=1,
            spoilt=(0, 2),
            hparams=CHOSEN,
        ),
        Training(
            2,
            5,
            4,
            0.5,
            patience=2,
            val_samples=3,
            schedule="step",
            max_norm=1.0,
            every=1,
            fails_at=(1, 1),
            error="KeyboardInterrupt",
            only_end=True,
            hparams=CHOSEN,
        ),
    ],
)


def finite(trace: Trace) -> list[Epoch]:
    """The epochs whose loss is finite: all, or all but the last."""
    return [epoch for epoch in trace.epochs if math.isfinite(epoch.mean_loss)]


def failed(trace: Trace) -> bool:
    """Whether the last epoch's loss is not finite."""
    return len(finite(trace)) < len(trace.epochs)


@check
def test_the_losses_are_logged(expect: Expect, trace: Trace) -> None:
    """`Loss/Batch`, `Loss/Train` and `Loss/Validation` hold every batch and epoch that was trained."""
    expect.curve("Loss/Batch", [batch.loss for batch in trace.batches])
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in trace.epochs])
    expect.curve("Loss/Validation", [epoch.validation.mean_loss for epoch in trace.epochs])


@check
def test_the_rate_is_logged(expect: Expect, trace: Trace) -> None:
    """`LearningRate` is that which the optimizer used in each epoch."""
    expect.curve("LearningRate", [epoch.rates[0] for epoch in trace.epochs])


@check
def test_weights_and_gradients_are_logged(expect: Expect, trace: Trace) -> None:
    """`Weights/<p>`, `Gradients/<p>` and `Gradient/Norm` tell of each epoch, before clipping."""
    expect.curve("Gradient/Norm", [epoch.gradient_norm for epoch in trace.epochs])
    for name in trace.epochs[0].weights:
        expect.curve(f"Weights/{name}", [epoch.weights[name] for epoch in finite(trace)])
        expect.curve(f"Gradients/{name}", [epoch.gradients[name] for epoch in finite(trace)])


@check
def test_sprites_are_drawn(expect: Expect, case: Training, trace: Trace) -> None:
    """`Sprites/Generated` shows the latents after epoch 1, each multiple of `every`, and the last."""
    last = len(trace.epochs)
    steps = [n for n in range(1, len(finite(trace)) + 1) if n in (1, last) or n % case.every == 0]
    expect.curve("Sprites/Generated", [sprites(trace.epochs[n - 1].drawings) for n in steps], steps)


@check
def test_the_run_is_described(expect: Expect, case: Training, trace: Trace) -> None:
    """The model's graph, `Config` as JSON, and a chart of both losses stand in the run once."""
    expect.curve(GRAPH, [Graph(trace.modules)], [0], any_step=True)
    expect.curve("Config", [Json.of(json.loads(case.hparams))], [0])
    expect.curve(LAYOUT, [Layout((("Loss/Train", "Loss/Validation"),))], [0], any_step=True)


@check
def test_an_early_stop_is_recorded(expect: Expect, case: Training, trace: Trace) -> None:
    """`Stopped/Epoch` tells after which epoch the training stopped early, where it did."""
    epochs = len(trace.epochs)
    early = epochs < case.epochs and not failed(trace)
    expect.curve("Stopped/Epoch", [float(epochs)] * early, [epochs] * early)


@check
def test_the_hyperparameters_are_logged(expect: Expect, case: Training, trace: Trace) -> None:
    """`hparams` and the last epoch's losses as metrics stand there once the training is complete."""
    chosen = Hparams.of(json.loads(case.hparams), ["Final/Loss", "Final/Validation"])
    last, complete = trace.epochs[-1], not failed(trace)
    for tag, value in (
        (HPARAMS, chosen),
        ("Final/Loss", last.mean_loss),
        ("Final/Validation", last.validation.mean_loss),
    ):
        expect.curve(tag, [value] * complete, [0] * complete, any_step=True)


@check
def test_a_loss_that_is_not_finite_is_raised(expect: Expect, case: Training, trace: Trace) -> None:
    """`FloatingPointError`, or what a loader raises, reaches the caller; else the path is returned."""
    if case.fails_at:
        expect.raises(LOADER_ERROR)
    elif failed(trace):
        expect.raises("FloatingPointError")
    else:
        expect.returns_log_dir()


@check
def test_the_run_is_in_order(expect: Expect, case: Training) -> None:
    """One run directory by the convention, one writer, closed whatever happens."""
    expect.named_by_convention(case.lr)
    expect.one_closed_writer()
