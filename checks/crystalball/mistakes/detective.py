"""Mistakes of a detective: evidence that was not looked at, and definitions that were misread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from crystalball.cases.broken_runs import BrokenRun
from crystalball.mistakes.catalogue import Aspect, Context, mistake
from crystalball.mistakes.subsets import some
from crystalball.oracle.detective import signs
from crystalball.oracle.misreadings import Misreading as M
from crystalball.outcomes.end import End, Names, Raised, Returned, returned_names
from crystalball.outcomes.outcome import Outcome


def _misread(truth: Outcome, context: Context, *wrong: M) -> Outcome:
    """The truth, with what is missed and what is added by who misreads the run so."""
    assert isinstance(context.case, BrokenRun)
    before = [M(one) for one in sorted(truth.misread)]
    after = sorted({*before, *wrong})
    right, said = ({sign.name for sign in signs(context.case, *how)} for how in (before, after))
    ends = (returned_names((_names(end) - (right - said)) | (said - right)) for end in truth.ends)
    return replace(truth, ends=tuple(ends), misread=frozenset(after))


def _names(end: End) -> frozenset[str]:
    """The names in the set that a call returned; none when it returned no set."""
    return end.value.names if isinstance(end, Returned) and isinstance(end.value, Names) else frozenset()


def _misreading(id: str, aspect: Aspect, why: str, next: str, *ways: M | tuple[M, ...]) -> None:
    """Adds the mistake of who misreads a run in one of these ways."""

    def predict(truth: Outcome, context: Context) -> Iterator[Outcome]:
        for way in ways:
            yield _misread(truth, context, *([way] if isinstance(way, M) else way))

    predict.__name__ = id
    mistake(aspect, why, next)(predict)


_misreading(
    "exact_float_comparison",
    Aspect.VALUE,
    "A value that is NaN was not found: it is equal to nothing, not even to itself; no `==` finds it.",
    'Ask `math.isnan(value)`, or `frame["value"].isna()`, of the points of every tag.',
    M.NAN_NEVER,
)
_misreading(
    "losses_alone_asked",
    Aspect.TAG,
    "A definition was asked of the losses alone: what is wrong with another curve was not found.",
    "Ask each of them of every tag. Only `stops_early` leaves some out: `Loss/Batch`, and single points.",
    *some((M.NAN_IN_LOSSES, M.DUPLICATES_IN_LOSSES, M.ORDER_IN_LOSSES, M.STOPS_IN_LOSSES)),
)
_misreading(
    "infinite_taken_for_nan",
    Aspect.VALUE,
    "A value that is infinite was taken for NaN.",
    "Ask `math.isnan(value)`: `isfinite` is false of infinite values too.",
    M.NAN_OR_INFINITE,
)
_misreading(
    "nan_of_no_point",
    Aspect.VALUE,
    "A record that is no point (a text, a restart, a header) was taken for one whose value is NaN.",
    'Ask the records of the kind `"scalar"` alone: `value` is NaN in all others.',
    M.NAN_OF_OTHER_RECORDS,
    M.NAN_OF_ALL_BUT_HEADERS,
    M.NAN_OF_ALL_RECORDS,
)
_misreading(
    "evidence_sorted_away",
    Aspect.STEP,
    "Steps that go back were not found, as where points are sorted by their steps: tbparse does so, and "
    "a dict or `sorted` may.",
    "Take the points of `records(path)` in their order, file by file, and compare each step with the "
    "largest before.",
    M.ORDER_NEVER,
    (M.ORDER_NEVER, M.UNPURGED_NEVER),
    (M.ORDER_NEVER, M.DUPLICATES_NEVER),
)
_misreading(
    "duplicates_missed",
    Aspect.STEP,
    "A step that stands twice under one tag of a file was not found, or not always: other points may stand "
    "between the two, and their values may differ.",
    "Keep the steps of each tag of a file in a set, and ask whether the next one is in there already.",
    M.DUPLICATES_NEVER,
    M.DUPLICATES_AMONG_NEIGHBOURS,
    M.DUPLICATES_OF_ONE_VALUE,
)
_misreading(
    "duplicates_out_of_order",
    Aspect.STEP,
    "A step that stands twice was called out of order: it is equal to the one before, not smaller.",
    "Compare with `<` for `out_of_order`; the same step twice is `duplicate_steps`.",
    M.ORDER_WITH_DUPLICATES,
)
_misreading(
    "tags_mixed_up",
    Aspect.TAG,
    "Steps of different tags were compared with each other: batches count faster than epochs.",
    "Compare each tag with itself alone: what you remember stands in a dict by tag, and each point is "
    "asked of its own.",
    M.DUPLICATES_OVER_TAGS,
    M.ORDER_OVER_TAGS,
    M.UNPURGED_OVER_TAGS,
)
_misreading(
    "files_read_as_one",
    Aspect.RUN,
    "Points of different event files were compared as if one file held them.",
    "`duplicate_steps` and `out_of_order` are asked *in one event file*: begin anew with each file.",
    M.DUPLICATES_OVER_FILES,
    M.ORDER_OVER_FILES,
    (M.DUPLICATES_OVER_FILES, M.ORDER_OVER_FILES),
)
_misreading(
    "stops_early_missed",
    Aspect.STEP,
    "A curve that ends by more than one step before another was not found.",
    "Compare the largest step of each tag with that of the tag that goes farthest: two steps are too many.",
    M.STOPS_NEVER,
    M.STOPS_BY_MORE_THAN_TWO,
)
_misreading(
    "stops_by_one",
    Aspect.STEP,
    "A curve that ends one step before another was accused: that point may just not be written yet.",
    "Compare *by more than one*: `largest - last > 1`.",
    M.STOPS_BY_ONE,
)
_misreading(
    "stops_of_other_tags",
    Aspect.STEP,
    "`stops_early` was asked of tags that do not count epochs.",
    "Leave out `Loss/Batch`, and each tag that has a single point in the whole run.",
    M.STOPS_WITH_BATCHES,
    M.STOPS_WITH_SINGLE_POINTS,
)
_misreading(
    "single_points_by_file",
    Aspect.STEP,
    "A tag's only point in one file was left out, though other files hold more points of that tag.",
    "Count a tag's points over all event files of the run; leave it out only where that is one.",
    M.STOPS_WITHOUT_SINGLE_POINTS_OF_A_FILE,
)
_misreading(
    "stops_by_another_measure",
    Aspect.STEP,
    "Not the last steps that the tags reach in the whole run were compared, but another measure, such "
    "as how many points or steps they have, the step that was logged last, or that of each file.",
    "Take the largest step of each tag over all event files.",
    *(M.STOPS_BY_COUNT, M.STOPS_BY_COUNT_OF_STEPS, M.STOPS_IN_ONE_FILE, M.STOPS_BY_LAST_LOGGED),
)
_misreading(
    "stray_run_missed",
    Aspect.TAG,
    "A folder below the run that holds an event file was not found, or not named: it may lie deeper "
    "than one folder, and the file may be without points.",
    'Ask whether any file below a folder of `log_dir` has `tfevents` in its name, `log_dir.rglob("*")`, '
    "and name what you find.",
    M.STRAY_NEVER,
    M.STRAY_ONE_LEVEL,
    M.STRAY_WITH_POINTS_ONLY,
)
_misreading(
    "strangers_taken_for_runs",
    Aspect.TAG,
    "A file or folder that has nothing to do with TensorBoard was taken for an event file, or a run.",
    "Look only at files with `tfevents` in their names.",
    M.STRAY_ANY_FOLDER,
    M.STRANGERS_READ,
)
_misreading(
    "stray_points_read",
    Aspect.RUN,
    "What lies in folders below the run was taken for the run's own.",
    "Judge the run by the files directly in `log_dir`; of those below, only whether they are there counts.",
    M.STRAY_FILES_READ,
    M.STRAY_POINTS_READ,
    (M.STRAY_NEVER, M.STRAY_FILES_READ),
    (M.STRAY_NEVER, M.STRAY_POINTS_READ),
)
_misreading(
    "second_file_missed",
    Aspect.RUN,
    "It was not noticed, or not named, or not always, that a later event file was begun.",
    "Read each file on its own, put them in the order in which they were begun, compare each that has "
    "points with those before, and name what holds: one to which nothing else applies is a "
    "`second_file`.",
    M.SECOND_NEVER,
    M.LATER_FILES_NEVER,
    M.LATER_THE_SECOND_ONLY,
    M.ONE_REASON_FOR_ALL,
    (M.SECOND_NEVER, M.MIXED_NEVER),
    (M.SECOND_NEVER, M.UNPURGED_NEVER),
)
_misreading(
    "mixed_runs_missed",
    Aspect.RUN,
    "Two programs that wrote at the same time were not found.",
    "Keep the latest `wall_time` of all earlier files: a file that was begun before that is `mixed_runs`.",
    M.MIXED_NEVER,
)
_misreading(
    "unpurged_restart_missed",
    Aspect.RUN,
    "A later file that logs a step again was not found: one that is equal to the largest before is one.",
    "Compare each point, of a file with a restart too, with the largest step of its tag before, by `<=`.",
    M.UNPURGED_NEVER,
    M.UNPURGED_FROM_EQUAL_ON_NOT,
)
_misreading(
    "only_previous_file_compared",
    Aspect.RUN,
    "A later file was compared, by its time or by its steps, with the file just before it alone.",
    "Keep both over *all* earlier files: the time of the last record that was written, and the largest "
    "step of each tag.",
    M.TIME_OF_PREVIOUS_FILE_ONLY,
    M.STEPS_OF_PREVIOUS_FILE_ONLY,
    (M.TIME_OF_PREVIOUS_FILE_ONLY, M.STEPS_OF_PREVIOUS_FILE_ONLY),
)
_misreading(
    "reasons_added_up",
    Aspect.RUN,
    "For one later file several reasons were given, or one that does not count any more.",
    "Ask in the order of the stub, with `elif`: *the first of these that holds*.",
    M.EVERY_REASON,
    M.EVERY_REASON_BUT_THE_LAST,
    M.SECOND_FOR_EVERY_LATER,
)
_misreading(
    "purge_ignored",
    Aspect.RUN,
    "A restart that took away the points before it was called wrong: what its records take away, from "
    "their own `step` on, was not taken for gone, or not all of it, or the file was named all the same.",
    "For each `restart` record of a file, lower the largest steps of the earlier files to its `step` - "
    "1, and then compare; where nothing is logged twice after that, the restart is in order, and has no "
    "name.",
    M.PURGE_IGNORED,
    M.PURGE_FROM_THE_NEXT_STEP,
    M.FIRST_RESTART_ONLY,
    M.LAST_RESTART_ONLY,
    M.SECOND_IN_SPITE_OF_RESTART,
)
_misreading(
    "restart_excuses_everything",
    Aspect.RUN,
    "A `restart` record excused more than it takes away: only earlier points from its `step` on.",
    "Ask for `mixed_runs` and `unpurged_restart` in each later file, whether it or an earlier one holds a "
    "restart or not.",
    M.ANY_RESTART_EXCUSES,
    M.RESTART_EXCUSES_LATER,
)
_misreading(
    "hparams_file_counted",
    Aspect.RUN,
    "The file that `add_hparams` opened was counted as one of the run's event files.",
    'Leave out each file that holds a record of the kind `"hparams"`.',
    M.HPARAMS_FILE_COUNTED,
)
_misreading(
    "hparams_file_not_compared_only",
    Aspect.RUN,
    "The file that `add_hparams` opened was left out of some questions, but its points were counted in "
    "others.",
    'Leave out each file that holds a record of the kind `"hparams"`, of everything.',
    M.HPARAMS_FILE_NOT_COMPARED_ONLY,
)
_misreading(
    "purge_for_its_file_only",
    Aspect.RUN,
    "What a restart takes away of earlier files counted again for the files after it.",
    "What is taken away counts no more: keep the lowered largest steps for all later files.",
    M.PURGE_FOR_ITS_FILE_ONLY,
)
_misreading(
    "file_without_points_counted",
    Aspect.RUN,
    "An event file without points was taken for a later file that was begun for some reason, or for a run "
    "without data.",
    "Ask of a later file only when it has points, and for `no_data` over all files together.",
    M.LATER_WITHOUT_POINTS,
    M.NO_DATA_OF_A_FILE,
)
_misreading(
    "files_in_another_order",
    Aspect.RUN,
    "The event files were not put in the order in which they were begun: their names do not tell it.",
    "Sort them by the `wall_time` of their first record.",
    M.FILES_BY_NAME,
)
_misreading(
    "no_data_misread",
    Aspect.END,
    "A run that has files, or records, but no point was taken to have data; or what else is wrong with it "
    "was not told.",
    'Say `"no_data"` when no event file has a scalar, and `"stray_run"` besides where there is one.',
    *(M.NO_DATA_WITHOUT_FILE, M.NO_DATA_WITHOUT_RECORD, M.NO_DATA_ALONE, M.NO_DATA_AT_ONCE),
)
_misreading(
    "damage_misnamed",
    Aspect.LIFETIME,
    "One kind of damage was called by the name of the other.",
    "`Truncated` is `truncated`, and `BadChecksum` is `bad_checksum`: both are `ValueError`s.",
    M.DAMAGE_IS_TRUNCATION,
    M.DAMAGE_IS_CHECKSUM,
)
_misreading(
    "damaged_file_dropped",
    Aspect.LIFETIME,
    "What stands before the damage in a damaged file was not looked at.",
    "Collect the records one by one in a list, in a loop inside `try`, and go on with that list where "
    "reading raised.",
    M.DAMAGED_FILE_DROPPED,
)


@mistake(
    Aspect.END,
    "A run without points was not thought of: where the program looks for points, there may be none, "
    "nor a table with columns.",
    "Ask first whether any file directly in `log_dir` has a point; if there is none, that is the "
    "finding, `no_data`.",
)
def empty_run_crashes(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Of a run without data nothing is said; or some of those runs raise, and the others say it or not."""
    silent = _misread(truth, context, M.NO_DATA_NEVER)
    raised = context.if_raised() if context.seen else replace(truth, ends=(Raised("KeyError"),))
    yield silent
    for otherwise in (silent, truth):
        yield raised if raised and silent.ends != truth.ends else otherwise


@mistake(
    Aspect.LIFETIME,
    "A damaged file was not told: tbparse gives the rows before the damage and says nothing, and an "
    "error that is caught must still be named.",
    "Read each file with `records(path)` to its end; tell `Truncated` and `BadChecksum` by their names.",
)
def truncation_missed(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Damage is not told, or ends the function."""
    for never in ((M.TRUNCATED_NEVER,), (M.TRUNCATED_NEVER, M.CHECKSUM_NEVER), (M.CHECKSUM_NEVER,)):
        yield _misread(truth, context, *never)
    yield context.if_raised("Truncated", "BadChecksum") or truth
