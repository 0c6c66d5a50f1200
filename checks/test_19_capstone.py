"""Exercise 19: the capstone."""

import math
from typing import Any

from crystalball.cases.inside.parts import (
    AnyPart,
    Clipping,
    Drawing,
    EarlyStop,
    Hyperparameters,
    LoaderFailure,
    NameTaken,
    OtherLoss,
    Schedule,
    SpoiltBatch,
    Validation,
)
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import HPARAMS as EXAMPLES
from crystalball.cases.trainings import (
    RISING,
    clipping,
    drawing,
    early_stop,
    hyperparameters,
    schedule_from_the_rate,
    spoilt_batch,
    trainings,
    validation,
)
from crystalball.oracle.trace import Epoch, Trace
from crystalball.outcomes.end import LOADER_ERROR
from crystalball.outcomes.expect import Expect, check
from crystalball.reading.pictures import sprites
from crystalball.reading.values import GRAPH, HPARAMS, LAYOUT, Graph, Hparams, Json, Layout

CHOSEN = Hyperparameters(EXAMPLES[1])

ORDINARY: tuple[AnyPart, ...] = (
    Validation(samples=3),
    Schedule("step"),
    Clipping(max_norm=1.0),
    Drawing(every=1),
    CHOSEN,
    EarlyStop(patience=2),
)


def training(*special: AnyPart, samples: int = 5, batch_size: int = 4, **plain: Any) -> Training:
    """A training with all that the capstone has; special parts replace ordinary ones, or stand beside."""
    kinds = {type(part): part for part in special}
    parts = [kinds.pop(type(part), part) for part in ORDINARY]
    return Training(samples=samples, batch_size=batch_size, parts=(*parts, *kinds.values()), **plain)


# With seed 17 a histogram of `bins="auto"` has 300,000 of them by NumPy 1.26 and 2.0: more than is read.
STOPPED_EARLY = training(
    Schedule("exponential"), Clipping(max_norm=0.5), Drawing(every=2), epochs=6, lr=4.0, seed=66
)
EQUAL_IS_NO_PROGRESS = training(
    Validation(samples=3, tied=True),
    Schedule("exponential"),
    Clipping(max_norm=2.0),
    Drawing(every=4),
    EarlyStop(patience=1),
    epochs=5,
    lr=2.0,
    seed=2,
    momentum=0.9,
)
TRAINED_TO_THE_END = training(
    OtherLoss(),
    NameTaken(),
    Validation(samples=5),
    Clipping(max_norm=0.2),
    Drawing(every=2),
    epochs=3,
    samples=7,
    batch_size=3,
    lr=0.5,
)
PATIENCE_IN_A_ROW = training(
    Validation(samples=5),
    Schedule("cosine"),
    Clipping(max_norm=0.5),
    Drawing(every=3),
    epochs=5,
    samples=2,
    batch_size=2,
    lr=4.0,
    seed=882,
)
INFINITE_LOSS = training(
    Schedule("cosine"), Drawing(every=3), SpoiltBatch(epoch=1, batch=1, infinite=True), epochs=4, lr=0.5
)
NAN_AS_PATIENCE_RUNS_OUT = training(
    EarlyStop(patience=1), SpoiltBatch(epoch=0, batch=2), epochs=2, batch_size=2, lr=0.5, seed=1
)
NAN_IN_THE_VALIDATION = training(
    SpoiltBatch(epoch=1, batch=0, of_validation=True), epochs=5, samples=2, batch_size=2, lr=4.0, seed=66
)
INTERRUPTED_BY_ITS_USER = training(
    LoaderFailure(epoch=1, batch=1, error="KeyboardInterrupt"), epochs=2, lr=0.5
)
BROKEN_LOADER = training(LoaderFailure(epoch=1, batch=1), epochs=3, lr=0.5, seed=2)
BROKEN_AT_ITS_BEGIN = training(LoaderFailure(epoch=1, batch=0), epochs=2, lr=0.5, seed=4)
BROKEN_VALIDATION = training(
    LoaderFailure(epoch=0, batch=0, only_end=True, of_validation=True), epochs=2, lr=0.5, seed=3
)

CASES = trainings(
    validation,
    schedule_from_the_rate,
    clipping,
    drawing,
    hyperparameters,
    early_stop,
    spoilt_batch,
    epochs=(1, 6),
    rates=RISING,
    pinned=[
        STOPPED_EARLY,
        EQUAL_IS_NO_PROGRESS,
        TRAINED_TO_THE_END,
        PATIENCE_IN_A_ROW,
        INFINITE_LOSS,
        NAN_AS_PATIENCE_RUNS_OUT,
        NAN_IN_THE_VALIDATION,
        INTERRUPTED_BY_ITS_USER,
        BROKEN_LOADER,
        BROKEN_VALIDATION,
        BROKEN_AT_ITS_BEGIN,
    ],
)


