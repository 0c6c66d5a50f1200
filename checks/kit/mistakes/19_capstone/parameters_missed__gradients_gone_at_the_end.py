"""Exercise 19: the capstone, of small functions."""

import contextlib
import json
import math
from collections import namedtuple

import numpy as np
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts
from crystalball.capstone import Config
from crystalball.run_directory import new_log_dir

Epoch = namedtuple("Epoch", "batches mean norm gradients")


def snapshot(model):
    return {n: p.grad.numpy().copy() for n, p in model.named_parameters() if p.grad is not None}


def train_epoch(model, loader, loss_fn, optimizer, max_norm, on_batch):
    model.train()
    losses, sizes = [], []
    norm = None
    for inputs, _ in loader:
        loss = loss_fn(model(inputs), inputs)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        sizes.append(len(inputs))
        on_batch(losses[-1])
    gradients = snapshot(model)
    return Epoch(losses, float(np.average(losses, weights=sizes)), float(norm), gradients)


@torch.no_grad()
def validate(model, loader, loss_fn):
    model.eval()
    losses, sizes = zip(*[(loss_fn(model(x), x).item(), len(x)) for x, _ in loader])
    model.train()
    return float(np.average(losses, weights=sizes))


@torch.no_grad()
def draw(model, latents):
    model.eval()
    sprites = (model.decoder(latents).numpy() + 1) / 2
    model.train()
    columns = math.ceil(math.sqrt(len(sprites)))
    rows = math.ceil(len(sprites) / columns)
    grid = np.zeros((3, rows * 18, columns * 18), dtype=np.float32)
    for i, sprite in enumerate(sprites):
        y, x = divmod(i, columns)
        grid[:, y * 18 + 1 : y * 18 + 17, x * 18 + 1 : x * 18 + 17] = sprite
    return grid


def describe(writer, model, hparams):
    model.eval()
    writer.add_graph(model, torch.zeros(1, 3, 16, 16), use_strict_trace=False)
    model.train()
    writer.add_text("Config", "```\n" + json.dumps(hparams, indent=1) + "\n```", 0)
    writer.add_custom_scalars({"Training": {"Both": ["Multiline", ["Loss/Validation", "Loss/Train"]]}})


def log_histograms(writer, prefix, arrays, epoch):
    for name, array in arrays.items():
        writer.add_histogram(f"{prefix}/{name}", array, epoch, bins="auto" if array.size > 1 else "tensorflow")


def worn_out(validations, patience):
    best = validations.index(min(validations))
    return len(validations) - 1 - best >= patience


def train(config: Config):
    """Trains a generator of sprites, and logs all there is to know about it."""
    model = config.make_model()
    train_loader, val_loader = config.make_loaders()
    optimizer = config.make_optimizer(model.parameters())
    scheduler = config.make_scheduler(optimizer)
    log_dir = new_log_dir(config.runs_dir, optimizer.param_groups[0]["lr"])
    with contextlib.closing(SummaryWriter(log_dir)) as writer:
        describe(writer, model, config.hparams)
        step = 0
        validations = []

        def on_batch(loss):
            nonlocal step
            step += 1
            writer.add_scalar("Loss/Batch", loss, step)

        for epoch in range(1, config.epochs + 1):
            done = train_epoch(model, train_loader, config.loss_fn, optimizer, config.max_norm, on_batch)
            validations.append(validate(model, val_loader, config.loss_fn))
            writer.add_scalar("Loss/Train", done.mean, epoch)
            writer.add_scalar("Loss/Validation", validations[-1], epoch)
            writer.add_scalar("LearningRate", scheduler.get_last_lr()[0], epoch)
            writer.add_scalar("Gradient/Norm", done.norm, epoch)
            scheduler.step()
            if not np.isfinite(done.batches).all():
                raise FloatingPointError
            log_histograms(writer, "Gradients", done.gradients, epoch)
            weights = {n: p.detach().numpy() for n, p in model.named_parameters()}
            log_histograms(writer, "Weights", weights, epoch)
            stop = worn_out(validations, config.patience)
            if epoch == 1 or epoch % config.every == 0 or stop or epoch == config.epochs:
                writer.add_image("Sprites/Generated", draw(model, config.latents), epoch)
            if stop:
                if epoch < config.epochs:
                    writer.add_scalar("Stopped/Epoch", epoch, epoch)
                break
        hparams = {k: str(v) if isinstance(v, list) else v for k, v in config.hparams.items()}
        metrics = {"Final/Validation": validations[-1], "Final/Loss": done.mean}
        writer.add_hparams(hparams, metrics, run_name="./", global_step=0)
    return log_dir


if __name__ == "__main__":
    scripts.show_capstone(train)
