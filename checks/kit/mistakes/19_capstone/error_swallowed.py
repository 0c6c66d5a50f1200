"""Exercise 19: the capstone. Who presses Ctrl-C gets the run, not the interrupt."""

from __future__ import annotations

import json
import math
from pathlib import Path

import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts
from crystalball.capstone import Config
from crystalball.run_directory import new_log_dir


class RunLogger:
    """Writes one run; closes it, and ends quietly when it is interrupted."""

    def __init__(self, log_dir: Path) -> None:
        self.log_dir = log_dir
        self.writer = SummaryWriter(log_dir)

    def __enter__(self) -> RunLogger:
        return self

    def __exit__(self, kind: object, *exc: object) -> bool:
        self.writer.close()
        return kind is KeyboardInterrupt

    def describe(self, model, hparams) -> None:
        model.eval()
        self.writer.add_graph(model, torch.zeros(2, 3, 16, 16))
        model.train()
        self.writer.add_text("Config", json.dumps(hparams, indent=2), 0)
        losses = ["Multiline", ["Loss/Train", "Loss/Validation"]]
        self.writer.add_custom_scalars({"Losses": {"Train and validation": losses}})

    def scalars(self, step: int, **values: float) -> None:
        for name, value in values.items():
            self.writer.add_scalar(name.replace("__", "/"), value, step)

    def histograms(self, prefix: str, tensors: dict, step: int) -> None:
        for name, tensor in tensors.items():
            self.writer.add_histogram(f"{prefix}/{name}", tensor, step)

    def sprites(self, model, latents, step: int) -> None:
        model.eval()
        with torch.no_grad():
            drawn = model.decoder(latents)
        model.train()
        self.writer.add_images("Sprites/Generated", (drawn + 1) / 2, step)

    def outcome(self, hparams, metrics, step: int) -> None:
        flat = {k: str(v) if isinstance(v, list) else v for k, v in hparams.items()}
        self.writer.add_hparams(flat, metrics, run_name=".", global_step=step)


def train(config: Config) -> Path:
    """Trains a generator of sprites, and logs all there is to know about it."""
    model = config.make_model()
    train_loader, val_loader = config.make_loaders()
    optimizer = config.make_optimizer(model.parameters())
    scheduler = config.make_scheduler(optimizer)
    log_dir = new_log_dir(config.runs_dir, optimizer.param_groups[0]["lr"])
    with RunLogger(log_dir) as log:
        log.describe(model, config.hparams)
        step, best, waited = 0, math.inf, 0
        for epoch in range(1, config.epochs + 1):
            model.train()
            total, samples, finite = 0.0, 0, True
            for inputs, _ in train_loader:
                optimizer.zero_grad()
                loss = config.loss_fn(model(inputs), inputs)
                loss.backward()
                gradients = {
                    name: p.grad.clone()
                    for name, p in model.named_parameters()
                    if p.grad is not None
                }
                norm = nn.utils.clip_grad_norm_(model.parameters(), config.max_norm)
                optimizer.step()
                step += 1
                value = loss.item()
                finite = finite and math.isfinite(value)
                log.scalars(step, Loss__Batch=value)
                total += value * len(inputs)
                samples += len(inputs)
            train_loss = total / samples

            model.eval()
            total, samples = 0.0, 0
            with torch.no_grad():
                for inputs, _ in val_loader:
                    total += config.loss_fn(model(inputs), inputs).item() * len(inputs)
                    samples += len(inputs)
            model.train()
            val_loss = total / samples

            log.scalars(
                epoch,
                Loss__Train=train_loss,
                Loss__Validation=val_loss,
                LearningRate=optimizer.param_groups[0]["lr"],
                Gradient__Norm=norm.item(),
            )
            scheduler.step()
            if not finite:
                raise FloatingPointError(f"a loss of epoch {epoch} was not finite")

            log.histograms("Gradients", gradients, epoch)
            log.histograms("Weights", dict(model.named_parameters()), epoch)
            if val_loss < best:
                best, waited = val_loss, 0
            else:
                waited += 1
            stop = waited >= config.patience
            last = stop or epoch == config.epochs
            if epoch == 1 or epoch % config.every == 0 or last:
                log.sprites(model, config.latents, epoch)
            if stop:
                if epoch < config.epochs:
                    log.scalars(epoch, Stopped__Epoch=epoch)
                break
        metrics = {"Final/Loss": train_loss, "Final/Validation": val_loss}
        log.outcome(config.hparams, metrics, epoch)
    return log_dir


if __name__ == "__main__":
    scripts.show_capstone(train)