def trained(case: Training, trace: Trace) -> list[Epoch]:
    """The epochs that were completed: all, or those before the loader raised."""
    return list(trace.epochs[: case.completed])


def finite(case: Training, trace: Trace) -> list[Epoch]:
    """Those of them whose loss is finite: all, or all but the last."""
    return [epoch for epoch in trained(case, trace) if math.isfinite(epoch.mean_loss)]


def complete(case: Training, trace: Trace) -> bool:
    """Whether the training came to its end, early or not, without an error."""
    return not case.find(LoaderFailure) and len(finite(case, trace)) == len(trace.epochs)


@check
def test_the_losses_are_logged(expect: Expect, case: Training, trace: Trace) -> None:
    """`Loss/Batch`, `Loss/Train` and `Loss/Validation` hold every batch and epoch that was trained."""
    epochs = trained(case, trace)
    if not case.find(LoaderFailure):  # the batches before it raises may be logged at once, or held back
        expect.curve("Loss/Batch", [batch.loss for batch in trace.batches])
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in epochs])
    expect.curve("Loss/Validation", [epoch.validation.mean_loss for epoch in epochs])


@check
def test_the_rate_is_logged(expect: Expect, case: Training, trace: Trace) -> None:
    """`LearningRate` is that which the optimizer used in each epoch."""
    if not case.find(LoaderFailure):  # that of an epoch may be logged as it begins
        expect.curve("LearningRate", [epoch.rates[0] for epoch in trace.epochs])


@check
def test_weights_and_gradients_are_logged(expect: Expect, case: Training, trace: Trace) -> None:
    """`Weights/<p>` after each epoch; `Gradients/<p>` and `Gradient/Norm` of its last batch, unclipped."""
    expect.curve("Gradient/Norm", [epoch.gradient_norm for epoch in trained(case, trace)])
    for name in trace.epochs[0].weights:
        expect.curve(f"Weights/{name}", [epoch.weights[name] for epoch in finite(case, trace)])
        expect.curve(f"Gradients/{name}", [epoch.gradients[name] for epoch in finite(case, trace)])


@check
def test_sprites_are_drawn(expect: Expect, case: Training, trace: Trace) -> None:
    """`Sprites/Generated` shows the latents after epoch 1, each multiple of `every`, and the last."""
    every, last = case.part(Drawing).every, len(trace.epochs)
    steps = [n for n in range(1, len(finite(case, trace)) + 1) if n in (1, last) or n % every == 0]
    expect.curve("Sprites/Generated", [sprites(trace.epochs[n - 1].drawings) for n in steps], steps)


@check
def test_the_run_is_described(expect: Expect, case: Training, trace: Trace) -> None:
    """The model's graph, `Config` as JSON, and a chart of both losses stand in the run once."""
    if case.find(LoaderFailure):  # they may be logged at last
        return
    expect.curve(GRAPH, [Graph(trace.modules)], [0], any_step=True)
    expect.curve("Config", [Json.of(case.part(Hyperparameters).hparams)], [0])
    expect.curve(LAYOUT, [Layout((("Loss/Train", "Loss/Validation"),))], [0], any_step=True)


@check
def test_an_early_stop_is_recorded(expect: Expect, case: Training, trace: Trace) -> None:
    """`Stopped/Epoch` tells after which epoch the training stopped early, where it did."""
    epochs = len(trace.epochs)
    early = epochs < case.epochs and complete(case, trace)
    expect.curve("Stopped/Epoch", [float(epochs)] * early, [epochs] * early)


@check
def test_the_hyperparameters_are_logged(expect: Expect, case: Training, trace: Trace) -> None:
    """`hparams` and the last epoch's losses as metrics stand there once the training is complete."""
    chosen = Hparams.of(case.part(Hyperparameters).hparams, ["Final/Loss", "Final/Validation"])
    last, once = trace.epochs[-1], complete(case, trace)
    for tag, value in (
        (HPARAMS, chosen),
        ("Final/Loss", last.mean_loss),
        ("Final/Validation", last.validation.mean_loss),
    ):
        expect.curve(tag, [value] * once, [0] * once, any_step=True)


@check
def test_a_loss_that_is_not_finite_is_raised(expect: Expect, case: Training, trace: Trace) -> None:
    """`FloatingPointError`, or what a loader raises, reaches the caller; else the path is returned."""
    if case.find(LoaderFailure):
        expect.raises(LOADER_ERROR)
    elif complete(case, trace):
        expect.returns_log_dir()
    else:
        expect.raises("FloatingPointError")


@check
def test_the_run_is_in_order(expect: Expect, case: Training) -> None:
    """One run directory by the convention, one writer, closed whatever happens."""
    expect.named_by_convention(case.lr)
    expect.one_closed_writer()
