"""Exercise 19: the capstone, with an early stopping of its own and a writer for each kind of thing."""

from __future__ import annotations

import dataclasses
import json
import math
from itertools import count

import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts
from crystalball.capstone import Config
from crystalball.run_directory import new_log_dir


@dataclasses.dataclass
class EarlyStopping:
    patience: int
    lowest: float = math.inf
    left: int = 0

    def __post_init__(self) -> None:
        self.left = self.patience

    def __call__(self, loss: float) -> bool:
        if loss < self.lowest:
            self.lowest = loss
            self.left = self.patience
        else:
            self.left -= 1
        return self.left <= 0


class RunLogger:
    def __init__(self, runs_dir, lr):
        self.dir = new_log_dir(runs_dir, lr)
        self.w = None

    def __enter__(self):
        self.w = SummaryWriter(self.dir)
        return self.w

    def __exit__(self, *args):
        self.w.close()


def mean_loss(model, loader, loss_fn):
    total = torch.zeros((), dtype=torch.float64)
    n = 0
    for x, *_ in loader:
        total += loss_fn(model(x), x).detach().double() * len(x)
        n += len(x)
    return (total / n).item()


def is_drawing(epoch, config, last):
    return last or epoch == 1 or epoch % config.every == 0


def train(config: Config):
    """Trains a generator of sprites, and logs all there is to know about it."""
    model = config.make_model()
    loader, val_loader = config.make_loaders()
    optimizer = config.make_optimizer(model.parameters())
    scheduler = config.make_scheduler(optimizer)
    stopping = EarlyStopping(config.patience)
    steps = count(1)
    graph_due = True
    run = RunLogger(config.runs_dir, optimizer.param_groups[0]["lr"])
    with run as w:
        w.add_text("Config", json.dumps(config.hparams, ensure_ascii=False, indent="\t"), 0)
        w.add_custom_scalars({"Curves": {"Loss": ["Multiline", ["Loss/Train", "Loss/Validation"]]}})
        for epoch in range(1, config.epochs + 1):
            total, samples = 0.0, 0
            not_finite = []
            for x, _ in loader:
                if graph_due:
                    model.eval()
                    w.add_graph(model, x)
                    model.train()
                    graph_due = False
                optimizer.zero_grad()
                loss = config.loss_fn(model(x), x)
                loss.backward()
                whole = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
                norm = nn.utils.clip_grad_norm_(model.parameters(), config.max_norm, error_if_nonfinite=False)
                optimizer.step()
                step = next(steps)
                w.add_scalar("Loss/Batch", loss.item(), step)
                if not math.isfinite(loss.item()):
                    not_finite.append(step)
                total += loss.item() * len(x)
                samples += len(x)
            w.add_scalar("Loss/Train", total / samples, epoch)
            w.add_scalar("Gradient/Norm", norm, epoch)
            w.add_scalar("LearningRate", optimizer.param_groups[0]["lr"], epoch)
            with torch.no_grad():
                validation = mean_loss(model.eval(), val_loader, config.loss_fn)
            w.add_scalar("Loss/Validation", validation, epoch)
            scheduler.step()
            if not_finite:
                print("not finite at steps", not_finite)
                raise FloatingPointError(f"the losses of batches {not_finite} are not finite")
            for n, p in model.named_parameters():
                w.add_histogram(f"Weights/{n}", p, epoch)
            for n, g in whole.items():
                w.add_histogram(f"Gradients/{n}", g, epoch)
            stop = stopping(validation)
            if is_drawing(epoch, config, stop or epoch == config.epochs):
                with torch.no_grad():
                    pictures = torch.add(model.decoder(config.latents), 1) / 2
                w.add_image("Sprites/Generated", torch.cat(tuple(pictures), 1), epoch)
            model.train()
            w.flush()
            if stop:
                break
        if stop:
            w.add_scalar("Stopped/Epoch", epoch, epoch)
        chosen = {**config.hparams}
        chosen.update({k: str(v) for k, v in chosen.items() if isinstance(v, list)})
        metrics = {"Final/Loss": total / samples, "Final/Validation": validation}
        w.add_hparams(chosen, metrics, run_name=".", global_step=1)
    return run.dir


if __name__ == "__main__":
    scripts.show_capstone(train)
