"""Mistakes in how gradients are clipped, where a contract asks for it, or in that one may be none."""

from collections.abc import Iterator
from dataclasses import replace

from crystalball.cases.inside.parts import Clipping
from crystalball.mistakes.catalogue import Aspect, Context, mistake, training_mistake
from crystalball.oracle.flaws import Flaw
from crystalball.outcomes.end import Raised
from crystalball.outcomes.outcome import Outcome

training_mistake(
    "not_clipped",
    Flaw.NOT_CLIPPED,
    needs=Clipping,
    why="The optimizer stepped by gradients that had not been clipped.",
    next="Clip between `loss.backward()` and `optimizer.step()`: "
    "`nn.utils.clip_grad_norm_(model.parameters(), max_norm)`.",
)
training_mistake(
    "lengthened_to_max_norm",
    Flaw.LENGTHENED_TO_MAX_NORM,
    needs=Clipping,
    why="Gradients that were shorter than `max_norm` were lengthened to it.",
    next="Shorten the longer ones alone: multiply by `min(1, max_norm / norm)`, as `clip_grad_norm_` does.",
)
training_mistake(
    "clipped_to_one",
    Flaw.CLIPPED_TO_ONE,
    needs=Clipping,
    why="The gradients were clipped to a norm of 1, not to the one that was given.",
    next="`nn.utils.clip_grad_norm_(model.parameters(), max_norm)`: take `max_norm` from the caller.",
)
training_mistake(
    "clipped_one_by_one",
    Flaw.CLIPPED_ONE_BY_ONE,
    Flaw.CLIPPED_BY_VALUE,
    needs=Clipping,
    why="Each gradient, or each number in it, was clipped by itself: that turns the step into another "
    "direction.",
    next="Clip all gradients together, by one factor: "
    "`nn.utils.clip_grad_norm_(model.parameters(), max_norm)`.",
)


@mistake(
    Aspect.END,
    "A frozen parameter has no gradient: its `grad` is `None`, which has no values.",
    "Ask `if parameter.grad is not None:` wherever you use a gradient.",
)
def frozen_parameter_crashes(truth: Outcome, context: Context) -> Iterator[Outcome]:
    """The call raises where a parameter is frozen; what it leaves then is its own affair."""
    example = replace(truth, runs=(), ends=(Raised("AttributeError"),))
    yield context.if_raised() or example if context.training.part(Clipping).frozen else truth
