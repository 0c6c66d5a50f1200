"""The reference loop: trains a case as the contracts of the exercises ask, and keeps every fact of it.

Its steps are methods, so that a flaw is a subclass that takes one of them in another way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from crystalball.cases.inside.parts import Clipping, Drawing, EarlyStop, Schedule, Validation
from crystalball.oracle.trace import Batch, Drawings, Epoch, Pass, Rates, Trace
from crystalball.processes.inside.training_objects import TrainingObjects
from crystalball.reading.values import Histogram

TIE = 1e-3
"""Margin between the two best logits, relative to the largest, from which a prediction is safe."""


class ReferenceLoop:
    """One training, as it goes on.

    Args:
        objects: what is trained, and with what.

    Attributes:
        margins: how far predictions and decisions were from a tie, relatively.
        epochs: begun so far.
        rates: the learning rate of each parameter group, as this epoch uses it.
    """

    def __init__(self, objects: TrainingObjects) -> None:
        self.objects = objects
        self.margins: list[float] = []
        self.epochs = 0
        self.rates: Rates = ()

    def run(self) -> Trace:
        """Trains to the end."""
        self.begin()
        epochs: list[Epoch] = []
        while len(epochs) < self.planned and not self.stops(epochs):
            epochs.append(self.epoch())
        if math.isfinite(epochs[-1].mean_loss) and not epochs[-1].drawings:
            epochs[-1] = replace(epochs[-1], drawings=self.draw())  # nobody knew that it is the last
        modules, steady = _modules(self.objects.model), self.steady  # what nobody sees need not be
        return Trace(tuple(epochs), steady, modules=modules, impatient=self.stops(epochs))

    @property
    def planned(self) -> int:
        """Epochs after which the training ends at the latest."""
        return self.objects.epochs

    def begin(self) -> None:
        """What is done before the first epoch: nothing."""

    def epoch(self) -> Epoch:
        """Trains one epoch, and validates it."""
        self.epochs += 1
        self.rates = self.rates_now()
        self.begin_epoch()
        batches, validation = self.train_and_validate()
        rates_after = self.step_scheduler()
        clipping = self.objects.case.find(Clipping)
        finite = all(math.isfinite(batch.loss) for batch in batches)
        return Epoch(
            tuple(batches),
            self.rates,
            rates_after,
            Pass(tuple(validation)),
            weights=dict(_histograms(self.objects.model, gradients=False)) if clipping else {},
            drawings=self.draw() if finite and self.draws() else (),
        )

    def begin_epoch(self) -> None:
        """What is done before the first batch: nothing."""

    def train_and_validate(self) -> tuple[list[Batch], list[Batch]]:
        """Trains first, then validates."""
        return self.train(), self.validate()

    def train(self) -> list[Batch]:
        """Walks over the training set."""
        return [self.train_batch(batch) for batch in self.objects.train_loader]

    def train_batch(self, batch: Sequence[Tensor]) -> Batch:
        """Learns from a batch: gradients from zero on, clipped where that is asked for, then a step."""
        self.zero_grad()
        measured = self.forward_and_backward(batch)
        if clipping := self.objects.case.find(Clipping):
            gradients, weights = (dict(_histograms(self.objects.model, gradients=g)) for g in (True, False))
            norm = self.clip(clipping.max_norm)
            clipped = ReferenceLoop.clip(self, math.inf)
            measured = replace(measured, gradient_norm=norm, clipped_norm=clipped)
            measured = replace(measured, gradients=gradients, weights=weights)
        measured = replace(measured, rate=self.rates_now()[0])
        self.step()
        return measured

    def zero_grad(self) -> None:
        """Forgets the gradients of the batch before."""
        self.objects.optimizer.zero_grad()

    def forward_and_backward(self, batch: Sequence[Tensor]) -> Batch:
        """Computes loss and gradients of a batch."""
        measured, loss = self.measure(batch)
        torch.autograd.backward(loss)
        return measured

    def clip(self, most: float) -> float:
        """Clips the gradients, all together; returns their norm from before."""
        return float(nn.utils.clip_grad_norm_(self.objects.model.parameters(), most))

    def step(self) -> None:
        """Takes the optimizer's step."""
        self.objects.optimizer.step()

    def step_scheduler(self) -> Rates:
        """Steps the scheduler, where there is one, after the epoch; returns the rates from then on."""
        if self.objects.case.find(Schedule):
            self.objects.scheduler.step()
        return self.rates_now()

    def rates_now(self) -> Rates:
        """The learning rate of each parameter group."""
        return tuple(group["lr"] for group in self.objects.optimizer.param_groups)

    def validate(self) -> list[Batch]:
        """Walks over the validation set, where there is one, in evaluation mode."""
        if not self.objects.case.find(Validation):
            return []
        self.begin_validation()
        batches = [self.validate_batch(batch) for batch in self.validation_batches()]
        self.end_validation()
        return batches

    def begin_validation(self) -> None:
        """Enters the evaluation mode."""
        self.objects.model.eval()

    def validation_batches(self) -> Iterable[Sequence[Tensor]]:
        """What is validated on."""
        return self.objects.val_loader

    def validate_batch(self, batch: Sequence[Tensor]) -> Batch:
        """Measures a batch, and learns nothing."""
        with torch.no_grad():
            return self.measure(batch)[0]

    def end_validation(self) -> None:
        """Returns to training mode."""
        self.objects.model.train()

    def measure(self, batch: Sequence[Tensor]) -> tuple[Batch, Tensor]:
        """Takes down a batch, and how far its predictions are from a tie."""
        inputs, targets = batch
        outputs = self.objects.model(inputs)
        if self.objects.case.find(Drawing):  # a generator redraws what it is given
            loss: Tensor = self.objects.loss_fn(outputs, inputs)
            return Batch(loss.item(), len(inputs), 0.0, 0), loss
        loss = self.objects.loss_fn(self.for_the_loss(outputs), targets)
        logits = outputs.detach()
        best, second = logits.topk(2, dim=1).values.unbind(1)
        self.margins.append(float(((best - second) / logits.abs().amax(1)).min()))
        flat = (logits.argmax() == targets).sum().item()
        return Batch(loss.item(), len(targets), self.right(logits, targets), int(flat)), loss

    def right(self, logits: Tensor, targets: Tensor) -> float:
        """Samples whose label has the largest logit."""
        return float((logits.argmax(1) == targets).sum())

    def for_the_loss(self, logits: Tensor) -> Tensor:
        """What the loss is computed from: the logits themselves."""
        return logits

    def draws(self) -> bool:
        """Whether this epoch is drawn: each is, since that changes nothing in a right training."""
        return True

    def draw(self) -> Drawings:
        """What the generator, where there is one, draws of the latents in evaluation mode."""
        model = self.objects.model
        if not self.objects.case.find(Drawing):
            return ()
        self.begin_drawing()
        with torch.no_grad():
            drawn = model.decoder(self.objects.latents)  # type: ignore[operator]  # a generator has one
        self.end_drawing()
        return tuple(tuple(round(x, 6) for x in one.permute(1, 2, 0).flatten().tolist()) for one in drawn)

    def begin_drawing(self) -> None:
        """Enters the evaluation mode."""
        self.objects.model.eval()

    def end_drawing(self) -> None:
        """Returns to training mode."""
        self.objects.model.train()

    def stops(self, epochs: Sequence[Epoch]) -> bool:
        """Whether the training ends early: a loss is not finite, or nothing has got better for long."""
        stop = self.objects.case.find(EarlyStop)
        if not epochs or not stop:
            return False
        if not math.isfinite(epochs[-1].mean_loss):
            return True
        losses = self.judged_by(epochs)
        finite = [loss for loss in losses if math.isfinite(loss)]
        best = min(finite, default=math.inf)
        self.margins += [abs(loss - best) / best for loss in finite if loss != best]
        return self.waited(losses) >= self.patience(stop)

    def judged_by(self, epochs: Sequence[Epoch]) -> list[float]:
        """The losses that must get better."""
        return [epoch.validation.mean_loss for epoch in epochs]

    def waited(self, losses: Sequence[float]) -> int:
        """Epochs in a row, up to the last, without a new lowest loss; NaN is never lower."""
        best, waited = math.inf, 0
        for loss in losses:
            best, waited = (loss, 0) if loss < best else (best, waited + 1)
        return waited

    def patience(self, stop: EarlyStop) -> int:
        """Such epochs after which the training ends."""
        return stop.patience

    @property
    def steady(self) -> bool:
        """Whether nothing was nearly a tie."""
        return min(self.margins, default=1.0) > TIE


def _histograms(model: nn.Module, *, gradients: bool) -> Iterator[tuple[str, Histogram]]:
    """Of each parameter, or of the gradient of each that has one."""
    for name, parameter in model.named_parameters():
        numbers = parameter.grad if gradients else parameter
        if numbers is not None:
            x = numbers.detach().double().flatten()
            yield name, Histogram(*(float(n) for n in (x.min(), x.max(), len(x), x.sum(), x.dot(x))))


def _modules(model: nn.Module) -> tuple[str, ...]:
    """The modules with parameters, as a graph names them."""
    named = [(path.rpartition(".")[2], module) for path, module in model.named_modules() if path]
    return tuple(f"{type(m).__name__}[{name}]" for name, m in named if list(m.parameters(recurse=False)))
