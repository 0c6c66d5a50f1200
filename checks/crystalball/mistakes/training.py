"""Mistakes in the training itself."""

from crystalball.mistakes.catalogue import training_mistake

training_mistake(
    "no_zero_grad",
    "no zero_grad",
    "zero_grad each epoch",
    why="The gradients of earlier batches were still there when the optimizer stepped.",
    next="Call `optimizer.zero_grad()` for every batch, before `loss.backward()`.",
)
training_mistake(
    "no_optimizer_step",
    "no step",
    why="The model never learned: its weights stayed as they were at the start.",
    next="For each batch, in this order: `optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()`.",
)
training_mistake(
    "loss_after_step",
    "loss after step",
    "loss after epoch",
    "loss after epoch, in eval mode",
    why="The logged loss was computed after the optimizer step, by a model that had already learned "
    "from this batch.",
    next="Log the loss that you called `backward()` on; do not compute it again after `step()`.",
)
