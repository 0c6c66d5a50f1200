"""CB5xx: tags, sub-runs, and what TensorBoard makes of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from crystalball.doctor.diagnostics import Severity, Spot, rule
from crystalball.doctor.rules.learning import TRAINING, VALIDATION
from crystalball.doctor.summaries import CurveSummary, Runs, RunSummary, words_of

SHOWN = 1000
"""Points of a scalar curve that TensorBoard keeps (`--samples_per_plugin`)."""

IRREGULAR = {"best", "final", "new", "improved", "warmup"}
"""Words of tags that are logged at occasions of their own."""

CLOCKS = {"batch", "batches", "step", "steps", "iter", "iteration", "iterations"}
"""Words of tags whose steps count batches: they run further than those that count epochs."""


@rule(
    "CB501",
    Severity.WARNING,
    "Two tags differ only in upper and lower case: TensorBoard draws them in two charts.",
    "Write each tag in one way everywhere, best as a constant of the program.",
)
def tags_differ_in_case(runs: Runs) -> Iterator[Spot]:
    """Spellings of one tag, in one run or in runs side by side."""
    spelled: dict[tuple[object, str], str] = {}
    told = set()
    for run, curve in runs.curves():
        key = (run.path.parent, curve.tag.casefold())
        other = spelled.setdefault(key, curve.tag)
        if other != curve.tag and (key, curve.tag) not in told:
            told.add((key, curve.tag))
            yield Spot(run.path, f"There is `{other}` too.", curve.tag)


@rule(
    "CB502",
    Severity.WARNING,
    "TensorBoard will not group the tag with its siblings: it groups by what stands before the first `/`.",
    "Write `Group/name`, with a plain slash and no space around it: `Loss/Train`.",
)
def tag_out_of_its_group(runs: Runs) -> Iterator[Spot]:
    """A backslash, a slash at an end, or a group that siblings write in another way."""
    for run in runs:
        groups = {tag.partition("/")[0] for tag in run.curves if "/" in tag}
        for tag in run.curves:
            group, slash, _ = tag.partition("/")
            other = re.match(r"(\w+?)[ _.:|-]+\w", tag)
            if re.search(r"\\|^/|/$|//|^\s|\s$", tag):
                yield Spot(run.path, f"`{tag}` is no plain `Group/name`.", tag)
            elif slash and group != group.strip() and group.strip() in groups:
                yield Spot(run.path, f"Other tags of the run have no space behind `{group.strip()}`.", tag)
            elif not slash and other and other[1] in groups:
                yield Spot(run.path, f"Other tags of the run stand in the group `{other[1]}`.", tag)


@rule(
    "CB503",
    Severity.WARNING,
    "The tag holds a number that counts: each point became a curve of its own.",
    "Let the tag be the same, and give the number as `global_step`.",
)
def number_in_the_tag(runs: Runs) -> Iterator[Spot]:
    """Five tags or more that differ by a number, each with one point, at another step each."""
    for run in runs:
        alike: dict[str, list[CurveSummary]] = defaultdict(list)
        for curve in run.curves.values():
            if curve.count == 1 and re.search(r"\d", curve.tag):
                alike[re.sub(r"\d+(\.\d+)?", "N", curve.tag)].append(curve)
        for curves in alike.values():
            if len(curves) >= 5 and len({curve.first for curve in curves}) == len(curves):
                what = f"{len(curves)} tags differ from it by a number only, with one point each."
                yield Spot(run.path, what, curves[0].tag, curves[0].first)


@rule(
    "CB504",
    Severity.NOTE,
    "`add_hparams` made a run of its own inside the run: the table shows a run without its curves.",
    'Call it with `run_name="."`, so that hyperparameters and metrics stand in the run itself.',
)
def stray_hparams_run(runs: Runs) -> Iterator[Spot]:
    """A run with hyperparameters and no curves, inside a run; or in a writer that made nothing else."""
    for main, run in hparams_runs(runs):
        alone = "" if main.curves else ", which holds nothing else"
        yield Spot(run.path, f"It lies inside the run `{main.path.name}`{alone}.", file=run.files[0].path)


def hparams_runs(runs: Runs) -> Iterator[tuple[RunSummary, RunSummary]]:
    """Each run in which `add_hparams` was called, and the one that it made there.

    Args:
        runs: all that were read.
    """
    for run in runs:
        main = next(iter(runs.above(run)), None)
        short = all(curve.count == 1 for curve in run.curves.values())
        if main and run.hparams and short and run.path.parent == main.path:
            named_by_time = re.fullmatch(r"\d+\.\d+", run.path.name)
            if main.curves or (named_by_time and not main.data):
                yield main, run


@rule(
    "CB505",
    Severity.NOTE,
    "`add_scalars` made a run of each curve: they crowd the list of runs, and are compared with none.",
    "Use `add_scalar` with tags of one group, such as `Loss/Train` and `Loss/Validation`.",
)
def stray_scalars_runs(runs: Runs) -> Iterator[Spot]:
    """Runs inside a run, named after the one tag that each holds."""
    for (_, tag), found in scalars_runs(runs).items():
        names = ", ".join(f"`{run.path.name}`" for run in found[:3])
        yield Spot(found[0].path, f"`{tag}` made {len(found)} runs: {names}.", tag)


def scalars_runs(runs: Runs) -> dict[tuple[Path, str], list[RunSummary]]:
    """What `add_scalars` made, by the directory of the run in which it was called, and the tag.

    Args:
        runs: all that were read.
    """
    strays: dict[tuple[Path, str], list[RunSummary]] = defaultdict(list)
    for run in runs:
        for main in runs.above(run):
            if len(run.curves) == 1 and _made_by_add_scalars(run, main, tag := next(iter(run.curves))):
                strays[main.path, tag].append(run)
    return strays


def _made_by_add_scalars(run: RunSummary, main: RunSummary, tag: str) -> bool:
    below = run.path.relative_to(main.path).as_posix()
    # As torch names them, and as tensorboardX does.
    flat = "/" not in below and below.startswith(tag.replace("/", "_") + "_")
    return flat or below.rpartition("/")[0] == tag


@rule(
    "CB506",
    Severity.NOTE,
    "The curve has more points than TensorBoard shows.",
    "Log the mean of every so many batches, or start it with `--samples_per_plugin scalars=0` to see all.",
)
def more_points_than_shown(runs: Runs) -> Iterator[Spot]:
    """More than a thousand points under a tag."""
    for run, curve in runs.curves():
        if curve.count > SHOWN:
            what = f"Of {curve.count} points it draws a sample of {SHOWN}."
            yield Spot(run.path, what, curve.tag)


@rule(
    "CB507",
    Severity.WARNING,
    "The curve stops earlier than its siblings.",
    "Log it in every epoch, also in the last ones; of a program that was killed, points may be missing.",
)
def curve_stops_early(runs: Runs) -> Iterator[Spot]:
    """A curve on the steps of a sibling that ends long before it."""
    groups: dict[object, list[tuple[RunSummary, CurveSummary]]] = defaultdict(list)
    for run, curve in runs.curves():
        regular = curve.count >= 3 and curve.in_order and not curve.words & IRREGULAR
        if regular and run.whole:
            groups[run.path].append((run, curve))
            if words_of(run.path.name) & (TRAINING | VALIDATION):
                groups[run.path.parent, curve.tag].append((run, curve))
    for curves in groups.values():
        stopped: dict[str, Spot] = {}
        for one, other in combinations(_by_end(curves), 2):
            if one[1].tag not in stopped and _stops_before(one[1], other[1]):
                where = "" if other[0] is one[0] else f" of `{other[0].path.name}`"
                what = f"It ends at step {one[1].last}; `{other[1].tag}`{where} goes on to {other[1].last}."
                stopped[one[1].tag] = Spot(one[0].path, what, one[1].tag, one[1].last)
        yield from stopped.values()


def _by_end(curves: list[tuple[RunSummary, CurveSummary]]) -> list[tuple[RunSummary, CurveSummary]]:
    # Pairs of very many curves would take for ever: the longest of them are enough to compare with.
    ordered = sorted(curves, key=lambda pair: pair[1].last)
    return ordered if len(ordered) <= 200 else [*ordered[:150], *ordered[-50:]]


def _stops_before(curve: CurveSummary, other: CurveSummary) -> bool:
    """Whether both run along the same steps, and the first ends by two points and a tenth earlier.

    Steps alone do not tell it: of two clocks that both count by one, that of the epochs ends at a smaller
    step, though at the same time.
    """
    same_clock = curve.words & CLOCKS == other.words & CLOCKS
    same_steps = curve.first == other.first and abs(curve.stride - other.stride) <= 0.01 * other.stride
    missing, length = other.last - curve.last, other.last - other.first
    earlier = other.ended - curve.ended > 0.5 * (missing / max(1, length)) * (other.ended - other.began)
    return same_clock and same_steps and earlier and missing >= max(2 * other.stride, 0.1 * length)
