"""CB4xx: how the training went, as far as losses tell it; notes, and none with `--no-learning`.

The thresholds are careful: who reads of an overfitting that is none reads no further. Losses of which
two play against each other (GANs, actor and critic) may rise by right, and are left alone; and so are all
losses of a run that earns rewards, whose targets move while it learns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from crystalball.doctor.diagnostics import Severity, Spot, rule
from crystalball.doctor.rules.values import FEW
from crystalball.doctor.summaries import CurveSummary, Runs, RunSummary, Values, words_of

TRAINING = {"train", "training"}
VALIDATION = {"val", "valid", "validation", "test", "eval", "dev", "holdout"}
LOSSES = {"loss", "losses", "nll", "mse", "mae", "rmse", "perplexity"}
GAMES = {
    *("g", "d", "gen", "generator", "disc", "discriminator", "adv", "adversarial", "gan", "q"),
    *("actor", "critic", "policy", "value", "entropy", "alpha", "reward"),
    *("kl", "kld", "aux", "regularization", "reg"),
}
"""Words of losses that need not fall."""

EARNS = {"rollout", "episode", "episodes", "ep", "reward", "rewards", "rew", "return", "returns"}
"""Words of tags by which a run of reinforcement learning is known."""

PLAYERS = {"discriminator", "disc", "critic", "generator"}
"""Words of tags by which a run is known in which two models train against each other."""

DIVERGED, RISEN, SPIKED, OVERFITTED, WORSENED = 10.0, 1.25, 10.0, 1.2, 1.15
"""Factors. A loss diverged that ends at so many times its best, or above its beginning by the second; a
point is a spike at so many times its neighbours; a validation loss is overfitted at so many times its
best, or at a little less when it never fell again."""

UNLEARNED = 0.025
"""Part of its beginning by which a loss falls at least where something was learned."""


def losses(runs: Runs) -> Iterator[tuple[RunSummary, CurveSummary, bool]]:
    """The losses that should fall, and whether each is of the validation.

    Args:
        runs: all that were read.
    """
    playing = set(_playing(runs))
    for run, curve in runs.curves():
        falls = curve.words & LOSSES and not curve.words & GAMES and run.path not in playing
        stands = len(curve.bins.means) > 0  # a restart may have purged all of it
        if falls and stands and curve.in_order and curve.finite and curve.low > 0:
            yield run, curve, bool((curve.words | words_of(run.path.name)) & VALIDATION)


def _playing(runs: Runs) -> Iterator[Path]:
    """The runs whose losses need not fall: they, or one beside, above or below them, earn or play."""
    places = {run.path for run in runs for tag in run.curves if words_of(tag) & (EARNS | PLAYERS)}
    near = places | {path.parent for path in places}
    for run in runs:
        if run.path in near or run.path.parent in near:
            yield run.path


def _sure(times: float) -> str:
    """How sure a finding is, and why.

    Args:
        times: so many times the noise of the curve is what was found.
    """
    word = "Surely" if times >= 20 else "Probably" if times >= 8 else "Perhaps"
    return f" {word}: it is {times:.0f} times the noise of the curve." if times < 1000 else f" {word}."


def _over_noise(change: float, means: Values) -> float:
    return abs(change) / max(float(np.median(np.abs(np.diff(means)))), 1e-12)


def _never_falls(curve: CurveSummary) -> bool:
    """Whether a loss rises from each point to the next, and never faster: as a sum that is never reset."""
    means, steps = curve.bins.means, np.diff(curve.bins.means)
    if len(means) < FEW or means[-1] <= 2 * means[0]:
        return False
    return bool((steps > 0).all() and steps.max() <= 2 * steps[0])


def _ends(means: Values) -> tuple[float, float, float]:
    """The beginning, the best and the end of a curve, each over a tenth of it."""
    width = max(3, len(means) // 10)
    smooth = np.convolve(means, np.ones(width) / width, "valid")
    return float(np.median(means[:width])), float(smooth.min()), float(np.median(means[-width:]))


def _diverges(curve: CurveSummary, validates: bool) -> bool:
    means = curve.bins.means
    if len(means) < 10:
        return False
    begin, best, end = _ends(means)
    if validates:  # which may rise by overfitting
        return end > DIVERGED * begin
    noise = float(np.median(np.abs(np.diff(means))))
    risen = end > RISEN * begin and end - begin > 5 * noise
    return risen or (end > DIVERGED * best and end > begin)


@rule(
    "CB401",
    Severity.NOTE,
    "The loss diverges: it ends above where it began.",
    "Try a learning rate a tenth as large, or clip the gradients (`clip_grad_norm_`).",
)
def divergence(runs: Runs) -> Iterator[Spot]:
    """A loss that ends above its beginning, by more than its noise."""
    for run, curve, validates in losses(runs):
        if _diverges(curve, validates) and (validates or not _never_falls(curve)):
            begin, _, end = _ends(curve.bins.means)
            above = curve.bins.means > (begin + end) / 2
            since = int(curve.bins.steps[above.argmax()])
            sure = _sure(_over_noise(end - begin, curve.bins.means))
            what = f"It begins near {begin:.4g} and ends near {end:.4g}.{sure}"
            yield Spot(run.path, what, curve.tag, since)


@rule(
    "CB402",
    Severity.NOTE,
    "The loss has a spike: single points far above their neighbours.",
    "Look at the batch of that step (a broken sample, a target out of range); clipped gradients soften it.",
)
def spike(runs: Runs) -> Iterator[Spot]:
    """A few points at ten times their neighbours, where all others are nowhere near."""
    for run, curve, validates in losses(runs):
        bins = curve.bins
        if len(bins.means) < 10 or _diverges(curve, validates):
            continue
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(bins.means, 7, "edge"), 15)
        around = np.median(windows, axis=1)
        ratio = bins.tops / around
        # The first points are high by nature, and after the last nobody knows whether it comes back.
        ratio[:3] = ratio[-3:] = 1
        high = ratio > SPIKED
        if 0 < high.sum() <= max(3, len(high) // 50) and ratio[high].min() > 3 * ratio[~high].max():
            top = int(ratio.argmax())
            what = f"{bins.tops[top]:.4g}; around it about {around[top]:.4g}."
            yield Spot(run.path, what, curve.tag, int(bins.steps[top]))


@rule(
    "CB403",
    Severity.NOTE,
    "The model overfits: the validation loss rises while the training loss falls.",
    "Keep the weights of the best epoch, stop early, or give it more data or regularization.",
)
def overfitting(runs: Runs) -> Iterator[Spot]:
    """A validation loss that ends a fifth above its best, beside a training loss that fell on."""
    by_key = {_key(run, curve): curve for run, curve, validates in losses(runs) if not validates}
    for run, curve, validates in losses(runs):
        training = by_key.get(_key(run, curve)) if validates else None
        if training is None or _diverges(curve, True):
            continue
        means, steps = curve.bins.means, curve.bins.steps
        turn = int(means.argmin())
        if _rises_after(means, turn) and _falls_from(training, int(steps[turn])):
            end = _ends(means)[2]
            what = f"Its best is {means[turn]:.4g}, here; its end {end:.4g}; "
            what += f"`{training.tag}` falls all the while.{_sure(_over_noise(end - means[turn], means))}"
            yield Spot(run.path, what, curve.tag, int(steps[turn]))


def _rises_after(means: Values, turn: int) -> bool:
    """Whether a curve turned early, and rose since by more than its noise."""
    since = means[turn:]
    if len(since) >= 4 and (np.diff(since) > 0).all() and since[-1] > WORSENED * since[0]:
        return float(since[-1] - since[0]) > 4 * _noise(means)
    _, best, end = _ends(means)
    early = len(means) >= 8 and turn < 0.7 * len(means)
    return early and end > OVERFITTED * best and end - best > 4 * _noise(since)


def _noise(means: Values) -> float:
    """The standard deviation of a curve around its trend, of which second differences keep little."""
    return float(np.median(np.abs(np.diff(means, 2)))) / 1.65


def _key(run: RunSummary, curve: CurveSummary) -> tuple[object, str]:
    """What a training curve and its validation curve share, in one run or in `train/`, `validation/`."""
    sides = TRAINING | VALIDATION | {"epoch"}
    tag = re.sub(r"[A-Za-z]+", lambda word: "" if word[0].lower() in sides else word[0], curve.tag)
    place = run.path.parent if words_of(run.path.name) & sides else run.path
    return place, re.sub(r"[^A-Za-z0-9]+", "", tag).lower()


def _falls_from(curve: CurveSummary, step: int) -> bool:
    late = curve.bins.means[curve.bins.steps >= step]
    width = max(1, len(late) // 5)
    return len(late) >= 3 and float(late[-width:].mean()) < 0.95 * float(late[:width].mean())


@rule(
    "CB405",
    Severity.NOTE,
    "The loss rises at every single step: it may be a sum that is never reset.",
    "Set the sum to 0 when an epoch begins, and divide by the samples of that epoch alone.",
)
def sum_never_reset(runs: Runs) -> Iterator[Spot]:
    """A training loss that is above the point before at every point."""
    for run, curve, validates in losses(runs):
        if not validates and _never_falls(curve):
            means = curve.bins.means
            what = f"From {means[0]:.4g} to {means[-1]:.4g}, and never down."
            yield Spot(run.path, what, curve.tag, curve.first)


@rule(
    "CB404",
    Severity.NOTE,
    "The training loss does not fall: the model learns nothing.",
    "Ask whether `optimizer.step()` is called, whether it holds the model's parameters, and whether the "
    "learning rate is too small.",
)
def stagnation(runs: Runs) -> Iterator[Spot]:
    """A training loss that ends where it began."""
    for run, curve, validates in losses(runs):
        means = curve.bins.means
        constant, resumed = curve.low == curve.high, curve.first > 10 * max(1.0, curve.stride)
        if validates or constant or resumed or len(means) < 20 or _diverges(curve, False):
            continue
        quarter = len(means) // 4
        begin, end = float(means[:quarter].mean()), float(means[-quarter:].mean())
        # Of noisy means one can only say that they did not fall when that would have shown.
        doubt = 2 * _noise(means) * (2 / quarter) ** 0.5
        if begin - end + doubt < UNLEARNED * begin and _ends(means)[1] > 0.9 * begin:
            what = f"Its first quarter is {begin:.4g} on average, its last {end:.4g}. "
            what += f"Over {curve.count} points a fall by {UNLEARNED:.1%} would have shown."
            yield Spot(run.path, what, curve.tag, curve.last)
