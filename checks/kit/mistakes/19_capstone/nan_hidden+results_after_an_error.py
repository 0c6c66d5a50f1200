from __future__ import annotations

import copy
import json
import math
from pathlib import Path

import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from crystalball.capstone import Config
from crystalball.run_directory import new_log_dir


class RunLogger:

    def __init__(self, log_dir: Path, hparams: dict) -> None:
        self.log_dir = log_dir
        self.hparams = hparams
        self.metrics: dict[str, float] = {}
        self.step = 0

    def __enter__(self) -> RunLogger:
        self.writer = SummaryWriter(self.log_dir)
        self.writer.add_text("Config", json.dumps(self.hparams, indent=2), 0)
        self.writer.add_custom_scalars(
            {"Losses": {"Train/Validation": ["Multiline", ["Loss/Train", "Loss/Validation"]]}}
        )
        return self

    def __exit__(self, *_: object) -> None:
        # whatever happens: the last metrics belong to the hyperparameters
        if self.metrics:
            hparams = {k: str(v) if isinstance(v, list) else v for k, v in self.hparams.items()}
            self.writer.add_hparams(hparams, self.metrics, run_name=".")
        self.writer.close()

    def graph(self, model: nn.Module) -> None:
        self.writer.add_graph(copy.deepcopy(model), torch.zeros(1, 3, 16, 16))

    def batch(self, loss: float) -> None:
        self.step += 1
        self.writer.add_scalar("Loss/Batch", loss, self.step)

    def epoch(self, epoch: int, train_loss: float, val_loss: float, rate: float, norm: float) -> None:
        self.writer.add_scalar("Loss/Train", train_loss, epoch)
        self.writer.add_scalar("Loss/Validation", val_loss, epoch)
        self.writer.add_scalar("LearningRate", rate, epoch)
        self.writer.add_scalar("Gradient/Norm", norm, epoch)
        self.metrics = {"Final/Loss": train_loss, "Final/Validation": val_loss}


def train(config: Config) -> Path:
    model = config.make_model()
    train_loader, val_loader = config.make_loaders()
    optimizer = config.make_optimizer(model.parameters())
    log_dir = new_log_dir(config.runs_dir, optimizer.param_groups[0]["lr"])
    scheduler = config.make_scheduler(optimizer)

    best, waited = math.inf, 0
    with RunLogger(log_dir, config.hparams) as log:
        log.graph(model)
        for epoch in range(1, config.epochs + 1):
            model.train()
            total, samples = 0.0, 0
            for inputs, _ in train_loader:
                optimizer.zero_grad()
                loss = config.loss_fn(model(inputs), inputs)
                loss.backward()
                gradients = [(n, p.grad.clone()) for n, p in model.named_parameters()]
                norm = nn.utils.clip_grad_norm_(model.parameters(), config.max_norm)
                optimizer.step()
                log.batch(loss.item())
                total += loss.item() * len(inputs)
                samples += len(inputs)
            train_loss = total / samples

            model.eval()
            total, samples = 0.0, 0
            with torch.no_grad():
                for inputs, _ in val_loader:
                    total += config.loss_fn(model(inputs), inputs).item() * len(inputs)
                    samples += len(inputs)
            val_loss = total / samples

            log.epoch(epoch, train_loss, val_loss, optimizer.param_groups[0]["lr"], float(norm))
            if not math.isfinite(train_loss) or not math.isfinite(val_loss):
                raise FloatingPointError(f"Loss is not finite in epoch {epoch}: {train_loss}, {val_loss}")

            for name, gradient in gradients:
                log.writer.add_histogram(f"Gradients/{name}", gradient, epoch)
            for name, parameter in model.named_parameters():
                log.writer.add_histogram(f"Weights/{name}", parameter.detach(), epoch)

            if val_loss < best:
                best, waited = val_loss, 0
            else:
                waited += 1
            ends = waited >= config.patience or epoch == config.epochs
            if epoch == 1 or epoch % config.every == 0 or ends:
                with torch.no_grad():
                    drawn = model.decoder(config.latents)
                log.writer.add_images("Sprites/Generated", (drawn + 1) / 2, epoch)
            scheduler.step()
            if ends:
                break
        if epoch < config.epochs:
            log.writer.add_scalar("Stopped/Epoch", epoch, epoch)
    return log_dir
