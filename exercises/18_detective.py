"""Exercise 18: the detective.

A curve looks strange. Was it the model, or the log? Whoever reads runs for a living knows how they
break: a second writer, a restart, a full disk. TensorBoard draws something in every case; the files
tell what really happened.
"""

from pathlib import Path

from tbparse import SummaryReader  # No such module? First: source .venv/bin/activate

from crystalball import scripts
from crystalball.evidence import BadChecksum, Truncated, records


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
    # TODO: name what is wrong. Delete the next line.
    scripts.todo()
    names = set()
    frame = SummaryReader(str(log_dir), extra_columns={"dir_name", "file_name", "wall_time"}).scalars
    # TODO: which of the names does this table tell? For which do you need the records?
    if frame["value"].isna().any():
        names.add("nan")
    for path in Path(log_dir).glob("*tfevents*"):
        try:
            found = list(records(path))
        except (Truncated, BadChecksum):
            found = []  # TODO: which of the two was it? And what stood before the damage?
        print(path.name, "holds", len(found), "records")
    return names


if __name__ == "__main__":
    scripts.show_diagnose(diagnose)
