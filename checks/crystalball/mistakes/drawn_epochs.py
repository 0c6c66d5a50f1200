"""Mistakes in when sprites are drawn: after other epochs than those that were asked for."""

from __future__ import annotations

from collections.abc import Container, Iterator, Set

from crystalball.cases.inside.parts import Drawing, EarlyStop
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.mistakes.ends_of_curves import last_twice
from crystalball.mistakes.language import Points
from crystalball.mistakes.series import Quantity, Series
from crystalball.outcomes.end import Raised
from crystalball.outcomes.outcome import Curve, Outcome
from crystalball.reading.pictures import sprites
from crystalball.reading.values import Value

SPRITES = "Sprites/Generated"


def _drawn_after_the_loop(points: Points, series: Series) -> Points:
    """The last drawing once more, where it was one of the loop's already."""
    drawing = series.training.find(Drawing) if series.training and not series.training.error else None
    due = points and drawing and (points[-1][0] == 1 or points[-1][0] % drawing.every == 0)
    return points + points[-1:] if due else points


last_twice.single([_drawn_after_the_loop], Quantity.THING)


def _drawable(context: Context) -> int:
    """The last completed epoch after which something can be drawn: its loss is finite."""
    training, epochs = context.training, context.trace.epochs
    done = epochs if training.completed == training.epochs else epochs[: training.completed]
    return max((number for number, epoch in enumerate(done, start=1) if epoch.drawings), default=0)


def drawn_steps(context: Context, most: int | None = None) -> list[int]:
    """The epochs after which is drawn.

    Args:
        context: of the case.
        most: the last that may be; without it, the last after which something can be drawn.
    """
    every, last = context.training.part(Drawing).every, len(context.trace.epochs)
    steps = range(1, 1 + (_drawable(context) if most is None else most))
    return [step for step in steps if step in (1, last) or step % every == 0]


@mistake(
    Aspect.STEP,
    "The drawings do not stand at just those epochs that were asked for.",
    "Draw after the first epoch, after each multiple of `every`, and after the last one: "
    "`epoch == 1 or epoch % every == 0 or last`, where `epoch` counts from 1.",
)
def wrong_epochs(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Some are missing, too many, or counted from 0."""
    every, last = context.training.part(Drawing).every, len(context.trace.epochs)
    multiples, from_zero = _epochs(context, every, 0), _epochs(context, every, 1 % every)
    for steps in (
        _epochs(context, 1, 0),
        multiples,
        multiples | {last},
        from_zero,
        from_zero | {last},
        {1, last},
        {last},
        {1},
    ):
        yield _drawn_at(truth, context, steps)
    for more in ({2}, {2, last}, set(), {last}):
        yield drawn_from_zero(truth, context, more)


@mistake(
    Aspect.STEP,
    "The last epoch has no drawing.",
    "Draw after the last epoch, too. That is `epochs`, or the one at which you stop early: leave the loop "
    "after you drew.",
)
def last_drawing_missing(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """None after the last, a multiple or not; or only where that is the last; or where patience ran out."""
    multiples = _epochs(context, context.training.part(Drawing).every, 0)
    yield _drawn_at(truth, context, multiples | {1})
    yield _drawn_at(truth, context, multiples | {1, context.training.epochs})
    yield _drawn_at(truth, context, {1} | multiples - {context.training.epochs})
    last = len(context.trace.epochs)
    ended = context.training.find(EarlyStop) and not any(isinstance(end, Raised) for end in truth.ends)
    for out in (last < context.training.epochs, context.trace.impatient):  # it breaks before it draws
        yield _drawn_at(truth, context, (multiples | {1}) - {last}) if ended and out else truth


def _epochs(context: Context, every: int, rest: int) -> set[int]:
    """The epochs after which something can be drawn whose number leaves a rest."""
    return {step for step in range(1, _drawable(context) + 1) if step % every == rest}


def _drawn_at(truth: Outcome, context: Context, steps: Set[int]) -> Outcome:
    """The truth with drawings at other steps.

    What was drawn where it should be stays as it is, so that this composes with how it was shown.
    """
    drawn = {
        step: sprites(context.trace.epochs[step - 1].drawings) for step in steps & _epochs(context, 1, 0)
    }
    return truth.map_curves(
        lambda curve: curve.with_points((drawn | _kept(curve, drawn)).items()), [SPRITES]
    )


def drawn_from_zero(truth: Outcome, context: Context, more: Set[int]) -> Outcome:
    """The truth with the drawings of a program that counts epochs from 0, when it draws and as steps.

    Args:
        truth: in which they stand at their epochs, counted from 1.
        context: of the case.
        more: epochs that it draws besides, counted from 1.
    """
    every = context.training.part(Drawing).every
    drawn = _drawn_at(truth, context, _epochs(context, every, 1 % every) | more)
    return drawn.map_points(lambda step, value: (step - 1, value), [SPRITES])


def _kept(curve: Curve, steps: Container[int]) -> dict[int, Value]:
    return {step: value for step, value in curve.points if step in steps}
