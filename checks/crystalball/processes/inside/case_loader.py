"""The loader of a case, which may fail, shuffle, or give a batch whose loss is not finite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Sampler, TensorDataset

from crystalball.cases.inside import parts


class CaseLoader(DataLoader[tuple[Tensor, ...]]):
    """A loader of a case: an order that is the same whenever it is asked for, and what the case asks for.

    An epoch is counted by optimizer steps, not by walks over the loader: an honest program may look into
    it first, or walk it twice in an epoch.

    Args:
        data: its samples.
        batch_size: samples a batch.
        training: of the validation loader, that of the training.
        drop_last: whether it gives full batches only.
        shuffled: seed of the orders, one for each epoch; without it the samples come as they are.

    Attributes:
        steps: optimizer steps so far, of the training loader.
        failure: what is raised, in which epoch, in place of which batch.
        spoilt: the batch whose loss is not finite.
    """

    def __init__(
        self,
        data: TensorDataset,
        batch_size: int,
        training: CaseLoader | None = None,
        *,
        drop_last: bool = False,
        shuffled: int | None = None,
    ) -> None:
        order = None if shuffled is None else _Order(self, len(data), shuffled)
        super().__init__(data, batch_size, sampler=order, drop_last=drop_last)
        self._training = training
        self.steps = 0
        self.failure: tuple[BaseException, int, int] | None = None
        self.spoilt: parts.SpoiltBatch | None = None

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]  # a generator is enough here
        for index, batch in enumerate(super().__iter__()):
            training = self._training or self
            epoch = training.steps // len(training) - bool(self._training)
            if self.failure:
                error, failing_epoch, failing_batch = self.failure
                # Who steps more often than once a batch is in a later epoch by that count.
                if epoch >= failing_epoch and index == failing_batch:
                    raise error
            if self.spoilt and (self.spoilt.epoch, self.spoilt.batch) == (epoch, index):
                batch = [_spoilt(batch[0], self.spoilt.infinite), *batch[1:]]
            yield batch


class _Order(Sampler[int]):
    """The indices of samples, in an order of its own for each epoch."""

    def __init__(self, loader: CaseLoader, count: int, seed: int) -> None:
        self._loader, self._count, self._seed = loader, count, seed

    def __iter__(self) -> Iterator[int]:
        epoch = self._loader.steps // len(self._loader)
        random = torch.Generator().manual_seed(self._seed + epoch)
        yield from torch.randperm(self._count, generator=random).tolist()

    def __len__(self) -> int:
        return self._count


def _spoilt(images: Tensor, infinite: bool) -> Tensor:
    if not infinite:
        return torch.full_like(images, torch.nan)
    # One number whose square overflows, and the loss with it, but not the gradients.
    images = images.clone()
    images[0, 0, 0, 0] = 1.2 * torch.finfo(images.dtype).max ** 0.5
    return images
