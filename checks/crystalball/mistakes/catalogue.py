"""What a mistake is, and how one is written.

A mistake is a rival of the truth: a function that predicts what a program with that mistake would
have left. It is written once, and used to diagnose, to count misconceptions over a class, and to
prove that the kit can tell it from its rivals.

A function yields one prediction for each way in which the mistake can be made, always the same
ways in the same order: a way must explain *every* case. What it cannot know (a tag, the name of a
directory) it adopts from the observation `context.seen`, and makes up when there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

from crystalball.cases.inside.case import Case
from crystalball.cases.inside.training import Training
from crystalball.oracle.flaws import Flaw
from crystalball.oracle.trace import Trace
from crystalball.outcomes.outcome import Curve, Outcome


class Aspect(IntEnum):
    """What a mistake is about; mistakes in different aspects compose, in this order."""

    TRAINING = 1
    VALUE = 2
    STEP = 3
    TAG = 4
    RUN = 5
    END = 6
    LIFETIME = 7


@dataclass(frozen=True)
class Context:
    """What a prediction may look at.

    Attributes:
        case: what was asked.
        trace: of the training that the prediction is about, which may itself be flawed.
        seen: the observation that is to be explained; `None` when an example is asked for.
    """

    case: Case
    trace: Trace
    seen: Outcome | None = None

    @property
    def training(self) -> Training:
        """The case, of an exercise that trains."""
        assert isinstance(self.case, Training)
        return self.case

    def seen_curve(self, tag: str) -> Curve:
        """The curve that was seen under a tag, where there is one run; else an empty one."""
        runs = self.seen.runs if self.seen else ()
        return runs[0].curves.get(tag, Curve(())) if len(runs) == 1 else Curve(())


Predict = Callable[[Outcome, Context], Iterable[Outcome]]


@dataclass(frozen=True)
class Mistake:
    """One mistake.

    Attributes:
        id: its name in the curriculum.
        aspect: what it is about.
        why: one sentence that explains it to the learner.
        next: one sentence that says what to do.
        predict: yields what it leaves instead of an outcome, for each way to make it.
        flaws: the oracle's flaws, for a mistake in the training itself.
        last_resort: it adopts so much of the observation that it would fit much else too: it is looked at
            only when nothing else explains the evidence.
    """

    id: str
    aspect: Aspect
    why: str
    next: str
    predict: Predict
    flaws: tuple[Flaw, ...] = ()
    last_resort: bool = False


CATALOGUE: dict[str, Mistake] = {}
"""All mistakes by their id."""


def _add(mistake: Mistake) -> None:
    assert mistake.id not in CATALOGUE, f"the mistake {mistake.id} is written twice"
    CATALOGUE[mistake.id] = mistake


def mistake(
    aspect: Aspect, why: str, next: str, *, last_resort: bool = False
) -> Callable[[Predict], Predict]:
    """Adds a mistake that is predicted from the truth; its id is the function's name."""

    def decorate(predict: Predict) -> Predict:
        _add(Mistake(predict.__name__, aspect, why, next, predict, last_resort=last_resort))
        return predict

    return decorate


def training_mistake(
    id: str, *flaws: Flaw, why: str, next: str, predict: Predict | None = None, last_resort: bool = False
) -> None:
    """Adds a mistake in the training itself: the oracle trains with each of these flaws.

    What is logged of it is what the laws say of such a training, or what `predict` makes of that.
    """
    _add(
        Mistake(
            id, Aspect.TRAINING, why, next, predict or (lambda truth, context: [truth]), flaws, last_resort
        )
    )
