"""Mistakes in the accuracy: what was counted, and what it was divided by."""

from __future__ import annotations

from collections.abc import Iterator

from crystalball.mistakes.catalogue import Aspect, Context, mistake, training_mistake
from crystalball.mistakes.means import each, some
from crystalball.oracle.flaws import Flaw
from crystalball.outcomes.outcome import Outcome

ACCURACY = "Accuracy"

training_mistake(
    "measured_after_the_epoch",
    Flaw.ACCURACY_AFTER_EPOCH_IN_EVAL_MODE,
    Flaw.LOSS_AFTER_EPOCH_IN_EVAL_MODE,
    why="The epoch was measured a second time after its training, in evaluation mode: that is how "
    "good the model is at the end of the epoch, not how it did while it learned.",
    next="Count the right predictions in the training loop, from the logits that gave the loss.",
)
training_mistake(
    "extra_training_pass",
    Flaw.ACCURACY_AFTER_EPOCH,
    Flaw.LOSS_AFTER_EPOCH,
    why="The epoch was measured a second time after its training, with the model still in training "
    "mode; that also moves the running averages of batch norm.",
    next="Count the right predictions in the training loop, from the logits that gave the loss.",
)
training_mistake(
    "predicted_after_step",
    Flaw.ACCURACY_AFTER_STEP,
    Flaw.ACCURACY_AFTER_STEP_IN_EVAL_MODE,
    Flaw.LOSS_AFTER_STEP,
    why="Each batch was predicted a second time, after its optimizer step: by then the model had learned "
    "from it.",
    next="Use the logits that gave the loss: keep them in a variable, and count what is right there.",
)


@mistake(
    Aspect.VALUE,
    "The accuracy was logged in percent; it was asked for as a share from 0 to 1.",
    "Do not multiply by 100.",
)
def percent(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """A hundred times too much."""
    for tags in some(tag for tag in truth.tags if tag.startswith(ACCURACY)):
        yield truth.map_points(lambda step, value: (step, 100 * value), tags)


@mistake(
    Aspect.VALUE,
    "The accuracies of the batches were averaged, so the samples of a smaller batch count too much.",
    "Add up the right predictions and the samples over the epoch; divide once, at its end.",
)
def mean_of_batch_accuracies(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The mean over the batches."""
    yield from each(
        truth,
        context,
        ACCURACY,
        lambda walk: sum(b.correct / b.size for b in walk.batches) / len(walk.batches),
    )


@mistake(
    Aspect.VALUE,
    "This is the accuracy of the epoch's last batch, not that of the epoch.",
    "Add up the right predictions over all batches, and divide by all samples.",
)
def last_batch_accuracy(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The last batch alone."""
    yield from each(truth, context, ACCURACY, lambda walk: walk.batches[-1].correct / walk.batches[-1].size)


@mistake(
    Aspect.VALUE,
    "`argmax` looked at the whole batch at once instead of at each sample's logits.",
    "The classes are the second dimension: `logits.argmax(dim=1)` gives one prediction a sample.",
)
def argmax_over_batch(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """`argmax` without a dimension."""
    yield from each(truth, context, ACCURACY, lambda walk: sum(b.flat for b in walk.batches) / walk.samples)


@mistake(
    Aspect.VALUE,
    "The accuracy was cut to a whole number: it is 0 unless every prediction was right.",
    "Divide with `/`, not with `//`, and leave `int()` away.",
)
def whole_number_division(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Only the whole part is left."""
    for tags in some(tag for tag in truth.tags if tag.startswith(ACCURACY)):
        yield truth.map_points(lambda step, value: (step, float(int(value))), tags)


@mistake(
    Aspect.VALUE,
    "The number of right predictions was logged, not their share.",
    "Divide by the number of samples of the epoch.",
)
def count_for_rate(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The count itself."""
    yield from each(truth, context, ACCURACY, lambda walk: sum(b.correct for b in walk.batches))


@mistake(
    Aspect.VALUE,
    "The number of right predictions was divided by the number of batches: that is how many samples of a "
    "batch were right, on average, not which share of the samples.",
    "Divide by the number of samples of the epoch, not by `len(loader)`.",
)
def count_divided_by_batches(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """Right predictions a batch."""
    yield from each(
        truth,
        context,
        ACCURACY,
        lambda walk: sum(b.correct for b in walk.batches) / len(walk.batches),
    )
