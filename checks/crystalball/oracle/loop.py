"""The oracle: trains a case itself and keeps every fact of it. Runs in a process of its own.

A *flaw* is a way to train wrongly; the trace of a flawed training is what a program with that
mistake would log. The pytest process asks for traces by JSON and never imports torch.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import msgspec
import torch
from torch import Tensor, nn

from crystalball.cases.inside.parts import Clipping, Drawing, EarlyStop, Interruptions, SecondRank, Sweep
from crystalball.cases.inside.training import Training
from crystalball.oracle.trace import Batch, Epoch, Pass, Trace
from crystalball.processes.inside import messages
from crystalball.processes.inside.training_objects import TrainingObjects
from crystalball.reading.values import Histogram

UNSTEADY = 1e-5
"""Relative difference between a float32 and a float64 training from which a case is refused."""

TIE = 1e-3
"""Margin between the two best logits, relative to the largest, from which a prediction is safe."""

LATE = {
    "loss after epoch": (True, True),
    "loss after epoch, in eval mode": (True, False),
    "accuracy after epoch": (False, True),
    "accuracy after epoch, in eval mode": (False, False),
}
"""Flaws that measure after the epoch: whether the loss too (else the accuracy alone), and whether
in training mode."""

AFTER_STEP = {
    "loss after step": (True, True),
    "accuracy after step": (False, True),
    "accuracy after step, in eval mode": (False, False),
}
"""Flaws that measure each batch after its optimizer step; the same two questions."""

NOT_AFTER_EPOCHS = (
    "no scheduler",
    "scheduler first",
    "scheduler each batch",
    "scheduler each batch, read late",
    "scheduler each batch, read in the last",
)
"""Flaws in which the scheduler is not stepped after an epoch."""

SAVED = ("model", "optimizer", "scheduler")
"""What has a state, by the names of the stage."""

LOST = {
    "begun anew": SAVED,
    "nothing but the epoch read": SAVED,
    "model lost": ("model",),
    "optimizer lost": ("optimizer",),
    "scheduler lost": ("scheduler",),
    "optimizer and scheduler lost": ("optimizer", "scheduler"),
    "momentum lost": ("momentum",),
    "batch norm lost": ("buffers",),
}
"""Flaws in what is read back from a checkpoint."""

IN_TRAIN_MODE = {
    "no eval": (True, False),
    "trained on validation in train mode": (True, False),
    "validated on training data in train mode": (True, False),
    "drawn in train mode": (False, True),
    "never in eval mode": (True, True),
}
"""Flaws in which there is no evaluation mode: of the validation, and of the drawing."""

NO_RETURN = {
    "no return to train": (True, True),
    "no return to train after validation": (True, False),
    "left in eval mode": (False, True),
}
"""Flaws in which the evaluation mode lasts: after the validation, and after a drawing."""

PATIENCE = {"less patient": -1, "more patient": 1}
"""Flaws in the patience of the early stop, and by how many epochs."""

FROM_ONE = ("begun anew", "epochs from one")
"""Flaws in which each call trains all epochs, whatever was completed before."""


def train(case: Training, flaw: str | None = None, dtype: torch.dtype = torch.float32) -> Trace:
    """Trains as the contracts of the exercises say, or with one flaw.

    Args:
        case: what to train; nothing fails in it, and nobody logs.
        flaw: `None`, or one of the words that this module compares it with.
        dtype: of the model and the sprites.

    Returns:
        The trace. It is steady when no prediction is nearly a tie.
    """
    if case.find(SecondRank):
        return _together([TrainingObjects(case, dtype, rank=rank) for rank in range(case.ranks)])
    if case.find(Sweep):
        return _swept(case, flaw, dtype)
    if case.find(Interruptions):
        early = flaw == "saved before the scheduler's step"
        return _resumed(case, dtype, LOST.get(flaw or "", ()), from_one=flaw in FROM_ONE, early=early)
    return ReferenceLoop(TrainingObjects(case, dtype), flaw).run()


def _swept(case: Training, flaw: str | None, dtype: torch.dtype) -> Trace:
    """Trains with one learning rate after the other."""
    lrs = case.part(Sweep).lrs
    stages = [TrainingObjects(msgspec.structs.replace(case.without(Sweep), lr=lr), dtype) for lr in lrs]
    for stage, lr in zip(stages[1:], lrs[1:], strict=True):
        if flaw in ("model carried over", "model and optimizer shared"):
            stage.model = stages[0].model
            stage.optimizer = torch.optim.SGD(stage.model.parameters(), lr)
        if flaw == "first rate for all":
            stage.optimizer.param_groups[0]["lr"] = lrs[0]
        if flaw in ("optimizer shared", "model and optimizer shared"):
            stage.optimizer = stages[0].optimizer
    return _of_parts([ReferenceLoop(stage, flaw).run() for stage in stages])


def _of_parts(parts: Sequence[Trace]) -> Trace:
    return Trace(steady=all(part.steady for part in parts), parts=tuple(parts))


def _resumed(
    case: Training,
    dtype: torch.dtype,
    lost: Sequence[str] = (),
    *,
    from_one: bool = False,
    early: bool = False,
) -> Trace:
    """Trains in several sittings, each from the checkpoint of the one before.

    Args:
        case: has breaks.
        dtype: of the model and the sprites.
        lost: what is not read back from the checkpoint.
        from_one: each sitting trains all epochs that are left to one which begins at the first.
        early: the checkpoint is written before the step of the scheduler.

    Returns:
        The epochs that were completed; the parts are the sittings, each with its interrupted epoch.
    """
    saved: dict[str, Any] = {}
    sittings: list[Trace] = []
    completed: list[Epoch] = []
    margins: list[float] = []
    for number, sitting in enumerate(case.epochs_of_calls):
        stage = TrainingObjects(case, dtype, call_index=number)
        _read_back(stage, saved, lost)
        course = ReferenceLoop(stage, None, margins)
        epochs: list[Epoch] = []
        breaks = case.part(Interruptions).breaks
        last = number == len(breaks)
        for _ in range(case.epochs if from_one and last else len(sitting)):
            epochs.append(course.epoch())
            saved = course.trained if early else _states(stage)
        completed = epochs if from_one else [*completed, *epochs]
        if not last and breaks[number].where != "save":
            interrupted = course.epoch().batches[: breaks[number].batch]
            epochs = [*epochs, Epoch(interrupted)]
        sittings.append(Trace(tuple(epochs)))
    return Trace(tuple(completed), min(margins) > TIE, parts=tuple(sittings))


def _states(stage: TrainingObjects) -> dict[str, Any]:
    """What a checkpoint holds."""
    return {name: copy.deepcopy(vars(stage)[name].state_dict()) for name in SAVED if name in vars(stage)}


def _read_back(stage: TrainingObjects, saved: dict[str, Any], lost: Sequence[str]) -> None:
    """Gives the objects of a stage the state that was saved, but for what is lost."""
    # An optimizer goes on with the very tensors that it is given.
    for name, state in copy.deepcopy(saved).items():
        part = vars(stage)[name]
        if name == "model" and "buffers" in lost:
            part.load_state_dict({key: state[key] for key, _ in part.named_parameters()}, strict=False)
        elif name == "optimizer" and "momentum" in lost:
            part.load_state_dict(state | {"state": {}})
        elif name not in lost:
            part.load_state_dict(state)


def _together(stages: Sequence[TrainingObjects]) -> Trace:
    """Trains on several ranks, whose gradients are averaged before each step."""
    courses = [ReferenceLoop(stage, None) for stage in stages]
    epochs: list[list[Epoch]] = [[] for _ in courses]
    for _ in range(stages[0].epochs):
        walks: list[list[Batch]] = [[] for _ in courses]
        for batches in zip(*(stage.loader for stage in stages), strict=True):
            for course, walk, batch in zip(courses, walks, batches, strict=True):
                course.stage.optimizer.zero_grad()
                walk.append(course.forward_and_backward(batch))
            for same in zip(*(stage.model.parameters() for stage in stages), strict=True):
                mean = torch.stack([_gradient(parameter) for parameter in same]).mean(0)
                for parameter in same:
                    parameter.grad = mean.clone()
            for stage in stages:
                stage.optimizer.step()
        for done, walk in zip(epochs, walks, strict=True):
            done.append(Epoch(tuple(walk)))
    return _of_parts(
        [Trace(tuple(done), course.steady) for done, course in zip(epochs, courses, strict=True)]
    )


def _gradient(parameter: nn.Parameter) -> Tensor:
    assert parameter.grad is not None
    return parameter.grad


@dataclass
class ReferenceLoop:
    """One training, as it goes on.

    Attributes:
        stage: what is trained.
        flaw: of this training.
        margins: how far predictions and decisions were from a tie, relatively.
        epochs: trained so far.
        trained: the states after the last epoch's training, before the step of the scheduler.
    """

    stage: TrainingObjects
    flaw: str | None
    margins: list[float] = field(default_factory=list)
    epochs: int = 0
    trained: dict[str, Any] = field(default_factory=dict)

    def run(self) -> Trace:
        """Trains to the end."""
        epochs: list[Epoch] = []
        if self.flaw == "eval at first":
            self.stage.model.eval()
        if self.flaw == "extra forward at first":
            self.stage.model(next(iter(self.stage.loader))[0])
        while len(epochs) < self.stage.epochs and not self._stops(epochs):
            epochs.append(self.epoch())
        if math.isfinite(epochs[-1].mean_loss) and not epochs[-1].drawings:
            epochs[-1] = replace(epochs[-1], drawings=self._draw())  # nobody knew that it is the last
        return Trace(tuple(epochs), self.steady, modules=_modules(self.stage.model))

    @property
    def steady(self) -> bool:
        """Whether nothing was nearly a tie."""
        return min(self.margins, default=1.0) > TIE

    def _stops(self, epochs: list[Epoch]) -> bool:
        """Whether the training ends early: a loss is not finite, or nothing has got better for long."""
        stop = self.stage.case.find(EarlyStop)
        if not epochs or not stop:
            return False
        if not math.isfinite(epochs[-1].mean_loss):
            return True
        if self.flaw == "never stops":
            return False
        patience = stop.patience + PATIENCE.get(self.flaw or "", 0)
        walks = epochs if self.flaw == "stops by training" else [epoch.validation for epoch in epochs]
        losses = [walk.mean_loss for walk in walks]
        best = min(losses)
        self.margins += [abs(loss - best) / best for loss in losses if loss != best]
        return self._waited(losses) >= patience

    def _waited(self, losses: Sequence[float]) -> int:
        """Epochs in a row without a new lowest loss, or what a flaw counts for that."""
        lowest, waited = losses[0], 0
        for before, loss in pairwise(losses):
            reference = before if self.flaw == "compares with the epoch before" else lowest
            better = loss <= reference if self.flaw == "equal is progress" else loss < reference
            if not better:
                waited += 1
            elif self.flaw != "counts not in a row":
                waited = 0
            lowest = min(lowest, loss)
        return waited

    def epoch(self) -> Epoch:
        """Trains one epoch, and validates it."""
        stage, flaw = self.stage, self.flaw
        self.epochs += 1
        rates = self._rates()
        if flaw == "scheduler first":
            stage.scheduler.step()
        validation = self._validate() if flaw == "validation first" else []
        batches, last_rates, norm, gradients = self._train()
        if flaw in LATE:
            batches = self._measured_late(batches, stage.train_loader, *LATE[flaw])
        if flaw != "validation first":
            validation = self._validate()
        if flaw == "scheduler each batch, read late":
            rates = self._rates()
        if flaw == "scheduler each batch, read in the last":
            rates = last_rates
        self.trained = _states(stage)
        asked = self._get_lr() if flaw == "get_lr before step" else ()
        if hasattr(stage, "scheduler") and flaw not in NOT_AFTER_EPOCHS:
            stage.scheduler.step()
        weights = dict(_histograms(stage.model, gradients=False)) if stage.case.find(Clipping) else {}
        finite = all(math.isfinite(batch.loss) for batch in batches)
        return Epoch(
            tuple(batches),
            rates,
            asked or (self._get_lr() if flaw == "get_lr after step" else self._rates()),
            Pass(tuple(validation)),
            gradient_norm=norm,
            weights=weights,
            gradients=gradients,
            drawings=self._draw() if finite and self._draws() else (),
        )

    def _train(self) -> tuple[list[Batch], tuple[float, ...], float, dict[str, Histogram]]:
        """Trains one epoch.

        Returns:
            Its batches; of the last one: the learning rates, and, where gradients are clipped, their
            norm and their histograms before that.
        """
        stage, flaw, batches = self.stage, self.flaw, []
        norm, gradients = 0.0, {}
        if flaw == "zero_grad each epoch":
            stage.optimizer.zero_grad()
        for batch in stage.train_loader:
            if flaw not in ("no zero_grad", "zero_grad each epoch"):
                stage.optimizer.zero_grad()
            batches.append(self.forward_and_backward(batch))
            if stage.case.find(Clipping):
                gradients = dict(_histograms(stage.model, gradients=True))
                norm = float(nn.utils.clip_grad_norm_(stage.model.parameters(), stage.max_norm))
            if flaw != "no step":
                stage.optimizer.step()
            rates = self._rates()
            if flaw is not None and flaw.startswith("scheduler each batch"):
                stage.scheduler.step()
            if flaw in AFTER_STEP:
                batches[-1:] = self._measured_late(batches[-1:], [batch], *AFTER_STEP[flaw])
        return batches, rates, norm, gradients

    def forward_and_backward(self, batch: Sequence[Tensor]) -> Batch:
        """Computes loss and gradients of a batch."""
        measured, loss = self._measure(batch)
        torch.autograd.backward(loss)
        return measured

    def _measure(self, batch: Sequence[Tensor]) -> tuple[Batch, Tensor]:
        """Takes down a batch, and how far its predictions are from a tie."""
        inputs, targets = batch
        outputs = self.stage.model(inputs)
        if self.stage.case.find(Drawing):  # a generator redraws what it is given
            loss: Tensor = self.stage.loss_fn(outputs, inputs)
            return Batch(loss.item(), len(inputs), 0, 0), loss
        loss = self.stage.loss_fn(outputs, targets)
        logits = outputs.detach()
        best, second = logits.topk(2, dim=1).values.unbind(1)
        self.margins.append(float(((best - second) / logits.abs().amax(1)).min()))
        correct, flat = ((logits.argmax(d) == targets).sum().item() for d in (1, None))
        return Batch(loss.item(), len(targets), int(correct), int(flat)), loss

    def _rates(self) -> tuple[float, ...]:
        return tuple(group["lr"] for group in self.stage.optimizer.param_groups)

    def _get_lr(self) -> tuple[float, ...]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch says that this is not the way to ask: it is the flaw
            return tuple(map(float, self.stage.scheduler.get_lr()))

    def _validate(self) -> list[Batch]:
        """Walks over the validation set, where there is one, in evaluation mode."""
        stage, flaw, batches = self.stage, self.flaw, []
        if not hasattr(stage, "val_loader"):
            return []
        stage.model.train(IN_TRAIN_MODE.get(flaw or "", (False, False))[0])
        trains = flaw is not None and flaw.startswith("trained on validation")
        again = flaw is not None and flaw.startswith("validated on training data")
        for batch in stage.train_loader if again else stage.val_loader:
            with torch.set_grad_enabled(trains):
                measured, loss = self._measure(batch)
            if trains:
                stage.optimizer.zero_grad()
                torch.autograd.backward(loss)
                stage.optimizer.step()
            batches.append(measured)
        stage.model.train(not NO_RETURN.get(flaw or "", (False, False))[0])
        return batches

    def _measured_late(
        self, batches: list[Batch], again: Iterable[Sequence[Tensor]], loss_too: bool, training: bool
    ) -> list[Batch]:
        """The batches as the model sees them now, when they come again, in training mode or not."""
        self.stage.model.train(training)
        with torch.no_grad():
            late = [self._measure(batch)[0] for batch in again]
        self.stage.model.train()
        if loss_too:
            return late
        return [replace(batch, correct=new.correct) for batch, new in zip(batches, late, strict=True)]

    def _draws(self) -> bool:
        """Whether this epoch is drawn: of a right training each is, which changes nothing in it."""
        drawing = self.stage.case.find(Drawing)
        asked = self.epochs in (1, self.stage.epochs) or (drawing and self.epochs % drawing.every == 0)
        return self.flaw is None or bool(asked)

    def _draw(self) -> tuple[tuple[float, ...], ...]:
        """What the generator draws of the latents: values in [-1, 1], row by row, three a pixel."""
        stage, flaw = self.stage, self.flaw
        if not stage.case.find(Drawing):
            return ()
        stage.model.train(IN_TRAIN_MODE.get(flaw or "", (False, False))[1])
        with torch.no_grad():
            drawn = stage.model.decoder(stage.latents)  # type: ignore[operator]  # a generator has one
        stage.model.train(not NO_RETURN.get(flaw or "", (False, False))[1])
        if flaw == "decoder left in eval mode":
            stage.model.decoder.eval()  # type: ignore[union-attr]  # a generator has one
        return tuple(tuple(round(x, 6) for x in one.permute(1, 2, 0).flatten().tolist()) for one in drawn)


def _histograms(model: nn.Module, *, gradients: bool) -> Iterator[tuple[str, Histogram]]:
    """Of each parameter, or of the gradient of each that has one."""
    for name, parameter in model.named_parameters():
        numbers = parameter.grad if gradients else parameter
        if numbers is not None:
            x = numbers.detach().double().flatten()
            yield name, Histogram(x.min().item(), x.max().item(), len(x), x.sum().item(), x.dot(x).item())


def _modules(model: nn.Module) -> tuple[str, ...]:
    named = [(path.rpartition(".")[2], module) for path, module in model.named_modules() if path]
    return tuple(f"{type(m).__name__}[{name}]" for name, m in named if list(m.parameters(recurse=False)))


def _steady(trace: Trace, exact: Trace) -> bool:
    """Whether a float64 training of the same case gives the same numbers."""
    parts = zip(trace.parts, exact.parts, strict=True)
    return (
        len(trace.epochs) == len(exact.epochs)
        and all(_steady(one, other) for one, other in parts)
        and all(
            _near(a.loss, b.loss) and a.correct == b.correct
            for ours, theirs in zip(trace.epochs, exact.epochs, strict=True)
            for one, other in ((ours, theirs), (ours.validation, theirs.validation))
            for a, b in zip(one.batches, other.batches, strict=True)
        )
        and all(
            _near(a.gradient_norm, b.gradient_norm)
            for a, b in zip(trace.epochs, exact.epochs, strict=True)
            # Which numbers make a loss infinite depends on the size of a float.
            if all(math.isfinite(batch.loss) for batch in a.batches)
        )
    )


def _near(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= UNSTEADY * abs(b)


def handle(request: dict[str, Any]) -> dict[str, Any]:
    """Answers `{"case": …, "flaw": …}` with the trace; without a flaw, the gate is asked too."""
    case = Training.from_json(request["case"])
    try:
        trace = train(case, request["flaw"])
    except ValueError:  # a scheduler that is stepped too often says so
        trace = Trace(possible=False)
    if request["flaw"] is None and trace.possible:
        exact = train(case, dtype=torch.float64)
        trace = replace(trace, steady=trace.steady and _steady(trace, exact))
    answer: dict[str, Any] = msgspec.to_builtins(trace)
    return answer


def serve(requests: int, answers: int) -> None:
    """Trains as asked on one descriptor, and answers on the other, until it ends."""
    messages.serve(*messages.adopt_streams(requests, answers), handle)
