"""Exercise 19: the capstone, in one function."""

from __future__ import annotations

import json
import math
from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts
from crystalball.capstone import Config
from crystalball.run_directory import new_log_dir


def train(config: Config) -> str:
    """Trains a generator of sprites, and logs all there is to know about it."""
    model = config.make_model()
    train_loader, val_loader = config.make_loaders()
    optimizer = config.make_optimizer(model.parameters())
    scheduler = config.make_scheduler(optimizer)
    group = optimizer.param_groups[0]
    log_dir = str(new_log_dir(config.runs_dir, group["lr"]))

    with SummaryWriter(log_dir) as w:
        w.add_text("Config", "```json\n" + json.dumps(config.hparams, indent=4, sort_keys=True) + "\n```", 0)
        w.add_custom_scalars(
            {
                "Overview": {
                    "Loss": ["Multiline", ["Loss/Train", "Loss/Validation"]],
                    "Rate": ["Multiline", ["LearningRate"]],
                }
            }
        )
        model.eval()
        w.add_graph(model, torch.randn(1, 3, 16, 16))
        history = []
        batches_seen = 0
        epoch = 0
        while epoch < config.epochs:
            epoch += 1
            model.train()
            losses, sizes = [], []
            for x, _labels in train_loader:
                batches_seen += 1
                loss = config.loss_fn(model(x), x)
                optimizer.zero_grad()
                loss.backward()
                raw = [(n, p.grad.detach().clone()) for n, p in model.named_parameters() if p.grad is not None]
                torch.nn.utils.clip_grad_norm_(model.parameters(), config.max_norm)
                optimizer.step()
                losses.append(loss.item())
                sizes.append(x.shape[0])
                w.add_scalar("Loss/Batch", loss.detach(), batches_seen)
            losses, sizes = torch.tensor(losses, dtype=torch.float64), torch.tensor(sizes, dtype=torch.float64)
            train_loss = float((losses * sizes).sum() / sizes.sum())
            bad = not bool(torch.isfinite(losses).all())
            norm = torch.stack([g.pow(2).sum() for _, g in raw]).sum().sqrt()

            model.eval()
            with torch.inference_mode():
                per_batch = [(config.loss_fn(model(x), x).item(), len(x)) for x, _ in val_loader]
            val_loss = sum(v * n for v, n in per_batch) / sum(n for _, n in per_batch)
            history.append(val_loss if val_loss == val_loss else math.inf)

            w.add_scalar("Loss/Train", train_loss, epoch)
            w.add_scalar("Loss/Validation", val_loss, epoch)
            w.add_scalar("LearningRate", group["lr"], epoch)
            w.add_scalar("Gradient/Norm", norm, epoch)
            scheduler.step()
            if bad:
                raise FloatingPointError("loss is not finite")
            for n, g in raw:
                w.add_histogram("Gradients/" + n, g, epoch)
            for n, p in model.named_parameters():
                w.add_histogram("Weights/" + n, p, epoch)

            early = len(history) > config.patience and min(history[-config.patience :]) >= min(
                history[: -config.patience]
            )
            if epoch in (1, config.epochs) or not epoch % config.every or early:
                with torch.no_grad():
                    sprites = model.decoder(config.latents).add(1).div(2)
                strip = torch.cat(list(sprites), dim=2)
                w.add_image("Sprites/Generated", strip, epoch)
            if early:
                break
        if epoch < config.epochs:
            w.add_scalar("Stopped/Epoch", epoch, epoch)
        hparams = {}
        for name in config.hparams:
            value = config.hparams[name]
            hparams[name] = str(value) if type(value) is list else value
        w.add_hparams(hparams, {"Final/Loss": train_loss, "Final/Validation": val_loss}, None, ".")
    return log_dir


if __name__ == "__main__":
    scripts.show_capstone(train)
