"""Mistakes in drawings: what was drawn, how it was shown, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from crystalball.cases.inside.parts import Drawing, LoaderFailure
from crystalball.mistakes.catalogue import Aspect, Context, mistake, training_mistake
from crystalball.mistakes.drawn_epochs import SPRITES, drawn_steps
from crystalball.oracle.flaws import Flaw
from crystalball.oracle.trace import Epoch
from crystalball.outcomes.end import Raised
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.reading.pictures import Picture, Sprites, as_array, rescaled, sprites, to_picture

training_mistake(
    "drawn_in_train_mode",
    Flaw.DRAWN_IN_TRAIN_MODE,
    needs=Drawing,
    why="The sprites were drawn in training mode: batch norm used the statistics of the few latents, and "
    "learned from them.",
    next="Call `generator.eval()`, draw, and call `generator.train()` before you go on training; "
    "`torch.no_grad()` alone is not evaluation mode.",
)
training_mistake(
    "left_in_eval_mode",
    Flaw.LEFT_IN_EVAL_MODE,
    Flaw.DECODER_LEFT_IN_EVAL_MODE,
    Flaw.ENCODER_LEFT_IN_EVAL_MODE,
    needs=Drawing,
    why="After the first drawing the generator, or a part of it, stayed in evaluation mode, also while it "
    "was trained.",
    next="Call `generator.train()` after the drawing, before you go on training.",
)


def _drawn_early(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """What such a training draws; the epoch in which a loader raises was drawn before that."""
    step = context.training.completed + 1
    more = context.training.find(LoaderFailure) is not None and step in drawn_steps(context, step)
    points = [(step, sprites(context.trace.epochs[step - 1].drawings))] if more else []
    yield truth.map_curves(lambda curve: curve.with_points([*curve.points, *points]), [SPRITES])


training_mistake(
    "drawn_by_first_weights",
    Flaw.DRAWN_BY_FIRST_WEIGHTS,
    needs=Drawing,
    why="All pictures show what the generator drew before it was trained, as a copy of it does.",
    next="Draw with the very model that is trained: a copy, such as `deepcopy` makes, learns nothing.",
)
training_mistake(
    "drawn_before_the_epoch",
    Flaw.DRAWN_BEFORE_THE_EPOCH,
    needs=Drawing,
    why="Each picture shows the sprites from before its epoch, not from after it.",
    next="Draw when the loop over the batches is over, with the step of the epoch that is completed.",
    predict=_drawn_early,
)


def _drawn(truth: Outcome, context: Context, draw: Callable[[Epoch], Sprites | Picture]) -> Outcome:
    """The truth with other pictures at the same steps."""
    epochs = context.trace.epochs
    drawn = {step for step, epoch in enumerate(epochs, start=1) if epoch.drawings}

    def redrawn(curve: Curve) -> Curve:
        steps = curve.steps if drawn.issuperset(curve.steps) else drawn_steps(context)
        return curve.with_values([draw(epochs[step - 1]) for step in steps])

    return truth.map_curves(redrawn, [SPRITES])


def _shown(truth: Outcome, context: Context, shown: Callable[[Any], Any]) -> Outcome:
    """The truth with the drawings shown in another way."""
    return _drawn(truth, context, lambda epoch: sprites(epoch.drawings, shown))


def _scrambled(drawing: Any) -> Any:
    """The numbers of channels, rows and columns read as those of rows, columns and channels."""
    return rescaled(drawing).transpose(2, 0, 1).reshape(drawing.shape)


def _scrambled_back(drawing: Any) -> Any:
    """The other way round."""
    height, width, channels = drawing.shape
    return rescaled(drawing).reshape(channels, height, width).transpose(1, 2, 0)


def _scrambled_strip(epoch: Epoch, axis: int) -> Picture:
    """All sprites in a row or a column, whose channels were moved by a `reshape`."""
    import numpy

    strip = numpy.concatenate([rescaled(as_array(drawing)) for drawing in epoch.drawings], axis=axis)
    return to_picture(strip.transpose(2, 0, 1).reshape(strip.shape))


@mistake(
    Aspect.VALUE,
    "The channels do not stand where TensorBoard looks for them: PyTorch has them first, (N, 3, height, "
    "width).",
    "Give the drawings to `add_images` with their axes as the decoder returns them. To move the "
    "channels takes `permute`; `reshape` and `view` mix the pixels. If you move them, and only then, "
    "say so with `dataformats`.",
)
def channels_last(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Scrambled sprites, a scrambled strip, or a call that raises: no picture has sixteen channels."""
    yield _shown(truth, context, _scrambled)
    yield _shown(truth, context, _scrambled_back)
    for axis in (1, 0):
        yield _drawn(truth, context, partial(_scrambled_strip, axis=axis))
    example = replace(truth, runs=(), ends=(Raised("AssertionError"),))
    raised = context.if_raised("AssertionError", "TypeError") or example
    yield raised if context.training.completed else truth  # nothing is drawn before an epoch is completed


