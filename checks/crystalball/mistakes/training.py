"""Mistakes in the training itself."""

from collections.abc import Iterator
from dataclasses import replace

from crystalball.cases.inside.parts import Cadence, Live, LoaderFailure, Validation
from crystalball.mistakes.catalogue import Context, training_mistake
from crystalball.mistakes.series import epochs_behind
from crystalball.mistakes.subsets import some
from crystalball.oracle.flaws import Flaw
from crystalball.oracle.trace import Epoch
from crystalball.outcomes.outcome import Outcome, Run


def _without_steps(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """What comes at an optimizer step never comes, as a look from outside does."""
    if context.seen and context.training.find(Live):
        yield replace(truth, ends=context.seen.ends, views=context.seen.views)
    else:
        yield truth


def _walked_again(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The loader may raise in a second walk, before some points of the epoch are logged."""
    yield truth
    for tags in some(truth.tags):
        yield truth.sliced(slice(-1), tags) if context.training.find(LoaderFailure) else truth


def _behind(run: Run, epochs: tuple[Epoch, ...]) -> Run:
    """A run with these epochs behind its curves."""
    return replace(run, curves={tag: replace(curve, epochs=epochs) for tag, curve in run.curves.items()})


def _of_some_curves(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """What was measured so stands under some tags alone, and the others are right; or under all."""
    # What else is wrong with the training shows in the others, too.
    rights = truth.runs
    if context.expected and context.right and context.flaws < 2:
        rights = tuple(
            _behind(run, epochs_behind(context.training, context.right, index))
            for index, run in enumerate(context.expected.runs)
        )
    for start in ("Loss/Batch", "Loss/Train", "Accuracy/Train", "Final/"):  # as many in every case
        runs = [
            replace(
                run, curves={**right.curves, **{t: c for t, c in run.curves.items() if t.startswith(start)}}
            )
            for run, right in zip(truth.runs, rights, strict=True)
        ]
        yield replace(truth, runs=tuple(runs))
    yield from _walked_again(truth, context)


def _validation_first(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The epoch that an error ends may have been validated."""
    yield truth
    if not context.training.find(LoaderFailure):
        yield truth
        return
    passes = [epoch.validation for epoch in context.trace.epochs[: context.training.completed + 1]]
    more = truth.with_points("Loss/Validation", enumerate((one.mean_loss for one in passes), start=1))
    yield more.with_points("Accuracy/Validation", enumerate((one.accuracy for one in passes), start=1))


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
    Flaw.STEP_WITHOUT_GRADIENTS,
    why="The model never learned: its weights stayed as they were at the start.",
    next="For each batch, outside of `torch.no_grad()`, in this order: `optimizer.zero_grad()`, "
    "`loss.backward()`, `optimizer.step()`, of an optimizer that holds the parameters of this very "
    "model.",
    predict=_without_steps,
)
training_mistake(
    "step_not_each_batch",
    Flaw.STEP_EACH_SECOND_BATCH,
    Flaw.STEP_EACH_SECOND_BATCH_BY_MEAN,
    Flaw.STEP_EACH_FOURTH_BATCH,
    Flaw.STEP_EACH_FOURTH_BATCH_BY_MEAN,
    Flaw.STEP_EACH_SECOND_BATCH_AND_NO_REST,
    Flaw.STEP_EACH_SECOND_BATCH_AND_NO_REST_BY_MEAN,
    Flaw.STEP_EACH_SECOND_BATCH_OF_ALL,
    Flaw.STEP_EACH_SECOND_BATCH_OF_ALL_BY_MEAN,
    Flaw.STEP_EACH_SECOND_BATCH_FROM_FIRST,
    Flaw.STEP_EACH_FOURTH_BATCH_FROM_FIRST,
    Flaw.STEP_EACH_EPOCH,
    Flaw.STEP_EACH_EPOCH_BY_LAST_BATCH,
    why="The optimizer was not stepped for each batch, but once for several of them.",
    next="For each batch, in this order: `optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()`.",
)
training_mistake(
    "small_batch_not_trained",
    Flaw.SMALL_BATCH_NOT_TRAINED,
    Flaw.ONLY_FULL_BATCHES_TRAINED,
    why="A batch that is not full was left out of the training, and of what is logged of it.",
    next="Step the optimizer for each batch: the last may be smaller, and counts all the same.",
)
training_mistake(
    "step_each_point",
    Flaw.STEP_EACH_POINT,
    Flaw.STEP_EACH_POINT_BY_MEAN,
    Flaw.ZERO_GRAD_EACH_POINT,
    needs=Cadence,
    why="The training followed `log_every`: gradients were added up from one point to the next.",
    next="`log_every` is for logging alone: train on each batch in the same way, whatever is logged.",
)
training_mistake(
    "trained_by_sum",
    Flaw.LOSS_SUMMED,
    why="The gradients are those of the sum of a batch's losses, not of their mean: they are as many times "
    "larger as the batch has samples.",
    next="Call `backward()` on what `loss_fn` gives, as it was handed to you.",
)
training_mistake(
    "trained_by_less",
    Flaw.LOSS_DIVIDED_BY_SIZE,
    Flaw.LOSS_DIVIDED_BY_BATCHES,
    why="The loss was divided once more before `backward()`, by the samples of the batch or the number "
    "of batches: gradients are as many times too small.",
    next="Call `backward()` on what `loss_fn` gives, as it was handed to you.",
)
training_mistake(
    "first_batch_again",
    Flaw.FIRST_BATCH_AGAIN,
    why="Each step took the first batch of the loader: the other batches were never trained on.",
    next="`for inputs, targets in loader:` gives each batch once; `next(iter(loader))` begins a new walk.",
)
training_mistake(
    "loader_read_once",
    Flaw.LOADER_READ_ONCE,
    why="The loader was read once, and its batches were kept: what it gives in a later epoch, or raises "
    "there, was never asked for.",
    next="Go through the loader in each epoch: `for inputs, targets in loader:`.",
)
training_mistake(
    "clipped_unasked",
    Flaw.CLIPPED_UNASKED_TO_ONE,
    Flaw.CLIPPED_UNASKED_TO_HALF,
    Flaw.CLIPPED_UNASKED_TO_FIVE,
    why="The gradients were clipped before the optimizer's step: it stepped by smaller ones than those of "
    "the batch.",
    next="Leave `clip_grad_norm_` out: the step is to be taken by the gradients as they are.",
)
training_mistake(
    "softmax_before_the_loss",
    Flaw.SOFTMAX_BEFORE_THE_LOSS,
    why="The loss was computed from probabilities, not from logits: `loss_fn` takes the softmax itself.",
    next="Give the model's output to `loss_fn` as it is.",
)
training_mistake(
    "loss_after_step",
    Flaw.LOSS_AFTER_STEP,
    Flaw.LOSS_AFTER_STEP_IN_EVAL_MODE,
    Flaw.LOSS_ALONE_AFTER_STEP,
    Flaw.LOSS_AFTER_EPOCH,
    Flaw.LOSS_AFTER_EPOCH_OF_KEPT_BATCHES,
    why="A logged loss was computed after the optimizer step, by a model that had already learned from "
    "this batch.",
    next="Log the loss that you called `backward()` on; do not compute it again after `step()`.",
    predict=_of_some_curves,
)
training_mistake(
    "no_eval",
    Flaw.NO_EVAL,
    Flaw.NEVER_IN_EVAL_MODE,
    needs=Validation,
    why="The model, or a part of it, was in training mode where evaluation mode is asked for: batch norm "
    "used the statistics of what was validated, or drawn, in place of its running averages.",
    next="Call `eval()` on the very model that is validated, or draws, right before that, and `train()` "
    "before the batches that train.",
)
training_mistake(
    "train_mode_within_validation",
    Flaw.TRAIN_MODE_AFTER_FIRST_BATCH,
    needs=Validation,
    why="After the first batch of the validation the model was in training mode again, and batch norm "
    "learned from the rest.",
    next="Call `model.train()` after the loop over `val_loader`, not in it.",
)
training_mistake(
    "no_return_to_train",
    Flaw.NO_RETURN_TO_TRAIN,
    Flaw.NO_RETURN_TO_TRAIN_AFTER_VALIDATION,
    needs=Validation,
    why="After the first validation the model stayed in evaluation mode, also while it was trained.",
    next="Call `model.train()` at the start of each epoch's training.",
)
training_mistake(
    "validated_before_training",
    Flaw.VALIDATION_FIRST,
    needs=Validation,
    why="The validation was done before the epoch's training: its curve lags one epoch behind.",
    next="First train the epoch, then validate, then log both at the same step.",
    predict=_validation_first,
)
training_mistake(
    "first_weights_validated",
    Flaw.FIRST_WEIGHTS_VALIDATED,
    needs=Validation,
    why="Each validation measured the model as it was before the training: a copy that learned nothing.",
    next="Validate the model that was trained; a copy of it must be made after each epoch's training.",
)
training_mistake(
    "validated_on_training_data",
    Flaw.VALIDATED_ON_TRAINING_DATA,
    Flaw.VALIDATED_ON_TRAINING_DATA_IN_TRAIN_MODE,
    needs=Validation,
    why="The validation went over `train_loader`: it tells how the model does on what it has learned from.",
    next="In the validation: `for inputs, targets in val_loader:`.",
    predict=_walked_again,
)
training_mistake(
    "trained_on_validation",
    Flaw.TRAINED_ON_VALIDATION,
    Flaw.TRAINED_ON_VALIDATION_IN_TRAIN_MODE,
    Flaw.GRADIENTS_OF_VALIDATION,
    needs=Validation,
    why="The model learned from the validation set, so its curve no longer tells how it does on new data.",
    next="Only measure there: no `backward()` and no `optimizer.step()`, and `torch.no_grad()` around it.",
)
training_mistake(
    "stepped_in_validation",
    Flaw.STEPPED_IN_VALIDATION,
    needs=Validation,
    why="The optimizer stepped within the validation too, with the gradients that the last batch of the "
    "training had left.",
    next="Call `optimizer.step()` where you train alone, right after `backward()`.",
)
training_mistake(
    "trained_in_eval_mode",
    Flaw.EVAL_AT_FIRST,
    Flaw.EVAL_AFTER_EACH_BATCH,
    Flaw.EVAL_AFTER_FIRST_BATCH_OF_EPOCH,
    why="The model was in evaluation mode while it was trained, on some batches at least: batch norm "
    "did not look at these.",
    next="Train in training mode: `model.eval()` is for who measures or draws, and `model.train()` "
    "comes right after that.",
)
training_mistake(
    "measured_after_the_epoch",
    Flaw.ACCURACY_AFTER_EPOCH_IN_EVAL_MODE,
    Flaw.LOSS_AFTER_EPOCH_IN_EVAL_MODE,
    why="The epoch was measured a second time after its training, in evaluation mode: that is how "
    "good the model is at the end of the epoch, not how it did while it learned.",
    next="Log what the training loop itself computes: the losses that it steps by, and the right "
    "predictions of the logits that gave them; so, too, where results of the last epoch are asked for.",
    predict=_of_some_curves,
)
training_mistake(
    "left_in_eval_after_measuring",
    Flaw.ACCURACY_AFTER_EPOCH_LEFT_IN_EVAL_MODE,
    Flaw.LOSS_AFTER_EPOCH_LEFT_IN_EVAL_MODE,
    Flaw.ACCURACY_AFTER_STEP_LEFT_IN_EVAL_MODE,
    Flaw.LOSS_AFTER_STEP_LEFT_IN_EVAL_MODE,
    why="Samples were measured once more when they had been trained on, in evaluation mode; and the model "
    "stayed in it: what came next was trained so.",
    next="Log what the training loop itself has computed, before each step; where a model is in evaluation "
    "mode, call `model.train()` before it is trained again.",
    predict=_walked_again,
)
training_mistake(
    "left_in_eval_after_epoch",
    Flaw.LEFT_IN_EVAL_MODE_AFTER_EPOCH,
    why="After an epoch the model stayed in evaluation mode: what came next was trained in it.",
    next="Call `model.train()` at the start of each epoch.",
    predict=_walked_again,
)
training_mistake(
    "first_batch_not_trained",
    Flaw.FIRST_BATCH_NOT_TRAINED,
    why="The first batch of the first epoch was not trained on: it was taken from the loader before.",
    next="`next(iter(loader))` looks at a batch; then let `for … in loader:` begin a walk of its own.",
)
training_mistake(
    "extra_training_pass",
    Flaw.ACCURACY_AFTER_EPOCH,
    Flaw.LOSS_AFTER_EPOCH,
    why="The epoch was measured a second time after its training, with the model still in training "
    "mode; that also moves the running averages of batch norm.",
    next="Count the right predictions in the training loop, from the logits that gave the loss.",
    predict=_walked_again,
)
training_mistake(
    "predicted_in_eval_mode",
    Flaw.ACCURACY_BEFORE_STEP_IN_EVAL_MODE,
    Flaw.ACCURACY_AFTER_LOSS_IN_EVAL_MODE,
    why="Each batch was predicted twice: the accuracy is that of a pass of its own, in evaluation mode, "
    "and not of the one that gave the loss.",
    next="Use the logits that gave the loss: keep them in a variable, and count what is right there.",
)
training_mistake(
    "own_loss_fn",
    Flaw.OWN_LOSS_FN,
    Flaw.OWN_LOSS_FN_IN_TRAINING,
    why="The loss was not computed by the `loss_fn` that was given, but by one like those of the scripts.",
    next="Call `loss_fn(…)`: it is an argument because each call may bring another one.",
)
training_mistake(
    "predicted_after_step",
    Flaw.ACCURACY_AFTER_STEP,
    Flaw.ACCURACY_AFTER_STEP_IN_EVAL_MODE,
    Flaw.LOSS_AFTER_STEP,
    Flaw.LOSS_AFTER_STEP_IN_EVAL_MODE,
    why="Each batch was predicted a second time, after its optimizer step: by then the model had learned "
    "from it.",
    next="Use the logits that gave the loss: keep them in a variable, and count what is right there.",
)
