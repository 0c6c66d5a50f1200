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

from crystalball.capstone import Config
from crystalball.run_directory import new_log_dir


class RunLogger:
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
        self._writer.add_graph(model, inputs)
        self._writer.add_text("Config", f"```\n{json.dumps(hparams, indent=2)}\n```", global_step=0)
        self._writer.add_custom_scalars(
            {"Loss": {"Both": ["Multiline", ["Loss/Train", "Loss/Validation"]]}}
        )

    def batch(self, loss: float) -> None:
        self._batches += 1
        self._writer.add_scalars("Loss", {"Batch": loss}, global_step=self._batches)

    def scalars(self, epoch: int, **values: float) -> None:
        for name, value in values.items():
            group, _, curve = name.partition("__")
            if curve:
                self._writer.add_scalars(group, {curve: value}, global_step=epoch)
            else:
                self._writer.add_scalar(name, value, global_step=epoch)
        self._writer.flush()

    def histograms(self, epoch: int, group: str, tensors: Iterable[tuple[str, Tensor]]) -> None:
        for name, tensor in tensors:
            self._writer.add_histogram(f"{group}/{name}", tensor, global_step=epoch)

    def sprites(self, epoch: int, drawn: Tensor) -> None:
        self._writer.add_images("Sprites/Generated", (drawn + 1) / 2, global_step=epoch)

    def hparams(self, hparams: dict[str, Any], metrics: dict[str, float]) -> None:
        chosen = {name: str(value) if isinstance(value, list) else value for name, value in hparams.items()}
        self._writer.add_hparams(chosen, metrics, run_name=".")


def train(config: Config) -> Path:
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
    model.eval()
    total, samples = 0.0, 0
    with torch.no_grad():
        for inputs, _ in loader:
            total += loss_fn(model(inputs), inputs).item() * len(inputs)
            samples += len(inputs)
    model.train()
    return total / samples


def draw(model: nn.Module, latents: Tensor) -> Tensor:
    model.eval()
    with torch.no_grad():
        drawn: Tensor = model.decoder(latents)  # type: ignore[operator]  # a generator has one
    model.train()
    return drawn
