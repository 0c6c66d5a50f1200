"""Builds from a case what a learner's function is called with. Worker and oracle share it."""

from __future__ import annotations

import builtins
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from crystalball import pixels
from crystalball.capstone import Config
from crystalball.cases.inside.case import RUNS_DIR, Case, GivenRun, Losses, NewRuns, Training

LATENTS = 3
"""Sprites that a generator draws from the latents of a case."""

BRIGHT = 1e17
"""Of sprites beside which, as floats of either size, no drawing counts."""

VALIDATION = 1000
"""Added to the seed for the validation set, and a multiple for each rank: other sprites."""


class CaseLoader(DataLoader[tuple[Tensor, ...]]):
    """The training loader of a case: a fixed order, and a failure where the case asks for one.

    The failing epoch is counted by optimizer steps, not by walks over the loader: an honest
    program may walk it twice, or turn it into a list first.
    """

    def __init__(
        self, case: Training, data: TensorDataset, batch_size: int, fails_at: Any, error: BaseException
    ) -> None:
        super().__init__(data, batch_size)
        self._fails_at, self._error = fails_at, error
        self._spoilt, self._infinite = case.spoilt, case.infinite
        self.steps = 0

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]  # a generator is enough here
        for index, batch in enumerate(super().__iter__()):
            epoch = self.steps // len(self)
            # Who steps more often than once a batch is in a later epoch by that count.
            if self._fails_at and epoch >= self._fails_at[0] and index == self._fails_at[1]:
                raise self._error
            if self._spoilt == (epoch, index):
                batch = [_spoilt(batch[0], self._infinite), *batch[1:]]
            yield batch


def _spoilt(images: Tensor, infinite: bool) -> Tensor:
    if not infinite:
        return torch.full_like(images, torch.nan)
    # One number whose square overflows, and the loss with it, but not the gradients.
    images = images.clone()
    images[0, 0, 0, 0] = 1.2 * torch.finfo(images.dtype).max ** 0.5
    return images


def _sprites(count: int, seed: int, dtype: torch.dtype) -> TensorDataset:
    images, labels = pixels.sprites(count, seed)
    return TensorDataset(images.to(dtype), labels)


