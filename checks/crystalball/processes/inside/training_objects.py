"""Builds from a training case the objects that are trained. Worker and oracle share it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import singledispatch
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import TensorDataset

from crystalball import pixels
from crystalball.capstone import Config
from crystalball.cases.inside import parts
from crystalball.cases.inside.part import Part, exception
from crystalball.cases.inside.training import Training
from crystalball.processes.inside.case_loader import CaseLoader

LATENTS = 3
"""Sprites that a generator draws from the latents of a case."""

NUDGE = 0.02
"""Standard deviation of a nudge: a loss differs by 0.5 % then, which is fifty tolerances."""

BRIGHT = 1e17
"""Of sprites beside which, as floats of either size, no drawing counts."""

VALIDATION = 1000
"""Added to the seed for the validation set, and a multiple for each rank: other sprites."""

ERROR = "the sprite sheet is torn"
"""The text of the exception that a case raises."""


def _sprites(count: int, seed: int, dtype: torch.dtype) -> TensorDataset:
    images, labels = pixels.sprites(count, seed)
    return TensorDataset(images.to(dtype), labels)


class TrainingObjects:
    """The objects of one training case; its attributes have the names of the stubs' parameters.

    Those of a part are there where the case has that part: see `add`.

    Args:
        case: the case.
        dtype: of the model and the sprites.
        hold: asks for the release of an optimizer step, of a case that is looked at live; without it, it
            is released here.
        call_index: which call this is, of a case that is interrupted.
        rank: which rank this is, of a case with several.
    """

    val_loader: CaseLoader
    scheduler: LRScheduler
    generator: nn.Module
    latents: Tensor
    config: dict[str, Any]
    hparams: dict[str, Any]
    lrs: list[float]
    make_model: Callable[[], nn.Module]
    make_optimizer: Callable[[Iterable[Any], float], torch.optim.Optimizer]
    log_every: int
    every: int
    patience: int
    max_norm: float

    def __init__(
        self,
        case: Training,
        dtype: torch.dtype = torch.float32,
        hold: Callable[[], int] | None = None,
        call_index: int = 0,
        rank: int = 0,
    ) -> None:
        self.case, self.dtype, self.epochs = case, dtype, case.epochs
        self.rank, self.world_size = rank, case.ranks
        self.error: BaseException = RuntimeError(ERROR)
        self._call_index = call_index
        self._release = hold or (lambda: case.release(self.loader.steps))
        self._saves_left, self._breaks_before = -1, -1
        self.model = self._model()
        ours = case.find(parts.SecondRank) if rank else None
        data = _sprites((ours or case).samples, case.seed + rank * VALIDATION, dtype)
        self.loader = self.train_loader = CaseLoader(
            data,
            (ours or case).batch_size,
            drop_last=case.find(parts.DropLast) is not None,
            shuffled=case.seed if case.find(parts.Shuffled) else None,
        )
        self.loss_fn = other_loss_fn(case) if case.find(parts.OtherLoss) else usual_loss_fn(case)
        self.optimizer = self._optimizer(self._groups())
        for part in case.parts:
            add(part, self)

    def disturb(self) -> None:
        """Lets fail what the case wants to fail: the training goes on to its end without that."""
        if failure := self.case.find(parts.LoaderFailure):
            self.error = exception(failure.error)(ERROR)
            loader, epoch = self.loader, failure.epoch
            if failure.of_validation:
                loader, epoch = self.val_loader, -1  # as it is before the training
            loader.failure = (self.error, epoch, failure.batch)
        if interruptions := self.case.find(parts.Interruptions):
            self.error = exception(interruptions.error)(ERROR)
            for here in interruptions.breaks[self._call_index :][:1]:
                if here.where == "loader":
                    self.loader.failure = (self.error, here.epoch, here.batch)
                elif here.where == "model":
                    self._breaks_before = here.epoch * len(self.loader) + here.batch
                    self.model.register_forward_pre_hook(self._break)
                else:
                    self._saves_left = here.epoch + 1

    def _model(self) -> nn.Module:
        """A new model, with the same first weights whenever it is made in one call."""
        # Not `torch.manual_seed`, which takes 1 ms to make a note for devices that are not there.
        # Other weights after a checkpoint: what was learned before must come from that.
        torch.default_generator.manual_seed(self.case.seed + self.case.checkpoints_before(self._call_index))
        kind = pixels.SpriteGenerator if self.case.find(parts.Drawing) else pixels.SpriteClassifier
        model = kind().to(self.dtype)
        clipping = self.case.find(parts.Clipping)
        if clipping and clipping.frozen:
            next(model.parameters()).requires_grad_(False)
        return model

    def _optimizer(self, parameters: Iterable[Any]) -> torch.optim.Optimizer:
        optimizer = torch.optim.SGD(parameters, lr=self.case.lr, momentum=self.case.momentum)
        optimizer.defaults["lr"] = self.case.default_lr  # of a group that names no rate: there is none
        optimizer.register_step_post_hook(self._count_step)
        return optimizer

    def _groups(self) -> list[dict[str, Any]]:
        """One group with all parameters, or the last layer in one of its own, with another rate."""
        schedule = self.case.find(parts.Schedule)
        head_lr = schedule.head_lr if schedule else 0
        head = list(self.model.children())[-1] if head_lr else nn.Module()
        apart = list(head.parameters())
        body = [p for p in self.model.parameters() if all(p is not other for other in apart)]
        groups: list[dict[str, Any]] = [{"params": body}]
        return [*groups, {"params": apart, "lr": head_lr}] if apart else groups

    def _count_step(self, *_: object) -> None:
        self.loader.steps += 1
        if self.case.find(parts.Live):
            self._nudge(self._release())

    def _nudge(self, number: int) -> None:
        """Moves the weights of which the losses of the next step depend most, by what nobody could know."""
        random = torch.Generator().manual_seed(number)
        *_, bias = self.model.parameters()
        with torch.no_grad():
            bias.add_(NUDGE * torch.randn(bias.shape, generator=random).to(self.dtype))

    def _break(self, model: nn.Module, _: object) -> None:
        # Between two epochs, who validates is not training.
        within = self._breaks_before % len(self.loader) > 0
        if self.loader.steps == self._breaks_before and (model.training or within):
            raise self.error

    def schedule(self, optimizer: torch.optim.Optimizer) -> LRScheduler:
        """A new scheduler for an optimizer, of a case that has a schedule."""
        return pixels.schedule(self.case.part(parts.Schedule).name, optimizer, self.epochs)

    def capstone(self, runs_dir: Path) -> Config:
        """What exercise 19 gets: the same objects, or new ones that are alike."""
        return Config(
            make_model=self._model,
            make_loaders=lambda: (self.loader, self.val_loader),
            make_optimizer=self._optimizer,
            make_scheduler=self.schedule,
            loss_fn=self.loss_fn,
            epochs=self.epochs,
            patience=self.patience,
            max_norm=self.max_norm,
            latents=self.latents,
            every=self.every,
            hparams=self.hparams,
            runs_dir=runs_dir,
        )

    def saver(self, checkpoint: Path) -> Callable[[object], None]:
        """What exercise 16 gets as `save`: writes the checkpoint, whole or not at all."""

        def save(state: object) -> None:
            fresh = checkpoint.with_suffix(".new")
            torch.save(state, fresh)
            os.replace(fresh, checkpoint)
            self._saves_left -= 1
            if self._saves_left == 0:
                raise self.error

        return save


def usual_loss_fn(case: Training) -> nn.Module:
    """The loss function that nobody is surprised by: of drawings, or of classes.

    Args:
        case: what is trained.
    """
    return nn.MSELoss() if case.find(parts.Drawing) else nn.CrossEntropyLoss()


def other_loss_fn(case: Training) -> nn.Module:
    """One that is for the same models and targets, and gives other losses.

    Args:
        case: what is trained.
    """
    drawing = case.find(parts.Drawing)
    return nn.HuberLoss(delta=0.5) if drawing else nn.CrossEntropyLoss(label_smoothing=0.1)


@singledispatch
def add(part: Part, objects: TrainingObjects) -> None:
    """Adds to the objects of a training what one of its parts brings.

    Args:
        part: of the case; one that brings nothing is left out here.
        objects: the plain loop has its own already.
    """


@add.register
def _(part: parts.Validation, objects: TrainingObjects) -> None:
    # Another seed: sprites that the training has not seen.
    data = _sprites(part.samples, objects.case.seed + VALIDATION, objects.dtype)
    if part.tied:
        data.tensors[0].fill_(BRIGHT)
    objects.val_loader = CaseLoader(data, objects.case.batch_size, objects.loader)


@add.register
def _(part: parts.Schedule, objects: TrainingObjects) -> None:
    objects.scheduler = objects.schedule(objects.optimizer)


@add.register
def _(part: parts.Sweep, objects: TrainingObjects) -> None:
    objects.lrs = list(part.lrs)
    objects.make_model = objects._model
    objects.make_optimizer = lambda parameters, lr: torch.optim.SGD(parameters, lr, objects.case.momentum)


@add.register
def _(part: parts.SpoiltBatch, objects: TrainingObjects) -> None:
    (objects.val_loader if part.of_validation else objects.loader).spoilt = part


@add.register
def _(part: parts.SecondRank, objects: TrainingObjects) -> None:
    if torch.distributed.is_initialized():
        objects.model = nn.parallel.DistributedDataParallel(objects.model)


@add.register
def _(part: parts.Cadence, objects: TrainingObjects) -> None:
    objects.log_every = part.log_every


@add.register
def _(part: parts.Clipping, objects: TrainingObjects) -> None:
    objects.max_norm = part.max_norm


@add.register
def _(part: parts.Drawing, objects: TrainingObjects) -> None:
    objects.every = part.every
    objects.generator = objects.model
    random = torch.Generator().manual_seed(objects.case.seed)
    latents = torch.randn(LATENTS, pixels.SpriteGenerator.latents, generator=random)
    objects.latents = latents.to(objects.dtype)


@add.register
def _(part: parts.Dashboard, objects: TrainingObjects) -> None:
    objects.config = part.config


@add.register
def _(part: parts.Hyperparameters, objects: TrainingObjects) -> None:
    objects.hparams = part.hparams


@add.register
def _(part: parts.EarlyStop, objects: TrainingObjects) -> None:
    objects.patience = part.patience
