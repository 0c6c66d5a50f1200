"""The oracle: trains a case itself and keeps every fact of it. Runs in a process of its own.

A *flaw* is a way to train wrongly; the trace of a flawed training is what a program with that
mistake would log. The pytest process asks for traces by JSON and never imports torch.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import torch
from torch import Tensor

from crystalball.cases import Training
from crystalball.trace import Batch, Epoch, Pass, Trace
from crystalball.worker import protocol
from crystalball.worker.child import adopt_streams
from crystalball.worker.stage import Stage

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


NOT_AFTER_EPOCHS = (
    "no scheduler",
    "scheduler each batch",
    "scheduler each batch, read late",
    "scheduler each batch, read in the last",
)
"""Flaws in which the scheduler is not stepped after an epoch."""


def train(case: Training, flaw: str | None = None, dtype: torch.dtype = torch.float32) -> Trace:
    """Trains as the contracts of the exercises say, or with one flaw.

    Args:
        case: what to train; nothing fails in it.
        flaw: `None`, or one of the words that this module compares it with.
        dtype: of the model and the sprites.

    Returns:
        The trace. It is steady when no prediction is nearly a tie.
    """
    if not case.lrs:
        return _train(Stage(case, dtype), flaw)
    stages = [Stage(replace(case, lr=lr, lrs=()), dtype) for lr in case.lrs]
    for stage, lr in zip(stages[1:], case.lrs[1:], strict=True):
        if flaw in ("model carried over", "model and optimizer shared"):
            stage.model = stages[0].model
            stage.optimizer = torch.optim.SGD(stage.model.parameters(), lr)
        if flaw == "first rate for all":
            stage.optimizer.param_groups[0]["lr"] = case.lrs[0]
        if flaw in ("optimizer shared", "model and optimizer shared"):
            stage.optimizer = stages[0].optimizer
    sweep = tuple(_train(stage, flaw) for stage in stages)
    return Trace(steady=all(one.steady for one in sweep), sweep=sweep)


def _train(stage: Stage, flaw: str | None) -> Trace:
    """Trains what is on the stage."""
    margins: list[float] = []
    epochs = []
    for _ in range(stage.epochs):
        rates = _rates(stage)
        if flaw == "validation first":
            validation = _validate(stage, flaw, margins)
        batches, last_rates = _epoch(stage, flaw, margins)
        if flaw in LATE:
            batches = _measured_late(stage, batches, *LATE[flaw], margins)
        if flaw != "validation first":
            validation = _validate(stage, flaw, margins)
        if flaw == "scheduler each batch, read late":
            rates = _rates(stage)
        if flaw == "scheduler each batch, read in the last":
            rates = last_rates
        if hasattr(stage, "scheduler") and flaw not in NOT_AFTER_EPOCHS:
            stage.scheduler.step()
        epochs.append(Epoch(tuple(batches), rates, _rates(stage), Pass(tuple(validation))))
    return Trace(tuple(epochs), min(margins, default=1.0) > TIE)


def _epoch(stage: Stage, flaw: str | None, margins: list[float]) -> tuple[list[Batch], tuple[float, ...]]:
    """Trains one epoch; gives its batches, and the learning rates that the last of them used."""
    model, optimizer, loss_fn = stage.model, stage.optimizer, stage.loss_fn
    batches = []
    if flaw == "zero_grad each epoch":
        optimizer.zero_grad()
    for inputs, targets in stage.train_loader:
        if flaw not in ("no zero_grad", "zero_grad each epoch"):
            optimizer.zero_grad()
        logits = model(inputs)
        loss = loss_fn(logits, targets)
        loss.backward()
        if flaw != "no step":
            optimizer.step()
        rates = _rates(stage)
        if flaw is not None and flaw.startswith("scheduler each batch"):
            stage.scheduler.step()
        if flaw == "loss after step":
            logits = model(inputs)
            loss = loss_fn(logits, targets)
        batches.append(_batch(loss, logits, targets, margins))
    return batches, rates


def _rates(stage: Stage) -> tuple[float, ...]:
    return tuple(group["lr"] for group in stage.optimizer.param_groups)


def _validate(stage: Stage, flaw: str | None, margins: list[float]) -> list[Batch]:
    """Walks over the validation set, where there is one, in evaluation mode."""
    if not hasattr(stage, "val_loader"):
        return []
    model, batches = stage.model, []
    model.train(flaw in ("no eval", "trained on validation in train mode"))
    for inputs, targets in stage.val_loader:
        trains = flaw is not None and flaw.startswith("trained on validation")
        with torch.set_grad_enabled(trains):
            logits = model(inputs)
            loss = stage.loss_fn(logits, targets)
        if trains:
            stage.optimizer.zero_grad()
            loss.backward()
            stage.optimizer.step()
        batches.append(_batch(loss, logits, targets, margins))
    model.train(flaw != "no return to train")
    return batches


def _measured_late(
    stage: Stage, batches: list[Batch], loss_too: bool, training: bool, margins: list[float]
) -> list[Batch]:
    """The batches as the model of the end of the epoch sees them, in training mode or not."""
    stage.model.train(training)
    with torch.no_grad():
        pairs = [(stage.model(inputs), targets) for inputs, targets in stage.train_loader]
    stage.model.train()
    late = [_batch(stage.loss_fn(x, y), x, y, margins) for x, y in pairs]
    if loss_too:
        return late
    return [replace(batch, correct=new.correct) for batch, new in zip(batches, late, strict=True)]


def _batch(loss: Tensor, logits: Tensor, targets: Tensor, margins: list[float]) -> Batch:
    """Takes down a batch, and how far its predictions are from a tie."""
    best, second = logits.detach().topk(2, dim=1).values.unbind(1)
    margins.append(float(((best - second) / logits.detach().abs().amax(1)).min()))
    flat = int((logits.argmax() == targets).sum())
    return Batch(loss.item(), len(targets), int((logits.argmax(1) == targets).sum()), flat)


def _steady(trace: Trace, exact: Trace) -> bool:
    """Whether a float64 training of the same case gives the same numbers."""
    swept = zip(trace.sweep, exact.sweep, strict=True)
    return all(_steady(one, other) for one, other in swept) and all(
        abs(a.loss - b.loss) <= UNSTEADY * abs(b.loss) and a.correct == b.correct
        for ours, theirs in zip(trace.epochs, exact.epochs, strict=True)
        for one, other in ((ours, theirs), (ours.validation, theirs.validation))
        for a, b in zip(one.batches, other.batches, strict=True)
    )


def handle(request: dict[str, Any]) -> dict[str, Any]:
    """Answers `{"case": …, "flaw": …}` with the trace; without a flaw, the gate is asked too."""
    case = Training.from_json(request["case"])
    try:
        trace = train(case, request["flaw"])
    except ValueError:  # a scheduler that is stepped too often says so
        return asdict(Trace(possible=False))
    if request["flaw"] is None:
        exact = train(case, dtype=torch.float64)
        trace = replace(trace, steady=trace.steady and _steady(trace, exact))
    return asdict(trace)


def serve(requests: int, answers: int) -> None:
    """Trains as asked on one descriptor, and answers on the other, until it ends."""
    protocol.serve(*adopt_streams(requests, answers), handle)
