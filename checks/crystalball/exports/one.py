"""One submission judged for a platform's container: whatever happens, a valid file is left."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from crystalball.exports.results import failed, result, written
from crystalball.exports.scored import ScoredEntry, scored
from crystalball.grading.exports import replacing
from crystalball.grading.grade import GradeOptions, judge
from crystalball.grading.journal import Journal
from crystalball.grading.layouts import one_entry
from crystalball.reading.outside import outside_line

UNFINISHED = "Judging has not come to its end: it was ended from outside, perhaps since it took too long."


def judge_one(options: GradeOptions, console: Console) -> ScoredEntry:
    """What one submission gets; nothing is kept.

    Args:
        options: what was asked for; `submissions` is the one, and nothing is written to `out`.
        console: on which progress is shown.
    """
    entry = one_entry(options.submissions)
    with TemporaryDirectory(prefix="crystalball-one-") as folder:
        kept = replace(options, out=Path(folder))
        journal = Journal(kept.out, fresh=True)
        try:
            number, _ = judge(kept, [entry], {entry.name: []}, journal, console)
            return next(scored(journal, number, kept.root))
        finally:
            journal.close()


def grade_one(
    platform: str, out: Path, options: Callable[[], AbstractContextManager[GradeOptions]], console: Console
) -> None:
    """Judges one submission, and leaves its result as a platform reads it.

    The file is there, and valid, from before anything else is begun.

    Args:
        platform: a name in `PLATFORMS`.
        out: the file.
        options: makes the options; whatever is wrong with them is told in the file.
        console: on which progress and errors are shown.

    Raises:
        OSError: the file cannot be written.
    """

    def leave(left: dict[str, object]) -> None:
        out.parent.mkdir(parents=True, exist_ok=True)
        with replacing(out) as file:
            file.write(written(left))

    leave(failed(platform, outside_line(UNFINISHED), 0))
    try:
        with options() as made:
            judged = result(platform, judge_one(made, console))
    except Exception as error:  # whatever it is, the platform must be told
        why = outside_line(f"Crystal Ball could not judge this: {error or type(error).__name__}")
        console.print(why, markup=False, highlight=False)
        judged = failed(platform, why, 0)
    leave(judged)
