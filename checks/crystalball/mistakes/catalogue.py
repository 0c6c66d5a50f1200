"""What a mistake is, and the two functions that add one: `mistake` and `training_mistake`.

A mistake is a rival of the truth: a function that predicts what a program with that mistake would
have left. It is written once, and used to explain, to count misconceptions over a class, and to
prove that the kit can tell it from its rivals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from enum import IntEnum

from crystalball.cases.inside.case import Case
from crystalball.cases.inside.part import Part
from crystalball.cases.inside.training import Training
from crystalball.oracle.flaws import Flaw
from crystalball.oracle.trace import Trace
from crystalball.outcomes.end import End, Raised, Returned
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.outcomes.run_name import RunName


class Aspect(IntEnum):
    """What a mistake is about; mistakes about different things compose, in this order."""

    TRAINING = 1
    VALUE = 2
    STEP = 3
    TAG = 4
    RUN = 5
    END = 6
    LIFETIME = 7


@dataclass(frozen=True)
class Context:
    """What a prediction may look at, beside the truth.

    Attributes:
        case: what was asked.
        trace: of the training that the prediction is about, which may itself be flawed.
        seen: the observation that is to be explained; `None` when an example is asked for.
        expected: what a right program leaves.
        logged: the tags under which a point was seen in any case.
        flaws: of the training, how many.
        right: the trace of a right training.
    """

    case: Case
    trace: Trace
    seen: Outcome | None = None
    expected: Outcome | None = None
    logged: Set[str] = frozenset()
    flaws: int = 0
    right: Trace | None = None

    @property
    def training(self) -> Training:
        """The case, of an exercise that trains."""
        assert isinstance(self.case, Training)
        return self.case

    @property
    def seen_runs(self) -> tuple[Run, ...]:
        """The runs that were seen."""
        return self.seen.runs if self.seen else ()

    @property
    def seen_ends(self) -> tuple[End, ...]:
        """How the calls were seen to end."""
        return self.seen.ends if self.seen else ()

    def returned(self, truth: Outcome) -> tuple[End, ...]:
        """What the calls were seen to return; what is right where one raised, or nothing was seen."""
        returned = self.seen_ends and all(isinstance(end, Returned) for end in self.seen_ends)
        return self.seen_ends if returned else truth.ends

    def seen_curve(self, tag: str, name: RunName = "") -> Curve:
        """The curve that was seen under a tag, where one run holds it, or one of this name; else none."""
        runs = [run for run in self.seen_runs if tag in run.curves]
        curves = [run.curves[tag] for run in runs if len(runs) == 1 or run.name == name]
        return curves[0] if len(curves) == 1 else Curve(())

    def steps_asked_for(self, tag: str) -> set[int]:
        """The steps at which a right program logs under a tag, in any run."""
        runs = self.expected.runs if self.expected else ()
        return {step for run in runs if tag in run.curves for step in run.curves[tag].steps}

    def if_raised(self, *errors: str) -> Outcome | None:
        """The observation, when a call was seen to raise one of these errors (any without `errors`)."""
        raised = [end.error for end in self.seen_ends if isinstance(end, Raised)]
        return self.seen if any(not errors or error in errors for error in raised) else None


Predict = Callable[[Outcome, Context], Iterable[Outcome]]
"""Makes of the truth, and of what may be looked at, what a program with the mistake would have left.

It yields one prediction for each way in which the mistake can be made, always the same ways in the
same order: a way must explain *every* case, and where it makes no difference it yields the truth. What
it cannot know (a tag, the name of a directory) it adopts from `context.seen`, and makes up when there is
none.
"""


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
        shorter: what it changes is what the laws say of a training without the last epoch.
        needs: the part that a training must have for it to be made.
    """

    id: str
    aspect: Aspect
    why: str
    next: str
    predict: Predict
    flaws: tuple[Flaw, ...] = ()
    last_resort: bool = False
    shorter: bool = False
    needs: type[Part] | None = None


CATALOGUE: dict[str, Mistake] = {}
"""All mistakes by their id."""


def mistake(
    aspect: Aspect, why: str, next: str, *, last_resort: bool = False, shorter: bool = False
) -> Callable[[Predict], Predict]:
    """Adds a mistake that is predicted from the truth; its id is the name of the decorated function.

        @mistake(
            Aspect.END,
            "The function does not return the path of its run.",
            "`return log_dir`, the very path that you gave to `SummaryWriter`.",
        )
        def returns_wrong_path(truth: Outcome, context: Context) -> Iterator[Outcome]:
            yield replace(truth, ends=context.returned(truth))

    Args:
        aspect: what it is about.
        why: one sentence that explains it to the learner.
        next: one sentence that says what to do.
        last_resort: see `Mistake`.
        shorter: see `Mistake`.
    """

    def decorate(predict: Predict) -> Predict:
        add(Mistake(predict.__name__, aspect, why, next, predict, (), last_resort, shorter))
        return predict

    return decorate


def as_stated(truth: Outcome, context: Context) -> list[Outcome]:
    """What the laws say of a flawed training, and no more."""
    return [truth]


def training_mistake(
    id: str,
    *flaws: Flaw,
    why: str,
    next: str,
    predict: Predict | None = None,
    last_resort: bool = False,
    needs: type[Part] | None = None,
) -> None:
    """Adds a mistake in the training itself: what it leaves is what the laws say of a flawed training.

        training_mistake(
            "no_optimizer_step",
            Flaw.NO_STEP,
            why="The model never learned: its weights stayed as they were at the start.",
            next="For each batch: `optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()`.",
        )

    Args:
        id: its name in the curriculum.
        flaws: the oracle trains with each of these, one a way to make the mistake.
        why: one sentence that explains it to the learner.
        next: one sentence that says what to do.
        predict: makes more of what the laws say of such a training, where that is not all.
        last_resort: see `Mistake`.
        needs: see `Mistake`.
    """
    add(Mistake(id, Aspect.TRAINING, why, next, predict or as_stated, flaws, last_resort, needs=needs))


def add(mistake: Mistake) -> None:
    """Adds a mistake to the catalogue."""
    assert mistake.id not in CATALOGUE, f"the mistake {mistake.id} is written twice"
    CATALOGUE[mistake.id] = mistake