class TrainingObjects:
    """The objects of one training case; its attributes have the names of the stubs' parameters.

    Args:
        case: the case.
        dtype: of the model and the sprites.
        hold: called during the last optimizer step of each epoch of a case that is looked at live.
        sitting: which call this is, of a case that is interrupted.
        rank: which rank this is, of a case with several.
    """

    def __init__(
        self,
        case: Training,
        dtype: torch.dtype = torch.float32,
        hold: Callable[[], None] | None = None,
        sitting: int = 0,
        rank: int = 0,
    ) -> None:
        self.error: BaseException = getattr(builtins, case.error)("the sprite sheet is torn")
        epoch, batch, where = (case.breaks[sitting : sitting + 1] or ((0, -1, ""),))[0]
        self._saves_left, self._breaks_before = (epoch + 1 if where == "save" else -1), -1
        # Fresh weights after a checkpoint: what was learned before must come from that.
        self.model = self._model(case, dtype, case.fresh(sitting) if case.breaks else sitting)
        samples, size = case.ranks[rank] if case.ranks else (case.samples, case.batch_size)
        fails_at = (epoch, batch) if where == "loader" else case.fails_at
        data = _sprites(samples, case.seed + rank * VALIDATION, dtype)
        self.loader = self.train_loader = CaseLoader(case, data, size, fails_at, self.error)
        if where == "model":
            self._breaks_before = epoch * len(self.loader) + batch
            self.model.register_forward_pre_hook(self._break)
        self.loss_fn: nn.Module = nn.MSELoss() if case.every else nn.CrossEntropyLoss()
        self.optimizer = self._optimizer(case, self._groups(case))
        self._hold = hold if case.live else None
        self.epochs = case.epochs
        self.log_every, self.max_norm, self.every = case.log_every, case.max_norm, case.every
        self.patience, self.rank, self.world_size = case.patience, rank, len(case.ranks)
        self.config, self.hparams = (json.loads(text or "{}") for text in (case.config, case.hparams))
        if case.every:
            self.generator = self.model
            dice = torch.Generator().manual_seed(case.seed)
            self.latents = torch.randn(LATENTS, pixels.SpriteGenerator.latents, generator=dice).to(dtype)
        if case.lrs:
            self.lrs = list(case.lrs)
            self.make_model = lambda: self._model(case, dtype)
            self.make_optimizer = lambda parameters, lr: torch.optim.SGD(parameters, lr=lr)
        if case.val_samples:
            # Another seed: sprites that the training has not seen.
            data = _sprites(case.val_samples, case.seed + VALIDATION, dtype)
            if case.tied:
                data.tensors[0].fill_(BRIGHT)
            self.val_loader = DataLoader(data, case.batch_size)
        if case.schedule:
            self.scheduler = pixels.schedule(case.schedule, self.optimizer, case.epochs)
        if case.ranks and torch.distributed.is_initialized():
            self.model = nn.parallel.DistributedDataParallel(self.model)

    def _optimizer(self, case: Training, parameters: Iterable[Any]) -> torch.optim.Optimizer:
        optimizer = torch.optim.SGD(parameters, lr=case.lr, momentum=case.momentum)
        optimizer.register_step_post_hook(self._count_step)
        return optimizer

    def capstone(self, case: Training, runs_dir: Path) -> Config:
        """What exercise 19 gets: the same objects, or new ones that are alike."""
        return Config(
            make_model=lambda: self._model(case, torch.float32),
            make_loaders=lambda: (self.loader, self.val_loader),
            make_optimizer=lambda parameters: self._optimizer(case, parameters),
            make_scheduler=lambda optimizer: pixels.schedule(case.schedule, optimizer, case.epochs),
            loss_fn=self.loss_fn,
            epochs=case.epochs,
            patience=case.patience,
            max_norm=case.max_norm,
            latents=self.latents,
            every=case.every,
            hparams=dict(self.hparams),
            runs_dir=runs_dir,
        )

    @staticmethod
    def _model(case: Training, dtype: torch.dtype, sitting: int = 0) -> nn.Module:
        """A new model, with the same first weights at each call of one sitting."""
        # Not `torch.manual_seed`, which takes 1 ms to make a note for devices that are not there.
        torch.default_generator.manual_seed(case.seed + sitting)
        model = (pixels.SpriteGenerator if case.every else pixels.SpriteClassifier)().to(dtype)
        if case.frozen:
            next(model.parameters()).requires_grad_(False)
        return model

    def _groups(self, case: Training) -> list[dict[str, Any]]:
        """One group with all parameters, or the last layer in one of its own, with another rate."""
        head = list(self.model.children())[-1] if case.head_lr else nn.Module()
        apart = list(head.parameters())
        body = [p for p in self.model.parameters() if all(p is not other for other in apart)]
        groups: list[dict[str, Any]] = [{"params": body}]
        return [*groups, {"params": apart, "lr": case.head_lr}] if apart else groups

    def _count_step(self, *_: object) -> None:
        self.loader.steps += 1
        if self._hold and self.loader.steps % len(self.loader) == 0:
            self._hold()

    def _break(self, model: nn.Module, _: object) -> None:
        if model.training and self.loader.steps == self._breaks_before:
            raise self.error

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


def arguments(
    case: Case,
    folder: Path,
    hold: Callable[[], None] | None = None,
    sitting: int = 0,
    rank: int = 0,
) -> Iterator[dict[str, object]]:
    """What the learner's function is called with, by parameter name, once for each call.

    Args:
        case: the case.
        folder: the case's own folder, in which `RUNS_DIR` is the `runs_dir`.
        hold: see `TrainingObjects`.
        sitting: see `TrainingObjects`.
        rank: see `TrainingObjects`.
    """
    runs_dir = folder / RUNS_DIR
    if isinstance(case, Losses):
        yield {"losses": list(case.losses), "log_dir": runs_dir / case.folder}
    elif isinstance(case, NewRuns):
        for lr, now in case.calls:
            yield {"runs_dir": runs_dir, "lr": lr, "now": datetime.fromisoformat(now)}
    elif isinstance(case, Training):
        checkpoint = folder / "checkpoint.pt"
        if sitting and not checkpoint.exists():
            # Nothing was completed: whether it is begun anew in the same directory is nobody's affair.
            shutil.rmtree(runs_dir, ignore_errors=True)
        stage = TrainingObjects(case, hold=hold, sitting=sitting, rank=rank)
        objects = vars(stage) | {"checkpoint": checkpoint, "save": stage.saver(checkpoint)}
        if case.patience:
            objects["config"] = stage.capstone(case, runs_dir)
        yield {**objects, "runs_dir": runs_dir}
    elif isinstance(case, GivenRun):
        yield {"log_dir": case.write(runs_dir / "run")}
