"""Mistakes in drawings: what was drawn, how it was shown, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from crystalball.mistakes.catalogue import Slot, World, mistake, training_mistake
from crystalball.outcome import Curve, End, Outcome, Run
from crystalball.pictures import Picture, Sprites, rescaled, sprites
from crystalball.trace import Epoch

SPRITES = "Sprites/Generated"

training_mistake(
    "drawn_in_train_mode",
    "drawn in train mode",
    why="The sprites were drawn in training mode: batch norm used the statistics of the few latents, and "
    "learned from them.",
    next="Call `generator.eval()` before you draw, and `generator.train()` before you go on training.",
)
training_mistake(
    "left_in_eval_mode",
    "left in eval mode",
    why="After the first drawing the generator stayed in evaluation mode, also while it was trained.",
    next="Call `generator.train()` at the start of each epoch.",
)


def _steps(world: World) -> list[int]:
    every, epochs = world.training.every, world.training.epochs
    return [step for step in range(1, epochs + 1) if step in (1, epochs) or step % every == 0]


def _drawn(truth: Outcome, world: World, draw: Callable[[Epoch], Sprites]) -> Outcome:
    """The truth with other pictures at the same steps."""
    epochs = world.trace.epochs
    return truth.with_values(SPRITES, [draw(epochs[step - 1]) for step in _steps(world)])


def _shown(truth: Outcome, world: World, shown: Callable[[Any], Any]) -> Outcome:
    """The truth with the drawings shown in another way."""
    return _drawn(truth, world, lambda epoch: sprites(epoch.drawings, shown))


def _scrambled(drawing: Any) -> Any:
    """The numbers of channels, rows and columns read as those of rows, columns and channels."""
    return rescaled(drawing).transpose(2, 0, 1).reshape(drawing.shape)


@mistake(
    Slot.VALUE,
    "The channels do not stand where TensorBoard looks for them: PyTorch has them first, (N, 3, height, "
    "width).",
    "Give the drawings to `add_images` as the decoder returns them; if you move the channels, say so with "
    '`dataformats="NHWC"`.',
)
def channels_last(truth: Outcome, world: World) -> Iterator[Outcome]:
    """Scrambled pictures, or a call that raises since no picture has sixteen channels."""
    yield _shown(truth, world, _scrambled)
    refused = world.seen is not None and any(
        end.how == "raised" and end.what in ("AssertionError", "TypeError") for end in world.seen.ends
    )
    example = replace(truth, runs=(), ends=(End("raised", "AssertionError"),))
    yield world.seen if refused and world.seen else example


@mistake(
    Slot.VALUE,
    "The drawings were shown as they are, from -1 to 1: all that is negative became black.",
    "Bring them to the range from 0 to 1 first: `(x + 1) / 2`.",
)
def unscaled(truth: Outcome, world: World) -> Iterator[Outcome]:
    """From -1 to 1, or the half that is left of it."""
    yield _shown(truth, world, lambda drawing: drawing)
    yield _shown(truth, world, lambda drawing: drawing / 2)
    yield _shown(truth, world, lambda drawing: drawing + 1)


@mistake(
    Slot.VALUE,
    "The drawings were scaled to 0 to 255, but a float should be from 0 to 1: almost all is white.",
    "Leave them from 0 to 1, `(x + 1) / 2`: TensorBoard makes bytes of it.",
)
def scaled_to_255(truth: Outcome, world: World) -> Iterator[Outcome]:
    """Scaled once too often."""
    yield _shown(truth, world, lambda drawing: rescaled(drawing) * 255)
    yield _shown(truth, world, lambda drawing: drawing * 255)


@mistake(
    Slot.VALUE,
    "The pictures show other sprites than those of the given latents.",
    "Draw `generator.decoder(latents)` with the very latents that were given, each time: no new random "
    "numbers, no sprites of the loader.",
    vague=True,
)
def fresh_latents(truth: Outcome, world: World) -> Iterator[Outcome]:
    """Pictures that nothing else explains, at the right steps; adopted from the observation."""
    if world.seen is None:
        yield _shown(truth, world, lambda drawing: rescaled(-drawing))
        return
    seen = world.seen_curve(SPRITES).values
    pictures = seen and all(isinstance(value, Picture) for value in seen)
    yield truth.with_values(SPRITES, seen) if pictures else truth


@mistake(
    Slot.VALUE,
    "The picture shows one of the sprites only, not all of them.",
    "`add_images` takes all drawings at once and lays them side by side; `add_image` takes a single one.",
)
def one_sprite_for_all(truth: Outcome, world: World) -> Iterator[Outcome]:
    """The first, or the last."""
    yield _drawn(truth, world, lambda epoch: sprites(epoch.drawings[:1]))
    yield _drawn(truth, world, lambda epoch: sprites(epoch.drawings[-1:]))


@mistake(
    Slot.STEP,
    "The drawings stand at other epochs than those that were asked for.",
    "Draw after the first epoch, after each multiple of `every`, and after the last: "
    "`epoch == 1 or epoch % every == 0 or epoch == epochs`.",
)
def wrong_epochs(truth: Outcome, world: World) -> Iterator[Outcome]:
    """Some are missing, too many, or counted from 0."""
    every, last = world.training.every, world.training.epochs
    epochs = range(1, last + 1)
    multiples = {step for step in epochs if step % every == 0}
    from_zero = {step for step in epochs if (step - 1) % every == 0}
    for steps in (
        set(epochs),
        multiples,
        multiples | {1},
        multiples | {last},
        from_zero,
        from_zero | {last},
        {1, last},
        {last},
        {1},
    ):
        drawn = [(step, sprites(world.trace.epochs[step - 1].drawings)) for step in sorted(steps)]
        yield truth.with_points(SPRITES, drawn)


@mistake(
    Slot.TAG,
    "Each sprite became a picture of its own, under a tag, a step or a run of its own: they cannot be seen "
    "side by side as they grow.",
    "One picture an epoch with all sprites in it: `writer.add_images(tag, drawings, global_step=epoch)`.",
)
def sprites_batched_as_runs(truth: Outcome, world: World) -> Iterator[Outcome]:
    """Other tags or runs, or several pictures at one step."""
    apart = truth.map_runs(lambda run: replace(run, curves=_but_sprites(run)))
    yield apart if world.seen is None or _strange_pictures(world.seen) else truth
    singles = [
        (step, sprites([drawing]))
        for step in _steps(world)
        for drawing in world.trace.epochs[step - 1].drawings
    ]
    yield truth.with_points(SPRITES, singles)
    others = tuple(run for run in world.seen.runs if "Loss/Train" not in run.curves) if world.seen else ()
    yield replace(apart, runs=apart.runs + others) if others else truth


def _but_sprites(run: Run) -> dict[str, Curve]:
    return {tag: curve for tag, curve in run.curves.items() if tag != SPRITES}


def _strange_pictures(seen: Outcome) -> bool:
    """Whether pictures stand under another tag that is made from the one that was asked for."""
    tags = {tag for run in seen.runs for tag in run.curves if tag != SPRITES}
    pictures = [
        tag
        for run in seen.runs
        for tag, curve in run.curves.items()
        if tag in tags and all(isinstance(value, Picture) for value in curve.values)
    ]
    return len(pictures) > 1
