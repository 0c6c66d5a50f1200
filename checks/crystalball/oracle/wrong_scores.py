"""Flaws in what counts as a right prediction; the training itself is right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from crystalball.oracle.flaws import Flaw, flawed
from crystalball.oracle.trace import Batch
from crystalball.oracle.wrong_loops import WrongLoop


@flawed(Flaw.AMONG_TWO)
class AmongTwo(WrongLoop):
    """The label may have one of the largest logits."""

    best = 2

    def right(self, logits: Tensor, targets: Tensor) -> float:
        return float((logits.topk(self.best).indices == targets[:, None]).sum())


@flawed(Flaw.AMONG_THREE)
class AmongThree(AmongTwo):
    """Of three."""

    best = 3


@flawed(Flaw.AMONG_FIVE)
class AmongFive(AmongTwo):
    """Of five."""

    best = 5


@flawed(Flaw.EACH_LOGIT)
class EachLogit(WrongLoop):
    """Each logit by itself says yes or no, and each is right or wrong."""

    def right(self, logits: Tensor, targets: Tensor) -> float:
        wanted = one_hot(targets, logits.shape[1]).bool()
        return float(((logits > 0) == wanted).double().mean(1).sum())


@flawed(Flaw.EACH_WITH_ALL)
class EachWithAll(WrongLoop):
    """Each prediction is compared with the labels of all samples of its batch."""

    def right(self, logits: Tensor, targets: Tensor) -> float:
        return float((logits.argmax(1)[:, None] == targets).sum())


@flawed(Flaw.SOFTMAX_OVER_BATCH)
class SoftmaxOverBatch(WrongLoop):
    """A softmax over the samples of the batch comes before the largest: its shares belong to no sample."""

    def right(self, logits: Tensor, targets: Tensor) -> float:
        return super().right(logits.softmax(0), targets)


@flawed(Flaw.ABOVE_ONE_HALF)
class AboveOneHalf(WrongLoop):
    """The probability of the label is above one half: a sample may be right and yet not so sure."""

    def right(self, logits: Tensor, targets: Tensor) -> float:
        probabilities = logits.softmax(1).gather(1, targets[:, None])
        return float((probabilities > 0.5).sum())


@flawed(Flaw.FIRST_CLASS_UNLESS_SURE)
class FirstClassUnlessSure(WrongLoop):
    """The class whose probability is above one half is predicted; where there is none, the first one."""

    def right(self, logits: Tensor, targets: Tensor) -> float:
        return float(((logits.softmax(1) > 0.5).int().argmax(1) == targets).sum())


@flawed(Flaw.BY_CLASS)
class ByClass(WrongLoop):
    """Each class counts the same: the accuracy is the mean of theirs."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]  # whatever the loop takes
        self.seen: list[tuple[Tensor, Tensor]] = []
        self.classes = 0

    def counted(self, labels: set[int]) -> int:
        """How many classes the mean is over: those of the labels."""
        return len(labels)

    def right(self, logits: Tensor, targets: Tensor) -> float:
        self.classes = logits.shape[1]
        self.seen.append((logits.argmax(1) == targets, targets))
        return super().right(logits, targets)

    def _of_classes(self, walk: Callable[[], Iterable[Batch]]) -> list[Batch]:
        self.seen = []
        batches = list(walk())
        if not batches:
            return []
        right, labels = (torch.cat(parts) for parts in zip(*self.seen, strict=True))
        there = set(labels.tolist())
        shares = [right[labels == label].double().mean() for label in there]
        mean = float(torch.stack(shares).sum()) / self.counted(there)
        return [replace(batch, correct=mean * batch.size) for batch in batches]

    def train(self) -> list[Batch]:
        return self._of_classes(super().train)

    def validate(self) -> list[Batch]:
        return self._of_classes(super().validate)


@flawed(Flaw.BY_EVERY_CLASS)
class ByEveryClass(ByClass):
    """The same over all classes that there are: of one that the epoch did not see nothing is right."""

    def counted(self, labels: set[int]) -> int:
        return self.classes
