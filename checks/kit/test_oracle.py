"""The oracle: every flaw has a name and a class, each changes a training, and a trace survives its way."""

import json
import math
from collections.abc import Callable

import msgspec
import pytest
import torch

from crystalball.cases.inside.parts import (
    Break,
    Cadence,
    Clipping,
    Drawing,
    EarlyStop,
    Interruptions,
    OtherLoss,
    Part,
    Schedule,
    SecondRank,
    Shuffled,
    SpoiltBatch,
    Sweep,
    Validation,
)
from crystalball.cases.inside.training import Training
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.judging.session import JudgingSession
from crystalball.mistakes import CATALOGUE
from crystalball.oracle.flaws import KEEP_THE_LOSSES, WRONG, Flaw
from crystalball.oracle.gate import UNSTEADY, agree
from crystalball.oracle.serve import answer, train
from crystalball.oracle.trace import Trace, TraceRequest


def training(*parts: Part, lr: float = 0.1, momentum: float = 0.0, **numbers: int) -> Training:
    asked = {"epochs": 3, "samples": 7, "batch_size": 3} | numbers
    return Training(**asked, lr=lr, momentum=momentum, parts=parts)


CLASSIFIED = training(Validation(samples=5), Schedule("cosine"))
DRAWN = training(Validation(samples=5), Drawing(every=1))
STOPPED = [
    training(
        Validation(samples=val_samples),
        Schedule(schedule),
        Clipping(max_norm=0.5),
        Drawing(every=1),
        EarlyStop(2),
        lr=4.0,
        **rest,
    )
    for val_samples, schedule, rest in (
        (3, "exponential", {"epochs": 6, "samples": 5, "batch_size": 4, "seed": 17}),
        (5, "cosine", {"epochs": 5, "samples": 2, "batch_size": 2, "seed": 882}),
    )
]
TIED = training(
    Validation(samples=3, tied=True), Drawing(every=1), EarlyStop(1), epochs=5, lr=2.0, momentum=0.9
)
RISING = training(Validation(samples=5), epochs=6, samples=4, batch_size=4, lr=0.3)
SPOILT = training(
    Validation(samples=3),
    SpoiltBatch(epoch=1, batch=0, of_validation=True),
    Drawing(every=1),
    EarlyStop(2),
    **{"epochs": 4, "samples": 2, "batch_size": 2, "lr": 4.0, "seed": 66},
)
SHUFFLED = training(Shuffled())
CLIPPED = training(Clipping(max_norm=0.5), Drawing(every=1))
GROUPS = training(Schedule("cosine", head_lr=0.02))
WINDOWS = training(Cadence(log_every=2), OtherLoss())
RANKS = training(SecondRank(samples=5, batch_size=2))
SWEPT = training(Sweep((0.1, 0.02)))
CARRIED = training(Sweep((0.1, 0.02)), momentum=0.9)
RESUMED = training(
    Validation(samples=4),
    Schedule("step"),
    Interruptions((Break(epoch=1, batch=1, where="model"),)),
    momentum=0.5,
)

RESUMED_LATE = training(
    Validation(samples=5),
    Schedule("step"),
    Interruptions((Break(epoch=3, batch=0, where="loader"),)),
    **{"epochs": 5, "samples": 4, "batch_size": 4, "lr": 0.3},
)
RESUMED_WHEN_DONE = training(
    Validation(samples=4), Schedule("step"), Interruptions((Break(epoch=2, batch=0, where="save"),))
)
TRAININGS = (
    *(CLASSIFIED, RISING, DRAWN, *STOPPED, TIED, SPOILT, SHUFFLED, CLIPPED, GROUPS, WINDOWS, RANKS),
    *(SWEPT, CARRIED, RESUMED, RESUMED_LATE, RESUMED_WHEN_DONE),
)


@pytest.fixture(scope="module", autouse=True)
def right() -> dict[Training, Trace]:
    torch.set_num_threads(1)  # as in the oracle's process; with more, tiny trainings wait for each other
    return {case: train(case) for case in TRAININGS}


@pytest.mark.parametrize("flaw", Flaw)
def test_each_flaw_makes_a_difference(flaw: Flaw, right: dict[Training, Trace]) -> None:
    assert any(_differs(case, flaw, trace) for case, trace in right.items())


@pytest.mark.parametrize("flaw", Flaw)
def test_which_flaws_keep_the_losses_is_known(flaw: Flaw, right: dict[Training, Trace]) -> None:
    # Where a training stops early, whatever changes the validation may change how many losses there are.
    whole = [case for case in right if not case.find(EarlyStop)]
    differs = any(_differs(case, flaw, right[case], _losses) for case in whole)
    assert differs == (flaw not in KEEP_THE_LOSSES) or flaw in OF_EARLY_STOPS


OF_EARLY_STOPS = {
    flaw for id in CATALOGUE for flaw in CATALOGUE[id].flaws if CATALOGUE[id].needs is EarlyStop
}


def _losses(trace: Trace) -> object:
    parts = (trace, *trace.parts)
    return [[batch.loss for batch in epoch.batches] for part in parts for epoch in part.epochs]


def _differs(
    case: Training, flaw: Flaw, right: Trace, of: Callable[[Trace], object] = lambda trace: trace
) -> bool:
    try:
        return repr(of(train(case, [flaw]))) != repr(of(right))  # a NaN equals no NaN, but looks like one
    except (AttributeError, ValueError):  # no such part: no scheduler, no classes
        return False


def test_each_flaw_is_made_by_one_class_and_belongs_to_a_mistake() -> None:
    assert set(WRONG) == set(Flaw)
    assert len(set(WRONG.values())) == len(Flaw)
    assert {flaw for mistake in CATALOGUE.values() for flaw in mistake.flaws} == set(Flaw)


@pytest.mark.parametrize("exercise", curriculum().exercises, ids=lambda exercise: exercise.id)
def test_no_processor_refuses_a_pinned_case(exercise: Exercise, judging_session: JudgingSession) -> None:
    # Each rounds in its own way: what is near the limit of the gate on this one is beyond it on another.
    for case in judging_session.spec(exercise).cases.pinned:
        if isinstance(case, Training):
            assert agree(train(case), train(case, dtype=torch.float64), 0.6 * UNSTEADY), case


def test_flaws_that_do_not_go_together_are_no_training() -> None:
    flaws = (Flaw.SCHEDULER_BY_LOSS, Flaw.LOSS_AFTER_EPOCH_OF_KEPT_BATCHES)
    assert not answer(TraceRequest(training(Schedule("step")), flaws)).possible


def test_an_unknown_flaw_is_an_error() -> None:
    asked = msgspec.to_builtins(TraceRequest(SWEPT))
    with pytest.raises(msgspec.ValidationError, match="no zero_grade"):
        msgspec.convert(asked | {"flaws": ["no zero_grade"]}, TraceRequest)


def test_a_trace_survives_its_way_to_the_judge() -> None:
    clipped = training(Clipping(max_norm=0.5, frozen=True), SpoiltBatch(epoch=2, batch=0))
    for case in (clipped, DRAWN, SWEPT, RESUMED):
        trace = answer(msgspec.convert(msgspec.to_builtins(TraceRequest(case)), TraceRequest))
        again = msgspec.convert(json.loads(json.dumps(msgspec.to_builtins(trace))), Trace)
        assert repr(again) == repr(trace)  # a NaN equals no NaN, but looks like one
    assert math.isnan(answer(TraceRequest(clipped)).epochs[-1].mean_loss)
