"""Exercise 19: the capstone. Epochs come from a generator; what follows from them is logged outside of it."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import torch
from torch.nn.utils import clip_grad_norm_
from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts
from crystalball.capstone import Config
from crystalball.run_directory import new_log_dir


def epochs_of(config, model, loaders, optimizer, scheduler, writer):
    step = 0
    for number in range(1, config.epochs + 1):
        e = SimpleNamespace(number=number, rate=optimizer.param_groups[0]["lr"], finite=True)
        model.train()
        e.loss, n = 0.0, 0
        for inputs, _ in loaders[0]:
            step += 1
            optimizer.zero_grad()
            loss = config.loss_fn(model(inputs), inputs)
            loss.backward()
            e.gradients = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
            e.norm = clip_grad_norm_(model.parameters(), config.max_norm).item()
            optimizer.step()
            writer.add_scalar("Loss/Batch", loss.item(), step, new_style=True)
            if not loss.isfinite():
                raise FloatingPointError(f"batch {step}")
            e.loss += loss.item() * len(inputs)
            n += len(inputs)
        e.loss /= n
        model.eval()
        e.validation, n = 0.0, 0
        with torch.no_grad():
            for inputs, _ in loaders[1]:
                e.validation += config.loss_fn(model(inputs), inputs).item() * len(inputs)
                n += len(inputs)
        e.validation /= n
        scheduler.step()
        yield e


def train(config: Config):
    """Trains a generator of sprites, and logs all there is to know about it."""
    model = config.make_model()
    loaders = config.make_loaders()
    optimizer = config.make_optimizer(model.parameters())
    scheduler = config.make_scheduler(optimizer)
    names = [name for name, _ in model.named_parameters()]
    log_dir = new_log_dir(config.runs_dir, optimizer.param_groups[0]["lr"])
    writer = None
    try:
        writer = SummaryWriter(log_dir)
        writer.add_text("Config", f"```json\n{json.dumps(config.hparams, indent=2)}\n```", global_step=0)
        model.eval()
        writer.add_graph(model, torch.zeros(1, 3, 16, 16))
        bad = 0
        best = math.inf
        for e in epochs_of(config, model, loaders, optimizer, scheduler, writer):
            scalars = {
                "Loss/Train": e.loss,
                "Loss/Validation": e.validation,
                "LearningRate": e.rate,
                "Gradient/Norm": e.norm,
                "Gradient/Scale": min(1.0, config.max_norm / e.norm) if e.norm > 0 else 1.0,
            }
            for tag in sorted(scalars):
                writer.add_scalar(tag, scalars[tag], e.number, double_precision=True)
            for name, p, g in zip(names, model.parameters(), e.gradients, strict=True):
                writer.add_histogram(f"Weights/{name}", p, e.number, bins="fd" if p.numel() > 1 else "auto")
                if g is not None:
                    writer.add_histogram(f"Gradients/{name}", g, e.number, bins="doane" if g.numel() > 2 else "auto")
            bad = bad + 1 if not e.validation < best else 0
            best = min(best, e.validation)
            over = bad == config.patience or e.number == config.epochs
            if over or e.number == 1 or e.number % config.every == 0:
                with torch.no_grad():
                    sprites = (model.decoder(config.latents) + 1) * 127.5
                pixels = sprites.round().to(torch.uint8)
                writer.add_images("Sprites/Generated", pixels, e.number)
            if over:
                break
        if e.number < config.epochs:
            writer.add_scalar("Stopped/Epoch", float(e.number), e.number)
        hparams = {name: f"{v}" if isinstance(v, list) else v for name, v in config.hparams.items()}
        writer.add_hparams(hparams, {"Final/Loss": e.loss, "Final/Validation": e.validation}, {}, ".", 7)
    finally:
        if writer is not None:
            writer.add_custom_scalars({"All": {"Losses": ["Multiline", ["Loss/Train", "Loss/Validation"]]}})
            writer.close()
    return log_dir


if __name__ == "__main__":
    scripts.show_capstone(train)
