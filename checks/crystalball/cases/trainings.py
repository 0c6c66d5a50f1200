"""How trainings are drawn: the plain loop, then each part that an exercise adds, by a function of its own.

Such a function is given `Draw` and the training as it is so far, and returns its part; `None` where the
case shall have none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from crystalball.cases.drawing import RATES, Cases, Draw
from crystalball.cases.inside.parts import (
    PLACES,
    SCHEDULES,
    AnyPart,
    Break,
    Cadence,
    Clipping,
    Dashboard,
    Drawing,
    EarlyStop,
    Hyperparameters,
    Interruptions,
    Live,
    LoaderFailure,
    Schedule,
    SecondRank,
    SpoiltBatch,
    Sweep,
    Validation,
)
from crystalball.cases.inside.training import Training
from crystalball.curriculum.manifest import curriculum

SWEPT = (*RATES[:4], 0.05000001)
"""Learning rates of a sweep; two of them print alike with few digits."""

STEADY = RATES[:3]
"""Learning rates that are worth a training, and keep it steady."""

RISING = (0.5, 2.0, 4.0)
"""Learning rates at which a generator's validation loss rises now and then, but stays steady."""

ERRORS = ("RuntimeError", "KeyboardInterrupt", "OSError")
"""What ends a call: those of a program, of its user, and of its surroundings."""

CONFIGS: tuple[dict[str, Any], ...] = (
    {"lr": 0.05, "layers": [8, 16], "note": "baseline"},
    {"optimizer": {"name": "sgd", "nesterov": False}, "seed": None, "layers": [8, 16], "tags": []},
    {"name": 'the "first" run', "warm": True},
)
"""Configurations of exercise 14: nested, and with what JSON spells in another way than Python."""

HPARAMS: tuple[dict[str, Any], ...] = (
    {"lr": 0.05, "batch_size": 4, "optimizer": "sgd", "shuffle": False},
    {"lr": 0.01, "layers": ["conv", 16], "note": "with, a comma"},
    {"depth": 2, "augment": True, "name": "a"},
)
"""Hyperparameters of exercise 15: numbers, strings, booleans, and a list."""


DrawPart = Callable[[Draw, Training], AnyPart | None]


def trainings(
    *parts: DrawPart,
    pinned: Sequence[Training],
    epochs: tuple[int, int] = (1, 3),
    rates: Sequence[float] = STEADY,
    momentum: float = 0.0,
    at_once: int = 1,
) -> Cases:
    """Cases of a training function: at most the manifest's `max_steps`, often with a smaller last batch.

    Args:
        parts: the functions that draw what the exercise adds, in this order.
        pinned: the cases chosen by hand.
        epochs: the fewest, and the most.
        rates: the learning rates.
        momentum: of the optimizer.
        at_once: trainings of a case, at most, which share the steps.
    """

    def draw_training(draw: Draw) -> Training:
        training = _plain(draw, epochs, rates, momentum, curriculum().max_steps // at_once)
        for draw_part in parts:
            if part := draw_part(draw, training):
                training = training.with_part(part)
        return training

    return Cases(tuple(pinned), draw_training)


def _plain(
    draw: Draw, epochs: tuple[int, int], rates: Sequence[float], momentum: float, most_steps: int
) -> Training:
    """The plain loop."""
    drawn = draw.number(*epochs)
    batches = draw.number(1, most_steps // drawn)
    samples, size = _samples(draw, batches)
    return Training(
        drawn, samples, size, lr=draw.one_of(rates), seed=draw.number(0, 999), momentum=momentum
    )


def _samples(draw: Draw, batches: int) -> tuple[int, int]:
    """Samples that make so many batches, the last of them perhaps smaller, and the batch size."""
    size = draw.number(1, 4)
    return (batches - 1) * size + draw.number(1, size), size


def loader_failure(draw: Draw, training: Training) -> LoaderFailure | None:
    """A failure of every other loader."""
    if not draw.perhaps():
        return None
    epoch, batch = draw.number(0, training.epochs - 1), draw.number(0, training.batches - 1)
    return LoaderFailure(epoch, batch, draw.one_of(ERRORS))


def spoilt_batch(draw: Draw, training: Training) -> SpoiltBatch | None:
    """A batch, now and then, whose loss is not finite."""
    if not draw.one_of((False, False, True)):
        return None
    return SpoiltBatch(draw.number(0, training.epochs - 1), draw.number(0, training.batches - 1))


def validation(draw: Draw, training: Training) -> Validation:
    """A small validation set."""
    return Validation(draw.number(1, 9))


def schedule(draw: Draw, training: Training) -> Schedule:
    """Any schedule, of one rate for all parameters."""
    return Schedule(draw.one_of(SCHEDULES))


def schedule_from_the_rate(draw: Draw, training: Training) -> Schedule:
    """A schedule that begins with the optimizer's own rate."""
    return Schedule(draw.one_of([name for name in SCHEDULES if name != "onecycle"]))


def schedule_of_groups(draw: Draw, training: Training) -> Schedule:
    """Any schedule, sometimes of two rates."""
    return Schedule(draw.one_of(SCHEDULES), head_lr=draw.one_of((0.0, 0.03)))


def live(draw: Draw, training: Training) -> Live:
    """Somebody who looks while it trains."""
    return Live()


def sweep(draw: Draw, training: Training) -> Sweep:
    """A sweep over two or three rates."""
    return Sweep(draw.some_of(SWEPT, 2, 3))


def cadence(draw: Draw, training: Training) -> Cadence:
    """A cadence that may be longer than an epoch, or than the training."""
    return Cadence(draw.number(1, 7))


def clipping(draw: Draw, training: Training) -> Clipping:
    """Clipping to a norm that clips always, often or never."""
    return Clipping(draw.one_of((0.1, 0.5, 2.0, 100.0)))


def clipping_and_frozen(draw: Draw, training: Training) -> Clipping:
    """The same; sometimes the first layer is frozen."""
    return msgspec.structs.replace(clipping(draw, training), frozen=draw.perhaps())


def drawing(draw: Draw, training: Training) -> Drawing:
    """A generator that draws so often, or only at the first and the last epoch."""
    return Drawing(draw.number(1, 5))


def dashboard(draw: Draw, training: Training) -> Dashboard:
    """A dashboard with one of `CONFIGS`."""
    return Dashboard(draw.one_of(CONFIGS))


def hyperparameters(draw: Draw, training: Training) -> Hyperparameters:
    """Hyperparameters: one of `HPARAMS`."""
    return Hyperparameters(draw.one_of(HPARAMS))


def early_stop(draw: Draw, training: Training) -> EarlyStop:
    """A patience that a short training can use up."""
    return EarlyStop(draw.number(1, 3))


def second_rank(draw: Draw, training: Training) -> SecondRank:
    """A rank with other samples, in as many batches of perhaps another size."""
    return SecondRank(*_samples(draw, training.batches))


def interruptions(draw: Draw, training: Training) -> Interruptions:
    """One or two interruptions, each inside an epoch or just after a checkpoint."""
    error, breaks, left = draw.one_of(ERRORS), [], training.epochs
    for _ in range(draw.number(1, 2)):
        where = draw.one_of(PLACES)
        saves = where == "save"
        if left - saves < 1:
            break
        epoch = draw.number(0, left - 1 - saves)
        breaks.append(Break(epoch, draw.number(0, training.batches - 1), where))
        left -= epoch + saves
    return Interruptions(tuple(breaks), error)
