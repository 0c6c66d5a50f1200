"""The oracle's process: trains cases as it is asked to. pytest's process never imports torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import msgspec
import torch

from crystalball.cases.inside.parts import Interruptions, SecondRank, Sweep
from crystalball.cases.inside.training import Training
from crystalball.oracle import (  # noqa: F401  # their flaws are known
    wrong_lengths,
    wrong_loops,
    wrong_modes,
    wrong_schedules,
    wrong_scores,
    wrong_steps,
)
from crystalball.oracle.flaws import Flaw, with_flaws
from crystalball.oracle.gate import agree
from crystalball.oracle.loop import ReferenceLoop
from crystalball.oracle.ranks import train_together
from crystalball.oracle.resume import ResumedTraining
from crystalball.oracle.sweep import SweptTraining
from crystalball.oracle.trace import Trace, TraceRequest
from crystalball.processes.inside import messages
from crystalball.processes.inside.training_objects import TrainingObjects


def train(case: Training, flaws: Iterable[Flaw] = (), dtype: torch.dtype = torch.float32) -> Trace:
    """Trains as the contracts of the exercises say, or with flaws.

    Args:
        case: what to train; nothing fails in it, and nobody logs.
        flaws: how it is trained wrongly. One that cannot be made is not made.
        dtype: of the model and the sprites.

    Returns:
        The trace. It is steady when no prediction is nearly a tie.
    """
    loop = with_flaws(ReferenceLoop, flaws)
    if case.find(SecondRank):
        return train_together(case, dtype, loop)
    if case.find(Sweep):
        return with_flaws(SweptTraining, flaws)(case, dtype, loop).run()
    if case.find(Interruptions):
        return with_flaws(ResumedTraining, flaws)(case, dtype, loop).run()
    return loop(TrainingObjects(case, dtype)).run()


def answer(request: TraceRequest) -> Trace:
    """The trace that is asked for; that of a right training knows whether the gate lets it pass.

    Args:
        request: a case, and perhaps flaws.
    """
    try:
        trace = train(request.case, request.flaws)
    except ValueError:  # a scheduler that is stepped too often says so
        return Trace(possible=False)
    except Exception:  # flaws that do not go together: one lacks what another one does not come to
        if len(request.flaws) < 2:
            raise
        return Trace(possible=False)
    if request.flaws:
        return trace
    exact = train(request.case, dtype=torch.float64)
    return replace(trace, steady=trace.steady and agree(trace, exact))


def serve(requests: int, answers: int) -> None:
    """Trains as asked on one descriptor, and answers on the other, until it ends.

    Args:
        requests: descriptor of the pipe of requests.
        answers: descriptor of the pipe of answers.
    """

    def handle(request: dict[str, Any]) -> Any:
        return msgspec.to_builtins(answer(msgspec.convert(request, TraceRequest)))

    messages.serve(*messages.adopt_streams(requests, answers), handle)
