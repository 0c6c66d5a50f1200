"""Mistakes in how gradients are clipped, where a contract asks for it."""

from crystalball.cases.inside.parts import Clipping
from crystalball.mistakes.catalogue import training_mistake
from crystalball.oracle.flaws import Flaw

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
