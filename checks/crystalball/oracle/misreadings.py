"""The misreadings: ways to read a run wrongly, by their names; what they do stands in `detective`."""

from enum import StrEnum, auto


class Misreading(StrEnum):
    """A way to read a run, or a definition, wrongly."""

    HPARAMS_FILE_COUNTED = auto()
    HPARAMS_FILE_NOT_COMPARED_ONLY = auto()
    FILES_BY_NAME = auto()
    STRAY_FILES_READ = auto()
    STRAY_POINTS_READ = auto()
    STRANGERS_READ = auto()

    STRAY_NEVER = auto()
    STRAY_ONE_LEVEL = auto()
    STRAY_WITH_POINTS_ONLY = auto()
    STRAY_ANY_FOLDER = auto()

    TRUNCATED_NEVER = auto()
    CHECKSUM_NEVER = auto()
    DAMAGE_IS_TRUNCATION = auto()
    DAMAGE_IS_CHECKSUM = auto()
    DAMAGED_FILE_DROPPED = auto()

    NO_DATA_NEVER = auto()
    NO_DATA_WITHOUT_FILE = auto()
    NO_DATA_OF_A_FILE = auto()
    NO_DATA_ALONE = auto()
    NO_DATA_WITHOUT_RECORD = auto()

    NAN_NEVER = auto()
    NAN_OR_INFINITE = auto()
    NAN_IN_LOSSES = auto()
    NAN_OF_OTHER_RECORDS = auto()
    NAN_OF_ALL_BUT_HEADERS = auto()
    NAN_OF_ALL_RECORDS = auto()

    DUPLICATES_NEVER = auto()
    DUPLICATES_OVER_FILES = auto()
    DUPLICATES_AMONG_NEIGHBOURS = auto()
    DUPLICATES_OF_ONE_VALUE = auto()
    DUPLICATES_OVER_TAGS = auto()
    DUPLICATES_IN_LOSSES = auto()

    ORDER_NEVER = auto()
    ORDER_OVER_FILES = auto()
    ORDER_OVER_TAGS = auto()
    ORDER_WITH_DUPLICATES = auto()
    ORDER_IN_LOSSES = auto()

    STOPS_NEVER = auto()
    STOPS_BY_ONE = auto()
    STOPS_BY_MORE_THAN_TWO = auto()
    STOPS_WITH_BATCHES = auto()
    STOPS_WITH_SINGLE_POINTS = auto()
    STOPS_WITHOUT_SINGLE_POINTS_OF_A_FILE = auto()
    STOPS_IN_ONE_FILE = auto()
    STOPS_BY_COUNT = auto()
    STOPS_BY_COUNT_OF_STEPS = auto()
    STOPS_IN_LOSSES = auto()

    LATER_FILES_NEVER = auto()
    LATER_WITHOUT_POINTS = auto()
    LATER_THE_SECOND_ONLY = auto()
    EVERY_REASON = auto()
    EVERY_REASON_BUT_THE_LAST = auto()
    TIME_OF_PREVIOUS_FILE_ONLY = auto()
    STEPS_OF_PREVIOUS_FILE_ONLY = auto()
    MIXED_NEVER = auto()
    UNPURGED_NEVER = auto()
    UNPURGED_FROM_EQUAL_ON_NOT = auto()
    UNPURGED_OVER_TAGS = auto()
    PURGE_IGNORED = auto()
    PURGE_FOR_ITS_FILE_ONLY = auto()
    PURGE_FROM_THE_NEXT_STEP = auto()
    FIRST_RESTART_ONLY = auto()
    LAST_RESTART_ONLY = auto()
    ANY_RESTART_EXCUSES = auto()
    RESTART_EXCUSES_LATER = auto()
    SECOND_NEVER = auto()
    SECOND_IN_SPITE_OF_RESTART = auto()
    SECOND_FOR_EVERY_LATER = auto()
