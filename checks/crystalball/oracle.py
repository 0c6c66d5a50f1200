"""The oracle: trains a case itself and keeps every fact of it. Runs in a process of its own.

A *flaw* is a way to train wrongly; the trace of a flawed training is what a program with that
mistake would log. The pytest process asks for traces by JSON and never imports torch.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch

from crystalball.cases import Training
from crystalball.trace import Batch, Epoch, Trace
from crystalball.worker import protocol
from crystalball.worker.child import adopt_streams
from crystalball.worker.stage import Stage

UNSTEADY = 1e-5
"""Relative difference between a float32 and a float64 training from which a case is refused."""


def train(case: Training, flaw: str | None = None, dtype: torch.dtype = torch.float32) -> Trace:
    """Trains as the contracts of the exercises say, or with one flaw.

    Args:
        case: what to train; its loader's failure is ignored.
        flaw: `None`, or one of the words that this function compares it with.
        dtype: of the model and the sprites.

    Returns:
        The trace; `steady` is not looked into.
    """
    stage = Stage(case.undisturbed(), dtype)
    model, optimizer, loss_fn = stage.model, stage.optimizer, stage.loss_fn
    epochs = []
    for _ in range(case.epochs):
        batches = []
        if flaw == "zero_grad each epoch":
            optimizer.zero_grad()
        for inputs, targets in stage.loader:
            if flaw not in ("no zero_grad", "zero_grad each epoch"):
                optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            if flaw != "no step":
                optimizer.step()
            if flaw == "loss after step":
                loss = loss_fn(model(inputs), targets)
            batches.append(Batch(loss.item(), len(inputs)))
        if flaw in ("loss after epoch", "loss after epoch, in eval mode"):
            batches = _measure(stage, training=flaw == "loss after epoch")
        epochs.append(Epoch(tuple(batches)))
    return Trace(tuple(epochs))


def _measure(stage: Stage, *, training: bool) -> list[Batch]:
    """The batches' losses by the model as it is, in training or in evaluation mode."""
    stage.model.train(training)
    with torch.no_grad():
        pairs = [(stage.loss_fn(stage.model(x), y).item(), len(x)) for x, y in stage.loader]
    stage.model.train()
    return [Batch(*pair) for pair in pairs]


def _steady(trace: Trace, exact: Trace) -> bool:
    pairs = zip(trace.batches, exact.batches, strict=True)
    return all(abs(a.loss - b.loss) <= UNSTEADY * abs(b.loss) for a, b in pairs)


def handle(request: dict[str, Any]) -> dict[str, Any]:
    """Answers `{"case": …, "flaw": …}` with the trace; without a flaw, the gate is asked too."""
    case = Training.from_json(request["case"])
    trace = train(case, request["flaw"])
    steady = request["flaw"] is not None or _steady(trace, train(case, dtype=torch.float64))
    return asdict(Trace(trace.epochs, steady))


def serve(requests: int, answers: int) -> None:
    """Trains as asked on one descriptor, and answers on the other, until it ends."""
    protocol.serve(*adopt_streams(requests, answers), handle)
