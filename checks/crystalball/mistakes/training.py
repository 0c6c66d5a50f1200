"""Mistakes in the training itself."""

from collections.abc import Iterator
from dataclasses import replace

from crystalball.cases.inside.parts import Live, LoaderFailure
from crystalball.mistakes.catalogue import Context, training_mistake
from crystalball.oracle.flaws import Flaw
from crystalball.outcomes.outcome import Outcome


def _without_steps(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """What comes at an optimizer step never comes: a look from outside, and the loader's error."""
    if context.seen and any(context.training.find(kind) for kind in (LoaderFailure, Live)):
        yield replace(truth, ends=context.seen.ends, views=context.seen.views)
    else:
        yield truth


training_mistake(
    "no_zero_grad",
    Flaw.NO_ZERO_GRAD,
    Flaw.ZERO_GRAD_EACH_EPOCH,
    why="The gradients of earlier batches were still there when the optimizer stepped.",
    next="Call `optimizer.zero_grad()` for every batch, before `loss.backward()`.",
)
training_mistake(
    "no_optimizer_step",
    Flaw.NO_STEP,
    why="The model never learned: its weights stayed as they were at the start.",
    next="For each batch, in this order: `optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()`.",
    predict=_without_steps,
)
training_mistake(
    "loss_after_step",
    Flaw.LOSS_AFTER_STEP,
    Flaw.LOSS_AFTER_EPOCH,
    Flaw.LOSS_AFTER_EPOCH_IN_EVAL_MODE,
    why="The logged loss was computed after the optimizer step, by a model that had already learned "
    "from this batch.",
    next="Log the loss that you called `backward()` on; do not compute it again after `step()`.",
)
training_mistake(
    "no_eval",
    Flaw.NO_EVAL,
    Flaw.NEVER_IN_EVAL_MODE,
    why="The model was in training mode while it was validated: batch norm used the statistics of the "
    "validation batches in place of its running averages, and moved those by them.",
    next="Call `model.eval()` before the validation.",
)
training_mistake(
    "no_return_to_train",
    Flaw.NO_RETURN_TO_TRAIN,
    Flaw.NO_RETURN_TO_TRAIN_AFTER_VALIDATION,
    why="After the first validation the model stayed in evaluation mode, also while it was trained.",
    next="Call `model.train()` at the start of each epoch's training.",
)
training_mistake(
    "validated_before_training",
    Flaw.VALIDATION_FIRST,
    why="The validation was done before the epoch's training: its curve lags one epoch behind.",
    next="First train the epoch, then validate, then log both at the same step.",
)
training_mistake(
    "validated_on_training_data",
    Flaw.VALIDATED_ON_TRAINING_DATA,
    Flaw.VALIDATED_ON_TRAINING_DATA_IN_TRAIN_MODE,
    why="The validation went over `train_loader`: it tells how the model does on what it has learned from.",
    next="In the validation: `for inputs, targets in val_loader:`.",
)
training_mistake(
    "trained_on_validation",
    Flaw.TRAINED_ON_VALIDATION,
    Flaw.TRAINED_ON_VALIDATION_IN_TRAIN_MODE,
    why="The model learned from the validation set, so its curve no longer tells how it does on new data.",
    next="Only measure there: no `backward()` and no `optimizer.step()`, and `torch.no_grad()` around it.",
)
