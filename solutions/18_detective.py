"""Exercise 18: the detective.

A curve looks strange. Was it the model, or the log? Whoever reads runs for a living knows how they
break: a second writer, a restart, a full disk. TensorBoard draws something in every case; the files
tell what really happened.
"""

from collections.abc import Iterable
from pathlib import Path

from pandas import DataFrame
from tbparse import SummaryReader

from crystalball import scripts
from crystalball.evidence import BadChecksum, Record, Truncated, records


def diagnose(log_dir: Path) -> set[str]:
    """Says what is wrong with a run.

    Args:
        log_dir: the directory of one run. It exists; there may be no event file in it.

    Returns:
        The names of all that is wrong, out of those below; the empty set for a healthy run. Several
        things may be wrong at once.

    **What is looked at.** The *event files* of the run are the files directly in `log_dir` with `tfevents`
    in their names; a *later* file was begun later, by the `wall_time` of its first record. One that holds
    a record of the kind `"hparams"` was opened by `add_hparams`, as it should be: it is left out of
    everything (whether its own damage is named is open). The *points* are the scalars of the event files.
    In a damaged file there is nothing behind the damage.

    **The names.**

    - `"no_data"`: the run has no point at all.
    - `"stray_run"`: some folder below `log_dir`, however deep, holds a file with `tfevents` in its name.
      (Nothing else is asked about that file.)
    - `"truncated"`: an event file ends in the middle of a record.
    - `"bad_checksum"`: a checksum in an event file is wrong.
    - `"nan"`: the value of some point is NaN.
    - `"duplicate_steps"`: in one event file, two points of one tag have the same step.
    - `"out_of_order"`: in one event file, a point has a smaller step than a point of the same tag that was
      logged before it.
    - `"stops_early"`: the last (largest) step of some tag is smaller than that of another tag by more than
      one. (By one: it may just not be written yet.) Only tags that count epochs are compared: not
      `Loss/Batch`, and no tag that has a single point in the whole run.

    A later event file with points has been begun for some reason. It is the first of these that holds:

    - `"mixed_runs"`: it was begun before the last record of an earlier file was written (in each file the
      `wall_time` never falls): two programs wrote at the same time.
    - `"unpurged_restart"`: it logs, under some tag, a step that is not larger than the largest of that tag
      in the earlier files. Each record of the kind `"restart"` in it (a writer was opened with
      `purge_step=`; there may be several) takes away, before that, what stands in earlier files from its
      `step` on: those points count no more, for this file and for later ones.
    - it is a restart: it holds a record of the kind `"restart"`. Nothing is wrong.
    - `"second_file"`: none of the above.

    **Two ways to read.** `SummaryReader(str(log_dir), extra_columns={"dir_name", "file_name",
    "wall_time"}).scalars` of tbparse is a pandas DataFrame with a row for each point: `step`, `tag`,
    `value` and the columns that you ask for. It is made for looking at curves, and has its traps:

    - the rows come sorted by tag and step: the order in which they were logged is lost;
    - it reads all folders below too, and merges everything, unless you ask for `dir_name` and `file_name`;
    - of a damaged file it gives what stands before the damage, and says nothing;
    - points that a restart purged are still there;
    - when there is no point, the DataFrame has no columns.

    `records(path)` reads one event file: it yields each record in the order in which they were written,
    with `kind` (`"header"`, `"scalar"`, `"restart"`, `"hparams"` or `"other"`), `wall_time` (seconds),
    `step`, `tag` and `value`. It raises `Truncated` or `BadChecksum` when it comes to the damage, after
    it has yielded what stands before. An empty file yields nothing.
    """
    log_dir = Path(log_dir)
    names = {"stray_run"} if any("tfevents" in path.name for path in log_dir.glob("*/**/*")) else set()
    files = {}
    for path in log_dir.glob("*tfevents*"):
        found, damage = read(path)
        if not any(record.kind == "hparams" for record in found):
            names |= damage
            files[path.name] = found
    table = points(log_dir, files)
    if table.empty:
        return names | {"no_data"}
    in_order = sorted(filter(None, files.values()), key=lambda file: file[0].wall_time)
    return names | in_the_table(table) | in_each_file(in_order) | between_files(in_order)


def read(path: Path) -> tuple[list[Record], set[str]]:
    """The records up to the first damage, and the name of that."""
    found = []
    try:
        for record in records(path):
            found.append(record)
    except Truncated:
        return found, {"truncated"}
    except BadChecksum:
        return found, {"bad_checksum"}
    return found, set()


def points(log_dir: Path, files: Iterable[str]) -> DataFrame:
    """The points of the event files of these names, as tbparse gives them: a row for each."""
    table = SummaryReader(str(log_dir), extra_columns={"dir_name", "file_name"}).scalars
    table = table.reindex(columns=["step", "tag", "value", "dir_name", "file_name"])  # none without a row
    return table[(table["dir_name"] == "") & table["file_name"].isin(files)]


def in_the_table(table: DataFrame) -> set[str]:
    """What the points tell in whatever order: NaN, a step twice, a curve that ends before another."""
    names = set()
    if table["value"].isna().any():
        names.add("nan")
    if table.duplicated(["file_name", "tag", "step"]).any():
        names.add("duplicate_steps")
    curves = table[table["tag"] != "Loss/Batch"].groupby("tag")["step"]
    last = curves.max()[curves.count() > 1]
    if last.max() - last.min() > 1:
        names.add("stops_early")
    return names


def scalars(file: list[Record]) -> list[Record]:
    """The points of a file, in the order in which they were logged."""
    return [record for record in file if record.kind == "scalar"]


def in_each_file(files: list[list[Record]]) -> set[str]:
    """Whether a file goes back to a smaller step."""
    for file in files:
        largest: dict[str, int] = {}
        for point in scalars(file):
            if point.step < largest.get(point.tag, point.step):
                return {"out_of_order"}
            largest[point.tag] = point.step
    return set()


def between_files(files: list[list[Record]]) -> set[str]:
    """What a later file is to the ones before: a restart, another training, or just a second file."""
    names = set()
    reached: dict[str, int] = {}
    written = 0.0
    for number, file in enumerate(files):
        restarts = [record.step for record in file if record.kind == "restart"]
        for tag in reached:
            reached[tag] = min([reached[tag], *(step - 1 for step in restarts)])
        points = scalars(file)
        if number and points:
            if file[0].wall_time < written:
                names.add("mixed_runs")
            elif any(point.step <= reached.get(point.tag, point.step - 1) for point in points):
                names.add("unpurged_restart")
            elif not restarts:
                names.add("second_file")
        for point in points:
            reached[point.tag] = max(point.step, reached.get(point.tag, point.step))
        written = max([written, *(record.wall_time for record in file)])
    return names


if __name__ == "__main__":
    scripts.show_diagnose(diagnose)
