"""CB2xx: steps, restarts and writers."""

from __future__ import annotations

from collections.abc import Iterator

from crystalball.doctor.diagnostics import Severity, Spot, rule
from crystalball.doctor.summaries import CurveSummary, FileSummary, Runs, RunSummary

NOT_A_CURVE = {"epoch"}
"""Names of tags, in whatever group, that trainers write beside others, several times a step."""


@rule(
    "CB201",
    Severity.ERROR,
    "Several points of one curve have the same step.",
    "Give each point a step of its own: `global_step=` counts what is completed, and is never left out.",
)
def steps_repeat(runs: Runs) -> Iterator[Spot]:
    """The step of the point before, again."""
    for run, curve in runs.curves():
        odd = curve.repeated
        if odd.count and curve.tag.rpartition("/")[2] not in NOT_A_CURVE and not curve.back.count:
            times = f"{odd.count} points repeat" if odd.count > 1 else "One point repeats"
            what = f"{times} the step of the point before, here first.{_cut_off(curve)}"
            yield _spot(run, curve, what, odd.step, odd.file)


def _cut_off(curve: CurveSummary) -> str:
    """What is said where each of several steps has several points: of a fraction the whole part is kept."""
    steps = curve.count - curve.repeated.count
    if steps < 2 or curve.count < 2 * steps or curve.last - curve.first != steps - 1:
        return ""
    return (
        f" There are about {round(curve.count / steps)} points at each step: of a fraction, such as "
        "`epoch + batch / len(loader)`, only the whole part is kept. Count the batches."
    )


@rule(
    "CB202",
    Severity.ERROR,
    "The steps of a curve go back: TensorBoard draws a line back across the curve, or hides points.",
    "Count on over the whole training: a step that starts again in each epoch needs `epoch * len(loader)`.",
)
def steps_go_back(runs: Runs) -> Iterator[Spot]:
    """A smaller step than that of the point before, in one file."""
    for run, curve in runs.curves():
        odd = curve.back
        if odd.count:
            more = f"; {odd.count} times in all" if odd.count > 1 else ""
            what = f"It comes after step {odd.before}{more}."
            yield _spot(run, curve, what, odd.step, odd.file)


def _spot(run: RunSummary, curve: CurveSummary, what: str, step: int, file: int) -> Spot:
    return Spot(run.path, what, curve.tag, step, run.files[file].path)


@rule(
    "CB203",
    Severity.ERROR,
    "The training was started again in the same directory, and logs steps that are there already.",
    "Open the writer of the restart with `purge_step=` the first step that it logs, so that TensorBoard "
    "drops what comes again.",
)
def restart_without_purge(runs: Runs) -> Iterator[Spot]:
    """A later file that begins before the step at which an earlier one ended."""
    for run in runs:
        found = _first_again(run)
        if found and not _at_once(run):
            odd = found.again
            what = f"This file begins again here; an earlier one had reached step {odd.before}."
            yield _spot(run, found, what, odd.step, odd.file)


def _first_again(run: RunSummary) -> CurveSummary | None:
    """The first curve that goes over steps of an earlier file, but for what is no training.

    What repeats the last step of its curve and goes no further is a last evaluation of the finished model
    (Lightning's `validate` after `fit`), or a number that is told once for each session; hyperparameters
    have a rule of their own.
    """

    def trains(curve: CurveSummary) -> bool:
        odd, file = curve.again, run.files[curve.again.file]
        return not file.of_hparams and not odd.step == odd.before == curve.last

    again = (curve for curve in run.curves.values() if curve.again.count and trains(curve))
    return min(again, key=lambda curve: curve.again.file, default=None)


@rule(
    "CB204",
    Severity.ERROR,
    "Two writers write into one directory at the same time: TensorBoard draws their points as one run.",
    "Give each run a directory of its own; of several processes, let one alone log.",
)
def two_writers(runs: Runs) -> Iterator[Spot]:
    """Files with points whose times overlap."""
    for run in runs:
        pair = _at_once(run)
        if pair:
            first, second = pair
            what = (
                f"It was begun while `{first.path.name}` was still being written{_of_others(run, *pair)}. "
                "Live, TensorBoard reads no more of the older file, but with `--reload_multifile true`."
            )
            yield Spot(run.path, what, file=second.path)


def _of_others(run: RunSummary, first: FileSummary, second: FileSummary) -> str:
    """What is said where two files have no tag in common."""
    places = {run.files.index(first), run.files.index(second)}
    both = any(places <= curve.files for curve in run.curves.values())
    return "" if both else ", with other tags"


def _at_once(run: RunSummary) -> tuple[FileSummary, FileSummary] | None:
    """Two files of a run that were written at the same time, but for those of hyperparameters."""
    files = [file for file in run.files if file.points and not file.of_hparams]
    latest: FileSummary | None = None
    for file in files:
        if latest is not None and file.began < latest.ended:
            return latest, file
        latest = file if latest is None or file.ended > latest.ended else latest
    return None


@rule(
    "CB205",
    Severity.WARNING,
    "A new writer was made for every point: one training is scattered over many files.",
    "Make one `SummaryWriter` before the first epoch, and use it until the last.",
)
def writer_for_each_point(runs: Runs) -> Iterator[Spot]:
    """Three files or more, each with a single step."""
    for run in runs:
        files = [file for file in run.files if file.points and not file.of_hparams]
        if len(files) >= 3 and all(file.first == file.last for file in files):
            yield Spot(run.path, f"{len(files)} event files hold one step each.", file=files[1].path)


@rule(
    "CB206",
    Severity.WARNING,
    "A metric of the hyperparameters has the tag of a curve, and adds a point to it.",
    "Name the metrics of `add_hparams` differently, such as `Final/Loss`.",
)
def metric_in_a_curve(runs: Runs) -> Iterator[Spot]:
    """A point from the file that `add_hparams` opens, in a curve of the training."""
    for run, curve in runs.curves():
        odd = curve.again
        if odd.count and run.files[odd.file].of_hparams:
            what = f"`add_hparams` logged it; the curve had reached step {odd.before}."
            yield _spot(run, curve, what, odd.step, odd.file)