@mistake(
    Aspect.VALUE,
    "The drawings were not brought from [-1, 1] to [0, 1] by `(x + 1) / 2`: TensorBoard shows what is "
    "below 0 as black, and what is above 1 as white.",
    "Show `(x + 1) / 2`, with the brackets.",
)
def unscaled(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """From -1 to 1, or the half that is left of it."""
    yield _shown(truth, context, lambda drawing: drawing)
    yield _shown(truth, context, lambda drawing: drawing / 2)
    yield _shown(truth, context, lambda drawing: drawing + 1)
    yield _shown(truth, context, lambda drawing: drawing + 0.5)
    yield _shown(truth, context, lambda drawing: drawing.clip(0, 1))


def _stretched(drawings: Any) -> Any:
    low, high = drawings.min(), drawings.max()
    return (drawings - low) / (high - low)


def _all_stretched(epoch: Epoch) -> Sprites:
    low, high = min(map(min, epoch.drawings)), max(map(max, epoch.drawings))
    return sprites(epoch.drawings, lambda drawing: (drawing - low) / (high - low))


@mistake(
    Aspect.VALUE,
    "The colours were stretched to what is darkest and lightest in the drawing, or in all of them: a "
    "drawing's own range is [-1, 1], whatever it holds.",
    "Show `(x + 1) / 2`; leave out what normalizes, such as `make_grid(…, normalize=True)`.",
)
def stretched_to_its_range(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """To the ends of all drawings, or of each."""
    yield _drawn(truth, context, _all_stretched)
    yield _shown(truth, context, _stretched)


def _mixed(epoch: Epoch, rows: int) -> Picture:
    """All sprites, one after the other, read as the numbers of one picture with so many rows."""
    import numpy

    images = numpy.stack([rescaled(as_array(drawing)).transpose(2, 0, 1) for drawing in epoch.drawings])
    return to_picture(images.reshape(3, rows, -1).transpose(1, 2, 0))


@mistake(
    Aspect.VALUE,
    "The pixels of the sprites were mixed: `reshape` and `view` move no axis, they only cut the same row "
    "of numbers into other pieces.",
    "Give all drawings to `add_images`, which lays them side by side, or use `torch.cat([*images], "
    "dim=-1)`.",
)
def mixed_by_reshape(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """As many numbers, as a picture that is wide or high."""
    height = int((len(context.trace.epochs[0].drawings[0]) / 3) ** 0.5) if drawn_steps(context) else 1
    count = len(context.trace.epochs[0].drawings) if drawn_steps(context) else 1
    yield _drawn(truth, context, partial(_mixed, rows=height))
    yield _drawn(truth, context, partial(_mixed, rows=height * count))


@mistake(
    Aspect.VALUE,
    "The drawings were scaled to 0 to 255, but a float should be from 0 to 1: almost all is white.",
    "Leave them from 0 to 1, `(x + 1) / 2`: TensorBoard makes bytes of it. Or hand over bytes, numbers "
    "of the type `uint8`.",
)
def scaled_to_255(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Scaled once too often."""
    yield _shown(truth, context, lambda drawing: rescaled(drawing) * 255)


@mistake(
    Aspect.VALUE,
    "The picture is black: its numbers, from 0 to 1, were cut to whole ones, or divided by 255.",
    "Hand over the floats `(x + 1) / 2` as they are. Who wants bytes scales first and cuts then: "
    "`((x + 1) * 127.5).to(torch.uint8)`.",
)
def all_black(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Nothing of 1/255 is left."""
    yield _shown(truth, context, lambda drawing: drawing * 0)


@mistake(
    Aspect.VALUE,
    "The pictures do not hold the sprites that a generator, trained as asked, then draws of the given "
    "latents: they are of other latents, of another generator (such as an older copy), no drawings at "
    "all, or their pixels were changed.",
    "Where the losses are right, look at what is shown and at how: `(x + 1) / 2` of "
    "`generator.decoder(latents)`, after each epoch anew, of the very latents that were given; not "
    "resized, not turned, nor its pixels moved.",
    last_resort=True,
)
def fresh_latents(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Pictures that nothing else explains, adopted from the observation in their order or by steps."""
    if context.seen is None:
        yield _shown(truth, context, lambda drawing: rescaled(-drawing))
        return
    seen = context.seen_curve(SPRITES)
    pictures = seen.points and all(isinstance(value, Picture) for value in seen.values)
    by_step = dict(seen.points)

    def shown(curve: Curve) -> Curve:
        if len(curve.points) == len(seen.points):
            return curve.with_values(seen.values)
        return curve.map(lambda step, value: (step, by_step.get(step, value)))

    yield truth.map_curves(shown, [SPRITES]) if pictures else truth


@mistake(
    Aspect.VALUE,
    "The picture shows one of the sprites only, not all of them.",
    "Decode all of the latents, and give all drawings to `add_images`, which lays them side by side.",
)
def one_sprite_for_all(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The first, or the last."""
    yield _drawn(truth, context, lambda epoch: sprites(epoch.drawings[:1]))
    yield _drawn(truth, context, lambda epoch: sprites(epoch.drawings[-1:]))


@mistake(
    Aspect.TAG,
    "Each sprite became a picture of its own, where one was asked for that shows them all.",
    "One picture for each epoch that is drawn, with all sprites in it, by the writer of the run: "
    "`writer.add_images(tag, drawings, global_step=epoch)`.",
)
def sprites_batched_as_runs(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Other tags or runs, or several pictures at one step."""
    apart = truth.without([SPRITES])
    strange = _strange_pictures(context)
    several = len(strange) > 1 and not _one_an_epoch(strange, context)
    yield apart if context.seen is None or several else truth
    singles = [
        (step, sprites([drawing]))
        for step in drawn_steps(context)
        for drawing in context.trace.epochs[step - 1].drawings
    ]
    yield truth.with_points(SPRITES, singles)
    names = {run.name for run in truth.runs}
    others = tuple(
        run
        for run in context.seen_runs
        if "Loss/Train" not in run.curves and run.name not in names and _shows_pictures(run)
    )
    yield replace(apart, runs=apart.runs + others) if others else truth


@mistake(
    Aspect.TAG,
    "The picture of each epoch stands under a tag of its own: nobody can slide from one epoch to the next.",
    "One tag for all, `Sprites/Generated`; it is `global_step` that tells the epochs apart.",
)
def tag_for_each_epoch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """As many other tags as drawings, with one picture each."""
    apart = context.seen is None or _one_an_epoch(_strange_pictures(context), context)
    yield truth.without([SPRITES]) if apart else truth


def _strange_pictures(context: Context) -> list[Curve]:
    """The curves of pictures under other tags than the one that was asked for."""
    return [
        curve
        for run in context.seen_runs
        for tag, curve in run.curves.items()
        if tag != SPRITES and all(isinstance(value, Picture) for value in curve.values)
    ]


def _shows_pictures(run: Run) -> bool:
    return any(isinstance(value, Picture) for curve in run.curves.values() for value in curve.values)


def _one_an_epoch(pictures: Sequence[Curve], context: Context) -> bool:
    """Whether there is one for each drawing."""
    return len(pictures) == len(drawn_steps(context)) and all(len(one.points) == 1 for one in pictures)
