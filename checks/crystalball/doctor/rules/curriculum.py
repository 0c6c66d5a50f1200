"""CB9xx: the conventions of this course. Half the world does otherwise, so they are asked for only
with `--curriculum`.
"""

from __future__ import annotations

from collections.abc import Iterator

from crystalball.doctor.diagnostics import Severity, Spot, rule
from crystalball.doctor.rules.values import SHARES
from crystalball.doctor.summaries import Runs
from crystalball.run_directory import read_name

OPTION = "curriculum"

TAGS = (
    *(f"{what}/{part}" for what in ("Loss", "Accuracy") for part in ("Train", "Validation")),
    *("LearningRate", "Loss/Batch", "Gradient/Norm", "Sprites/Generated"),
)
"""The tags of the guide."""


@rule(
    "CB901",
    Severity.WARNING,
    "The steps start at 0.",
    "Count what is completed: log at `epoch + 1`.",
    opt_in=OPTION,
)
def steps_from_zero(runs: Runs) -> Iterator[Spot]:
    """A curve whose first of several points is at step 0."""
    for run, curve in runs.curves():
        if curve.first == 0 and curve.last > 0:
            yield Spot(run.path, "Its first point is at step 0.", curve.tag, 0)


@rule(
    "CB902",
    Severity.WARNING,
    "The tag is not written as the guide has it.",
    "Use the tags of the guide, letter by letter, so that all runs of the course lie over each other.",
    opt_in=OPTION,
)
def tag_not_as_in_the_guide(runs: Runs) -> Iterator[Spot]:
    """The words of a tag of the guide, in another order or spelling."""
    guide = {_plain(tag): tag for tag in TAGS}
    for run, curve in runs.curves():
        meant = guide.get(_plain(curve.tag))
        if meant is not None and curve.tag != meant:
            yield Spot(run.path, f"The guide has `{meant}`.", curve.tag)


def _plain(tag: str) -> frozenset[str]:
    short = {"val": "validation", "valid": "validation", "acc": "accuracy", "training": "train"}
    letters = "".join(sign if sign.isalnum() else " " for sign in tag).lower()
    parts = letters.replace("learning rate", "learningrate").split()
    return frozenset(short.get(part, part) for part in parts)


@rule(
    "CB903",
    Severity.NOTE,
    "The directory is not named as the course has it.",
    "Name it `pixel_gen_lr<lr>_<YYYYmmdd_HHMMSS>`: `crystalball.run_directory` does.",
    opt_in=OPTION,
)
def run_not_named_as_in_the_guide(runs: Runs) -> Iterator[Spot]:
    """A name that tells neither rate nor time."""
    for run in runs:
        if run.curves and read_name(run.path.name) is None:
            yield Spot(run.path, f"The name `{run.path.name}` does not tell learning rate and time.")


@rule(
    "CB904",
    Severity.WARNING,
    "An accuracy goes beyond 1: it is in percent, or a count.",
    "Log the share of the samples that were predicted right, in [0, 1].",
    opt_in=OPTION,
)
def no_share(runs: Runs) -> Iterator[Spot]:
    """An accuracy beyond 1."""
    for run, curve in runs.curves():
        if curve.words & SHARES and 1.5 < curve.high <= 100:
            yield Spot(run.path, f"It reaches {curve.high:.4g}.", curve.tag)
