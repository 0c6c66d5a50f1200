"""Builds from a case what a learner's function is called with. Worker and oracle share it."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from crystalball import pixels
from crystalball.cases import RUNS_DIR, Case, GivenRun, Losses, NewRuns, Training


class CaseLoader(DataLoader[tuple[Tensor, ...]]):
    """The training loader of a case: a fixed order, and a failure where the case asks for one.

    The failing epoch is counted by optimizer steps, not by walks over the loader: an honest
    program may walk it twice, or turn it into a list first.
    """

    def __init__(self, case: Training, data: TensorDataset) -> None:
        super().__init__(data, case.batch_size)
        self._fails_at = case.fails_at
        self.steps = 0
        self.error: BaseException = getattr(builtins, case.error)("the sprite sheet is torn")

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]  # a generator is enough here
        for index, batch in enumerate(super().__iter__()):
            if self._fails_at == (self.steps // len(self), index):
                raise self.error
            yield batch


def _sprites(count: int, seed: int, dtype: torch.dtype) -> TensorDataset:
    images, labels = pixels.sprites(count, seed)
    return TensorDataset(images.to(dtype), labels)


class Stage:
    """The objects of one training case; its attributes have the names of the stubs' parameters."""

    def __init__(
        self,
        case: Training,
        dtype: torch.dtype = torch.float32,
        hold: Callable[[], None] | None = None,
    ) -> None:
        self.model = self._model(case, dtype)
        self.loader = self.train_loader = CaseLoader(case, _sprites(case.samples, case.seed, dtype))
        self.loss_fn = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self._groups(case), lr=case.lr)
        self.optimizer.register_step_post_hook(self._count_step)
        self._hold = hold if case.live else None
        self.epochs = case.epochs
        self.log_every = case.log_every
        if case.lrs:
            self.lrs = list(case.lrs)
            self.make_model = lambda: self._model(case, dtype)
            self.make_optimizer = lambda parameters, lr: torch.optim.SGD(parameters, lr=lr)
        if case.val_samples:
            # Another seed: sprites that the training has not seen.
            data = _sprites(case.val_samples, case.seed + 1000, dtype)
            self.val_loader = DataLoader(data, case.batch_size)
        if case.schedule:
            self.scheduler = pixels.schedule(case.schedule, self.optimizer, case.epochs)

    @staticmethod
    def _model(case: Training, dtype: torch.dtype) -> nn.Module:
        """A new model, with the same first weights at each call."""
        torch.manual_seed(case.seed)
        return pixels.SpriteClassifier().to(dtype)

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


def arguments(
    case: Case, folder: Path, hold: Callable[[], None] | None = None
) -> Iterator[dict[str, object]]:
    """What the learner's function is called with, by parameter name, once for each call.

    Args:
        case: the case.
        folder: the case's own folder, in which `RUNS_DIR` is the `runs_dir`.
        hold: called during the last optimizer step of each epoch of a case that is looked at live.
    """
    if isinstance(case, Losses):
        yield {"losses": list(case.losses), "log_dir": folder / RUNS_DIR / case.folder}
    elif isinstance(case, NewRuns):
        for lr, now in case.calls:
            yield {"runs_dir": folder / RUNS_DIR, "lr": lr, "now": datetime.fromisoformat(now)}
    elif isinstance(case, Training):
        yield {**vars(Stage(case, hold=hold)), "runs_dir": folder / RUNS_DIR}
    elif isinstance(case, GivenRun):
        yield {"log_dir": case.write(folder / RUNS_DIR / "run")}
