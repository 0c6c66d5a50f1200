from __future__ import annotations

import json
import math
from pathlib import Path

import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from crystalball.capstone import Config
from crystalball.run_directory import new_log_dir


class RunLogger:

    def __init__(self, log_dir: Path) -> None:
        self.log_dir = log_dir
        self.writer = SummaryWriter(log_dir)

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        if exc_type is not None:
            print(f"Training broke off: {exc_value!r}")
        self.writer.close()
        return True

    def start(self, model: nn.Module, hparams: dict) -> None:
        self.writer.add_graph(model, torch.zeros(2, 3, 16, 16))
        self.writer.add_text("Config", json.dumps(hparams, indent=2), 0)
        self.writer.add_custom_scalars({"Loss": {"Loss": ["Multiline", ["Loss/Train", "Loss/Validation"]]}})

    def epoch(self, number: int, train: float, validation: float, lr: float, norm: float) -> None:
        self.writer.add_scalar("Loss/Train", train, number)
        self.writer.add_scalar("Loss/Validation", validation, number)
        self.writer.add_scalar("LearningRate", lr, number)
        self.writer.add_scalar("Gradient/Norm", norm, number)

    def details(self, number: int, model: nn.Module, gradients: dict) -> None:
        for name, parameter in model.named_parameters():
            self.writer.add_histogram(f"Weights/{name}", parameter.data, number)
            self.writer.add_histogram(f"Gradients/{name}", gradients[name], number)

    def end(self, hparams: dict, train: float, validation: float) -> None:
        plain = {k: v if isinstance(v, (int, float, str, bool)) else str(v) for k, v in hparams.items()}
        self.writer.add_hparams(plain, {"Final/Loss": train, "Final/Validation": validation}, run_name=".")


def train(config: Config) -> Path:
    model = config.make_model()
    train_loader, val_loader = config.make_loaders()
    optimizer = config.make_optimizer(model.parameters())
    scheduler = config.make_scheduler(optimizer)
    log_dir = new_log_dir(config.runs_dir, optimizer.param_groups[0]["lr"])
    with RunLogger(log_dir) as log:
        log.start(config.make_model(), config.hparams)
        model.train()
        best, wait, step = float("inf"), 0, 0
        for epoch in range(1, config.epochs + 1):
            total, samples, broken = 0.0, 0, False
            for inputs, _ in train_loader:
                optimizer.zero_grad()
                loss = config.loss_fn(model(inputs), inputs)
                loss.backward()
                gradients = {name: p.grad.clone() for name, p in model.named_parameters()}
                norm = nn.utils.clip_grad_norm_(model.parameters(), config.max_norm)
                optimizer.step()
                step += 1
                log.writer.add_scalar("Loss/Batch", loss.item(), step)
                broken = broken or not math.isfinite(loss.item())
                total += loss.item() * len(inputs)
                samples += len(inputs)
            train_loss = total / samples

            total, samples = 0.0, 0
            model.eval()
            with torch.no_grad():
                for inputs, _ in val_loader:
                    total += config.loss_fn(model(inputs), inputs).item() * len(inputs)
                    samples += len(inputs)
            val_loss = total / samples

            log.epoch(epoch, train_loss, val_loss, optimizer.param_groups[0]["lr"], norm.item())
            if broken:
                raise FloatingPointError("The loss is not finite")
            log.details(epoch, model, gradients)

            if val_loss < best:
                best, wait = val_loss, 0
            else:
                wait += 1
            last = epoch == config.epochs or wait >= config.patience
            if last or epoch == 1 or epoch % config.every == 0:
                with torch.no_grad():
                    drawn = model.decoder(config.latents)
                log.writer.add_images("Sprites/Generated", (drawn + 1) / 2, epoch)
            scheduler.step()
            if last:
                if epoch < config.epochs:
                    log.writer.add_scalar("Stopped/Epoch", epoch, epoch)
                break
        log.end(config.hparams, train_loss, val_loss)
    return log_dir
