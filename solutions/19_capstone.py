"""Exercise 19: the capstone.

A training loop that a team could rely on: all that the course has taught, in one run, from an empty page.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts
from crystalball.capstone import Config
from crystalball.run_directory import new_log_dir


class RunLogger:
    """Writes one run; closes it, whatever happens inside its `with` block."""

    def __init__(self, log_dir: Path) -> None:
        self.log_dir = log_dir
        self._writer = SummaryWriter(log_dir)
        self._batches = 0

    def __enter__(self) -> RunLogger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def describe(self, model: nn.Module, inputs: Tensor, hparams: dict[str, Any]) -> None:
        """Logs what holds for the whole run."""
        self._writer.add_graph(model, inputs)
        self._writer.add_text("Config", f"```\n{json.dumps(hparams, indent=2)}\n```", global_step=0)
        self._writer.add_custom_scalars(
            {"Loss": {"Both": ["Multiline", ["Loss/Train", "Loss/Validation"]]}}
        )

    def batch(self, loss: float) -> None:
        """Logs a batch."""
        self._batches += 1
        self._writer.add_scalar("Loss/Batch", loss, global_step=self._batches)

    def scalars(self, epoch: int, **values: float) -> None:
        """Logs numbers of an epoch; `__` in a name stands for the slash of the tag."""
        for name, value in values.items():
            self._writer.add_scalar(name.replace("__", "/"), value, global_step=epoch)
        self._writer.flush()

    def histograms(self, epoch: int, group: str, tensors: Iterable[tuple[str, Tensor]]) -> None:
        """Logs a histogram of each tensor."""
        for name, tensor in tensors:
            self._writer.add_histogram(f"{group}/{name}", tensor, global_step=epoch)

    def sprites(self, epoch: int, drawn: Tensor) -> None:
        """Logs drawings, from -1 to 1."""
        self._writer.add_images("Sprites/Generated", (drawn + 1) / 2, global_step=epoch)

    def hparams(self, hparams: dict[str, Any], metrics: dict[str, float]) -> None:
        """Logs what was chosen, and what came out."""
        chosen = {name: str(value) if isinstance(value, list) else value for name, value in hparams.items()}
        self._writer.add_hparams(chosen, metrics, run_name=".")


def train(config: Config) -> Path:
    """Trains a generator of sprites, and logs all there is to know about it.

    Args:
        config: all parts of the training; what each of them is, `help(Config)` tells, or
            `checks/crystalball/capstone.py`.

    Returns:
        The `log_dir`, as a `Path` or a `str`: a fresh directory in `config.runs_dir`, named by the
        convention of exercise 2, for the optimizer's first learning rate.

    Raises:
        FloatingPointError: the loss of a training batch was not finite.
        Whatever a loader raises: the very same exception.

    How it trains: one optimizer step for each training batch, from its gradients alone, clipped to
    `config.max_norm`, with the model in training mode; after each epoch the validation, in evaluation
    mode, then one step of the scheduler. The training ends after `config.epochs` epochs, or before:
        - when the loss of a training batch (not of validation) was NaN or infinite: the epoch is
          finished, validated and logged all the same, then `FloatingPointError` is raised, even if
          patience has run out too. Whether the scheduler steps once more is open;
        - for want of progress. Count the epochs in a row whose `Loss/Validation` was not lower than the
          lowest before: an equal one adds 1, and so does NaN; a lower one sets the count back to 0. At
          `config.patience` the training stops.

    What must be logged, all in one run (E is the number of epochs that were trained, B that of the batches
    in each):
        `Loss/Batch`, at steps 1 to E * B: the loss of each batch.
        `Loss/Train`, `Loss/Validation` and `LearningRate`, at steps 1 to E: the mean losses over the
            samples, and the rate as the optimizer used it in the epoch.
        `Gradient/Norm`, and `Gradients/<p>` for each parameter, at steps 1 to E: of the epoch's last
            batch, before clipping; `Weights/<p>`: after the epoch.
        `Sprites/Generated`: what the model draws of `config.latents`, as in exercise 13, after epoch 1,
            each multiple of `config.every`, and epoch E.
        The model's graph, once, which changes nothing in the training; `Config`, once, at step 0:
            `config.hparams` as JSON, in a code fence or not; a custom layout, once, with a chart of
            `Loss/Train` and `Loss/Validation`: as in exercise 14.
        When the training stopped for want of progress, and before its last epoch, `config.epochs`:
            `Stopped/Epoch`, once, the number E at step E.
        When it came to its end, early or not, but without an error: `config.hparams` as hyperparameters,
            a list as its `str`, once, in the run itself, with the metrics `Final/Loss` and
            `Final/Validation` (at whatever step): both losses of epoch E.
    Of an epoch in which the loss of a training batch was not finite there are neither histograms
    nor drawings: no histogram can be made of NaN. Everything else of it is logged.

    All of it is on disk when the function ends, in whatever way, and no writer is open then: graph,
    `Config` and layout, too, after a `FloatingPointError`. When a loader raises, all of the completed
    epochs is there (graph, `Config` and layout may be missing; of the epoch that broke off the batches and
    the rate may be there, and where the validation loader raised, all that was learned of its training).
    """
    model = config.make_model()
    train_loader, val_loader = config.make_loaders()
    optimizer = config.make_optimizer(model.parameters())
    scheduler = config.make_scheduler(optimizer)
    best, waited = math.inf, 0
    with RunLogger(new_log_dir(config.runs_dir, optimizer.param_groups[0]["lr"])) as logger:
        logger.describe(model, next(iter(train_loader))[0], config.hparams)
        for epoch in range(1, config.epochs + 1):
            rate = optimizer.param_groups[0]["lr"]
            total, samples = 0.0, 0
            for inputs, _ in train_loader:
                optimizer.zero_grad()
                loss = config.loss_fn(model(inputs), inputs)
                loss.backward()
                gradients = [(name, p.grad.clone()) for name, p in model.named_parameters()]
                norm = nn.utils.clip_grad_norm_(model.parameters(), config.max_norm)
                optimizer.step()
                logger.batch(loss.item())
                total += loss.item() * len(inputs)
                samples += len(inputs)
            mean = total / samples
            validation = validate(model, val_loader, config.loss_fn)
            logger.scalars(
                epoch,
                Loss__Train=mean,
                Loss__Validation=validation,
                LearningRate=rate,
                Gradient__Norm=float(norm),
            )
            if not math.isfinite(mean):
                raise FloatingPointError(f"the loss of epoch {epoch} is {mean}")
            logger.histograms(epoch, "Gradients", gradients)
            logger.histograms(epoch, "Weights", model.named_parameters())
            scheduler.step()
            best, waited = (validation, 0) if validation < best else (best, waited + 1)
            stops = waited == config.patience
            if epoch == 1 or epoch % config.every == 0 or epoch == config.epochs or stops:
                logger.sprites(epoch, draw(model, config.latents))
            if stops and epoch < config.epochs:
                logger.scalars(epoch, Stopped__Epoch=epoch)
                break
        logger.hparams(config.hparams, {"Final/Loss": mean, "Final/Validation": validation})
    return logger.log_dir


def validate(model: nn.Module, loader: DataLoader[tuple[Tensor, ...]], loss_fn: nn.Module) -> float:
    """The mean loss over the samples, in evaluation mode."""
    model.eval()
    total, samples = 0.0, 0
    with torch.no_grad():
        for inputs, _ in loader:
            total += loss_fn(model(inputs), inputs).item() * len(inputs)
            samples += len(inputs)
    model.train()
    return total / samples


def draw(model: nn.Module, latents: Tensor) -> Tensor:
    """What the generator draws, in evaluation mode."""
    model.eval()
    with torch.no_grad():
        drawn: Tensor = model.decoder(latents)  # type: ignore[operator]  # a generator has one
    model.train()
    return drawn


if __name__ == "__main__":
    scripts.show_capstone(train)
