"""Flaws in the mode of the model, and in what is validated and drawn."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from crystalball.oracle.flaws import Flaw, flawed
from crystalball.oracle.trace import Batch, Drawings
from crystalball.oracle.wrong_loops import WrongLoop
from crystalball.processes.inside.training_objects import TrainingObjects

# The mode in which is trained, and the model before the first epoch, as a graph leaves it.


@flawed(Flaw.EVAL_AT_FIRST)
class EvalAtFirst(WrongLoop):
    """The model is in evaluation mode when the training begins."""

    def begin(self) -> None:
        self.objects.model.eval()


@flawed(Flaw.EVAL_AFTER_EACH_BATCH)
class EvalAfterEachBatch(WrongLoop):
    """The model is in evaluation mode from the second batch on."""

    def train_batch(self, batch: Sequence[Tensor]) -> Batch:
        trained = super().train_batch(batch)
        self.objects.model.eval()
        return trained


@flawed(Flaw.EVAL_AFTER_FIRST_BATCH_OF_EPOCH)
class EvalAfterFirstBatchOfEpoch(EvalAfterEachBatch):
    """The same in each epoch, which begins in training mode."""

    def begin_epoch(self) -> None:
        super().begin_epoch()
        self.objects.model.train()


@flawed(Flaw.EXTRA_FORWARD_AT_FIRST)
class ExtraForwardAtFirst(WrongLoop):
    """The model has seen a batch in training mode before the training begins: batch norm remembers."""

    def begin(self) -> None:
        self.objects.model(next(iter(self.objects.loader))[0])


@flawed(Flaw.LEFT_IN_EVAL_MODE_AFTER_EPOCH)
class LeftInEvalModeAfterEpoch(WrongLoop):
    """The model is in evaluation mode when an epoch was trained, and stays in it."""

    def train(self) -> list[Batch]:
        trained = super().train()
        self.objects.model.eval()
        return trained


# The mode in which is validated and drawn.


@flawed(Flaw.NO_EVAL)
class NoEval(WrongLoop):
    """The validation is in training mode."""

    def begin_validation(self) -> None:
        pass


@flawed(Flaw.DRAWN_IN_TRAIN_MODE)
class DrawnInTrainMode(WrongLoop):
    """The drawing is in training mode."""

    def begin_drawing(self) -> None:
        pass


@flawed(Flaw.NEVER_IN_EVAL_MODE)
class NeverInEvalMode(NoEval, DrawnInTrainMode):
    """Both are."""


@flawed(Flaw.NO_RETURN_TO_TRAIN_AFTER_VALIDATION)
class NoReturnToTrainAfterValidation(WrongLoop):
    """The model stays in evaluation mode when it was validated."""

    def end_validation(self) -> None:
        pass


@flawed(Flaw.LEFT_IN_EVAL_MODE)
class LeftInEvalMode(WrongLoop):
    """The model stays in evaluation mode when it has drawn."""

    def end_drawing(self) -> None:
        pass


@flawed(Flaw.TRAIN_MODE_AFTER_FIRST_BATCH)
class TrainModeAfterFirstBatch(WrongLoop):
    """The model goes back to training mode within the validation."""

    def validate_batch(self, batch: Sequence[Tensor]) -> Batch:
        measured = super().validate_batch(batch)
        self.objects.model.train()
        return measured


@flawed(Flaw.NO_RETURN_TO_TRAIN)
class NoReturnToTrain(NoReturnToTrainAfterValidation, LeftInEvalMode):
    """It stays in it after either."""


@flawed(Flaw.DECODER_LEFT_IN_EVAL_MODE)
class DecoderLeftInEvalMode(WrongLoop):
    """The decoder alone stays in evaluation mode when it has drawn."""

    part: ClassVar[str] = "decoder"

    def end_drawing(self) -> None:
        super().end_drawing()
        self.objects.model.get_submodule(self.part).eval()


@flawed(Flaw.ENCODER_LEFT_IN_EVAL_MODE)
class EncoderLeftInEvalMode(DecoderLeftInEvalMode):
    """The encoder alone does."""

    part = "encoder"


@flawed(Flaw.DRAWN_BEFORE_THE_EPOCH)
class DrawnBeforeTheEpoch(WrongLoop):
    """What belongs to an epoch was drawn before it."""

    early: Drawings = ()

    def begin_epoch(self) -> None:
        self.early = super().draw()

    def draw(self) -> Drawings:
        return self.early


@flawed(Flaw.DRAWN_BY_FIRST_WEIGHTS)
class DrawnByFirstWeights(WrongLoop):
    """What draws is a copy of the model from before the training."""

    def __init__(self, objects: TrainingObjects) -> None:
        super().__init__(objects)
        self.copy = copy.deepcopy(objects.model)

    def draw(self) -> Drawings:
        trained, self.objects.model = self.objects.model, self.copy
        drawn = super().draw()
        self.objects.model = trained
        return drawn


# What is validated, and when.


@flawed(Flaw.VALIDATION_FIRST)
class ValidationFirst(WrongLoop):
    """The validation comes before the training of the epoch."""

    def train_and_validate(self) -> tuple[list[Batch], list[Batch]]:
        validation = self.validate()
        return self.train(), validation


@flawed(Flaw.FIRST_WEIGHTS_VALIDATED)
class FirstWeightsValidated(WrongLoop):
    """What is validated is a copy of the model from before the training."""

    def __init__(self, objects: TrainingObjects) -> None:
        super().__init__(objects)
        self.copy = copy.deepcopy(objects.model)

    def validate(self) -> list[Batch]:
        trained, self.objects.model = self.objects.model, self.copy
        validated = super().validate()
        self.objects.model = trained
        return validated


@flawed(Flaw.VALIDATED_ON_TRAINING_DATA)
class ValidatedOnTrainingData(WrongLoop):
    """The validation walks over the training set."""

    def validation_batches(self) -> Iterable[Sequence[Tensor]]:
        return self.objects.train_loader


@flawed(Flaw.VALIDATED_ON_TRAINING_DATA_IN_TRAIN_MODE)
class ValidatedOnTrainingDataInTrainMode(ValidatedOnTrainingData, NoEval):
    """The same, in training mode."""


@flawed(Flaw.TRAINED_ON_VALIDATION)
class TrainedOnValidation(WrongLoop):
    """The model learns from the validation set too."""

    def validate_batch(self, batch: Sequence[Tensor]) -> Batch:
        measured, loss = self.measure(batch)
        self.objects.optimizer.zero_grad()
        torch.autograd.backward(loss)
        self.objects.optimizer.step()
        return measured


@flawed(Flaw.STEPPED_IN_VALIDATION)
class SteppedInValidation(WrongLoop):
    """The optimizer steps after each batch of the validation, with the gradients that are there."""

    def validate_batch(self, batch: Sequence[Tensor]) -> Batch:
        measured = super().validate_batch(batch)
        self.objects.optimizer.step()
        return measured


@flawed(Flaw.TRAINED_ON_VALIDATION_IN_TRAIN_MODE)
class TrainedOnValidationInTrainMode(TrainedOnValidation, NoEval):
    """The same, in training mode."""
