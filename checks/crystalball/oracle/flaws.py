"""The flaws: ways to train wrongly, by their names. What they do stands in `wrong_loops`,
`wrong_modes`, `wrong_lengths`, `wrong_steps`, `wrong_scores`, `wrong_schedules`, `sweep` and `resume`.

The names need no torch, so the mistakes can speak of them; one that is none fails where it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum, auto
from typing import TypeVar

T = TypeVar("T")


class Flaw(StrEnum):
    """A way to train wrongly."""

    NO_ZERO_GRAD = auto()
    ZERO_GRAD_EACH_EPOCH = auto()
    NO_STEP = auto()
    STEP_WITHOUT_GRADIENTS = auto()
    STEP_EACH_SECOND_BATCH = auto()
    STEP_EACH_SECOND_BATCH_BY_MEAN = auto()
    STEP_EACH_FOURTH_BATCH = auto()
    STEP_EACH_FOURTH_BATCH_BY_MEAN = auto()
    STEP_EACH_SECOND_BATCH_AND_NO_REST = auto()
    STEP_EACH_SECOND_BATCH_AND_NO_REST_BY_MEAN = auto()
    STEP_EACH_SECOND_BATCH_OF_ALL = auto()
    STEP_EACH_SECOND_BATCH_OF_ALL_BY_MEAN = auto()
    STEP_EACH_SECOND_BATCH_FROM_FIRST = auto()
    STEP_EACH_FOURTH_BATCH_FROM_FIRST = auto()
    STEP_EACH_POINT = auto()
    STEP_EACH_POINT_BY_MEAN = auto()
    STEP_EACH_EPOCH = auto()
    STEP_EACH_EPOCH_BY_LAST_BATCH = auto()
    ZERO_GRAD_EACH_POINT = auto()
    LOSS_SUMMED = auto()
    LOSS_DIVIDED_BY_SIZE = auto()
    LOSS_DIVIDED_BY_BATCHES = auto()
    FIRST_BATCH_AGAIN = auto()
    LOADER_READ_ONCE = auto()
    SMALL_BATCH_NOT_TRAINED = auto()
    ONLY_FULL_BATCHES_TRAINED = auto()
    GRADIENTS_ADDED_UP = auto()
    GRADIENTS_AVERAGED_TWICE = auto()
    FIRST_BATCH_NOT_TRAINED = auto()
    ONE_EPOCH_MORE = auto()
    STOPPED_AFTER_ONE = auto()
    STOPPED_AFTER_TWO = auto()
    STOPPED_AFTER_THREE = auto()
    STOPPED_BY_TRAINING = auto()
    STOPPED_WHEN_ALL_RIGHT = auto()
    EVAL_AT_FIRST = auto()
    EVAL_AFTER_EACH_BATCH = auto()
    EVAL_AFTER_FIRST_BATCH_OF_EPOCH = auto()
    EXTRA_FORWARD_AT_FIRST = auto()

    OWN_LOSS_FN = auto()
    OWN_LOSS_FN_IN_TRAINING = auto()
    CLIPPED_UNASKED_TO_ONE = auto()
    CLIPPED_UNASKED_TO_HALF = auto()
    CLIPPED_UNASKED_TO_FIVE = auto()
    NOT_CLIPPED = auto()
    CLIPPED_TO_ONE = auto()
    LENGTHENED_TO_MAX_NORM = auto()
    CLIPPED_ONE_BY_ONE = auto()
    CLIPPED_BY_VALUE = auto()

    SOFTMAX_BEFORE_THE_LOSS = auto()
    LOSS_AFTER_STEP = auto()
    LOSS_AFTER_STEP_IN_EVAL_MODE = auto()
    LOSS_AFTER_STEP_LEFT_IN_EVAL_MODE = auto()
    LOSS_ALONE_AFTER_STEP = auto()
    ACCURACY_AFTER_STEP = auto()
    ACCURACY_AFTER_STEP_IN_EVAL_MODE = auto()
    ACCURACY_AFTER_STEP_LEFT_IN_EVAL_MODE = auto()
    ACCURACY_BEFORE_STEP_IN_EVAL_MODE = auto()
    ACCURACY_AFTER_LOSS_IN_EVAL_MODE = auto()
    LOSS_AFTER_EPOCH = auto()
    LOSS_AFTER_EPOCH_OF_KEPT_BATCHES = auto()
    LOSS_AFTER_EPOCH_IN_EVAL_MODE = auto()
    ACCURACY_AFTER_EPOCH = auto()
    ACCURACY_AFTER_EPOCH_IN_EVAL_MODE = auto()
    ACCURACY_AFTER_EPOCH_LEFT_IN_EVAL_MODE = auto()
    LOSS_AFTER_EPOCH_LEFT_IN_EVAL_MODE = auto()
    LEFT_IN_EVAL_MODE_AFTER_EPOCH = auto()

    AMONG_TWO = auto()
    AMONG_THREE = auto()
    AMONG_FIVE = auto()
    EACH_LOGIT = auto()
    BY_CLASS = auto()
    BY_EVERY_CLASS = auto()
    SOFTMAX_OVER_BATCH = auto()
    EACH_WITH_ALL = auto()
    ABOVE_ONE_HALF = auto()
    FIRST_CLASS_UNLESS_SURE = auto()

    NO_EVAL = auto()
    TRAIN_MODE_AFTER_FIRST_BATCH = auto()
    NEVER_IN_EVAL_MODE = auto()
    DRAWN_IN_TRAIN_MODE = auto()
    DRAWN_BEFORE_THE_EPOCH = auto()
    DRAWN_BY_FIRST_WEIGHTS = auto()
    NO_RETURN_TO_TRAIN = auto()
    NO_RETURN_TO_TRAIN_AFTER_VALIDATION = auto()
    LEFT_IN_EVAL_MODE = auto()
    DECODER_LEFT_IN_EVAL_MODE = auto()
    ENCODER_LEFT_IN_EVAL_MODE = auto()

    VALIDATION_FIRST = auto()
    FIRST_WEIGHTS_VALIDATED = auto()
    VALIDATED_ON_TRAINING_DATA = auto()
    VALIDATED_ON_TRAINING_DATA_IN_TRAIN_MODE = auto()
    TRAINED_ON_VALIDATION = auto()
    TRAINED_ON_VALIDATION_IN_TRAIN_MODE = auto()
    GRADIENTS_OF_VALIDATION = auto()
    STEPPED_IN_VALIDATION = auto()

    NO_SCHEDULER = auto()
    SCHEDULER_FIRST = auto()
    SCHEDULER_EACH_BATCH = auto()
    SCHEDULER_EACH_BATCH_READ_LATE = auto()
    SCHEDULER_EACH_BATCH_READ_IN_THE_LAST = auto()
    SCHEDULER_TWICE = auto()
    SCHEDULER_TWICE_READ_BETWEEN = auto()
    SCHEDULER_BY_NUMBER_FROM_ZERO = auto()
    SCHEDULER_BY_LOSS = auto()
    ONE_RATE_FOR_ALL_GROUPS = auto()
    ONE_RATE_FOR_ALL_GROUPS_FROM_FIRST = auto()
    GET_LR_BEFORE_STEP = auto()
    GET_LR_AFTER_STEP = auto()

    LESS_PATIENT = auto()
    MORE_PATIENT = auto()
    NEVER_STOPS = auto()
    STOPS_BY_TRAINING = auto()
    EQUAL_IS_PROGRESS = auto()
    NAN_IS_PROGRESS = auto()
    NOT_HIGHER_IS_PROGRESS = auto()
    NAN_COUNTS_NOT = auto()
    NOT_HIGHER_COUNTS_NOT = auto()
    COMPARES_WITH_THE_EPOCH_BEFORE = auto()
    COUNTS_NOT_IN_A_ROW = auto()

    MODEL_CARRIED_OVER = auto()
    MODEL_SHARED_IN_TURNS = auto()
    MODEL_SHARED_IN_TURNS_OF_EPOCHS = auto()
    OPTIMIZER_SHARED = auto()
    OPTIMIZER_STATE_CARRIED_OVER = auto()
    MODEL_AND_OPTIMIZER_SHARED = auto()
    ONE_TRAINING_AT_ALL_RATES = auto()
    FIRST_RATE_FOR_ALL = auto()
    LAST_RATE_FOR_ALL = auto()

    BEGUN_ANEW = auto()
    EPOCHS_FROM_ONE = auto()
    EPOCH_AGAIN = auto()
    NOTHING_BUT_THE_EPOCH_READ = auto()
    MODEL_LOST = auto()
    OPTIMIZER_LOST = auto()
    SCHEDULER_LOST = auto()
    OPTIMIZER_AND_SCHEDULER_LOST = auto()
    MOMENTUM_LOST = auto()
    BATCH_NORM_LOST = auto()
    RESUMED_IN_EVAL_MODE = auto()
    SAVED_BEFORE_THE_SCHEDULER_STEP = auto()
    SAVED_WHEN_BETTER = auto()
    SAVED_WHEN_BETTER_IN_THE_CALL = auto()
    SAVED_EACH_SECOND = auto()
    SAVED_EACH_SECOND_AND_LAST = auto()
    SAVED_EACH_THIRD = auto()
    SAVED_EACH_THIRD_AND_LAST = auto()
    SAVED_LAST = auto()
    SAVED_ALL_BUT_LAST = auto()
    INTERRUPTION_SAVED = auto()
    INTERRUPTION_SAVED_WITH_THE_EPOCH_BEFORE = auto()
    INTERRUPTION_SAVED_AS_DONE = auto()
    INTERRUPTION_ALONE_SAVED = auto()
    END_OF_CALL_ALONE_SAVED = auto()


STOPPED = frozenset(flaw for flaw in Flaw if flaw.startswith("stopped_"))
"""Those that end a training before its time."""


SCORES = frozenset(
    {
        Flaw.AMONG_TWO,
        Flaw.AMONG_THREE,
        Flaw.AMONG_FIVE,
        Flaw.EACH_LOGIT,
        Flaw.BY_CLASS,
        Flaw.BY_EVERY_CLASS,
        Flaw.SOFTMAX_OVER_BATCH,
        Flaw.EACH_WITH_ALL,
        Flaw.ABOVE_ONE_HALF,
        Flaw.FIRST_CLASS_UNLESS_SURE,
    }
)
"""Those in which nothing but an accuracy is another."""

OF_ACCURACIES = SCORES | {
    Flaw.ACCURACY_AFTER_STEP_LEFT_IN_EVAL_MODE,
    Flaw.ACCURACY_AFTER_EPOCH_LEFT_IN_EVAL_MODE,
}
"""Those that, without an accuracy, change nothing, or leave what another leaves."""

KEEP_THE_LOSSES = SCORES | {
    Flaw.EXTRA_FORWARD_AT_FIRST,
    Flaw.ACCURACY_AFTER_STEP,
    Flaw.ACCURACY_AFTER_STEP_IN_EVAL_MODE,
    Flaw.ACCURACY_BEFORE_STEP_IN_EVAL_MODE,
    Flaw.ACCURACY_AFTER_LOSS_IN_EVAL_MODE,
    Flaw.ACCURACY_AFTER_EPOCH,
    Flaw.ACCURACY_AFTER_EPOCH_IN_EVAL_MODE,
    Flaw.NO_EVAL,
    Flaw.TRAIN_MODE_AFTER_FIRST_BATCH,
    Flaw.NEVER_IN_EVAL_MODE,
    Flaw.DRAWN_IN_TRAIN_MODE,
    Flaw.DRAWN_BEFORE_THE_EPOCH,
    Flaw.DRAWN_BY_FIRST_WEIGHTS,
    Flaw.VALIDATION_FIRST,
    Flaw.FIRST_WEIGHTS_VALIDATED,
    Flaw.VALIDATED_ON_TRAINING_DATA,
    Flaw.VALIDATED_ON_TRAINING_DATA_IN_TRAIN_MODE,
    Flaw.GET_LR_BEFORE_STEP,
    Flaw.GET_LR_AFTER_STEP,
    Flaw.BATCH_NORM_LOST,
}
"""Those that change no loss of the training itself, unless it stops early for another validation."""


WRONG: dict[Flaw, type[object]] = {}
"""For each flaw the class that trains with it, a subclass of one that trains rightly."""


def flawed(flaw: Flaw) -> Callable[[type[T]], type[T]]:
    """Says of a class that it trains with a flaw.

    Args:
        flaw: which.
    """

    def decorate(way: type[T]) -> type[T]:
        WRONG[flaw] = way
        return way

    return decorate


def with_flaws(right: type[T], flaws: Iterable[Flaw]) -> type[T]:
    """The class that trains in place of a right one. Of flaws in the same step the last is made.

    Args:
        right: trains rightly.
        flaws: which are made; one of another kind of training is not made in this one.
    """
    wrong: type[T] = right
    for flaw in flaws:
        way = WRONG[flaw]
        if issubclass(way, right) and not issubclass(wrong, way):
            wrong = way if issubclass(way, wrong) else type(way.__name__, (way, wrong), {})
    return wrong
