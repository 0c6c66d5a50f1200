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
    """Writes one run; closes it, whatever happens inside its `with` block."""



def train(config: Config) -> Path:
    """Trains a generator of sprites, and logs all there is to know about it."""
    model = config.make_model()
    train_loader, val_loader = config.make_loaders()
    optimizer = config.make_optimizer(model.parameters())
    scheduler = config.make_scheduler(optimizer)
    log_dir = new_log_dir(config.runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        writer.add_graph(model, next(iter(train_loader))[0])
        writer.add_text("Config", json.dumps(config.hparams))
        writer.add_custom_scalars({"Loss": {"Loss": ["Multiline", ["Loss/Train", "Loss/Validation"]]}})
        best = float("inf")
        bad_epochs = 0
        step = 0
        for epoch in range(1, config.epochs + 1):
            model.train()
            finite = True
            total, n = 0.0, 0
            for inputs, _ in train_loader:
                optimizer.zero_grad()
                loss = config.loss_fn(model(inputs), inputs)
                loss.backward()
                grads = {name: p.grad.clone() for name, p in model.named_parameters()}
                norm = nn.utils.clip_grad_norm_(model.parameters(), config.max_norm)
                optimizer.step()
                step += 1
                writer.add_scalar("Loss/Batch", loss.item(), step)
                if not math.isfinite(loss.item()):
                    finite = False
                total += loss.item() * len(inputs)
                n += len(inputs)
            train_loss = total / n
            writer.add_scalar("Loss/Train", train_loss, epoch)
            writer.add_scalar("LearningRate", optimizer.param_groups[0]["lr"], epoch)
            writer.add_scalar("Gradient/Norm", norm, epoch)
            for name, p in model.named_parameters() if finite else []:
                writer.add_histogram(f"Gradients/{name}", grads[name], epoch)
                writer.add_histogram(f"Weights/{name}", p, epoch)
            model.eval()
            total, n = 0.0, 0
            with torch.no_grad():
                for inputs, _ in val_loader:
                    total += config.loss_fn(model(inputs), inputs).item() * len(inputs)
                    n += len(inputs)
                val_loss = total / n
                writer.add_scalar("Loss/Validation", val_loss, epoch)
                if val_loss < best:
                    best = val_loss
                    pass
                else:
                    bad_epochs += 1
                stop = bad_epochs >= config.patience
                if finite and (epoch == 1 or epoch % config.every == 0 or epoch == config.epochs or stop):
                    images = (model.decoder(config.latents) + 1) / 2
                    writer.add_images("Sprites/Generated", images, epoch)
            scheduler.step()
            if not finite:
                raise FloatingPointError("loss is not finite")
            if stop:
                if epoch < config.epochs:
                    writer.add_scalar("Stopped/Epoch", epoch, epoch)
                break
        hp = {k: str(v) if isinstance(v, list) else v for k, v in config.hparams.items()}
        writer.add_hparams(hp, {"Final/Loss": train_loss, "Final/Validation": val_loss}, run_name=".")
    return log_dir
