"""Exercise 19: the capstone. A reason to stop is noted, and looked at once an epoch."""

from __future__ import annotations

import json
from math import inf, isfinite
from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts
from crystalball.capstone import Config
from crystalball.run_directory import new_log_dir


def weighted(pairs):
    pairs = list(pairs)
    return sum(loss * size for loss, size in pairs) / sum(size for _, size in pairs)


def train(config: Config) -> Path:
    """Trains a generator of sprites, and logs all there is to know about it."""
    model = config.make_model()
    batches, checks = config.make_loaders()
    optimizer = config.make_optimizer(model.parameters())
    scheduler = config.make_scheduler(optimizer)
    parameters = dict(model.named_parameters())
    where = new_log_dir(config.runs_dir, optimizer.param_groups[0]["lr"])
    board = SummaryWriter(where)
    reason = ""
    epoch = step = 0
    best, best_epoch = inf, 0
    try:
        was_training = model.training
        model.eval()
        board.add_graph(model, torch.ones(1, 3, 16, 16), verbose=False)
        model.train(was_training)
        board.add_text("Config", json.dumps(config.hparams), 0)
        board.add_custom_scalars_multilinechart(["Loss/Train", "Loss/Validation"], title="losses")
        while not reason:
            epoch += 1
            seen = []
            for inputs, _ in batches:
                for p in parameters.values():
                    p.grad = None
                loss = config.loss_fn(model(inputs), inputs)
                loss.backward()
                before = {name: p.grad * 1 for name, p in parameters.items() if p.grad is not None}
                torch.nn.utils.clip_grad_norm_(parameters.values(), config.max_norm)
                optimizer.step()
                step += 1
                board.add_scalar("Loss/Batch", loss.item(), step)
                seen.append((loss.item(), len(inputs)))
            model.eval()
            with torch.no_grad():
                validation = weighted((config.loss_fn(model(x), x).item(), len(x)) for x, _ in checks)
            model.train()
            board.add_scalar("Loss/Train", weighted(seen), epoch)
            board.add_scalar("Loss/Validation", validation, epoch)
            board.add_scalar("LearningRate", optimizer.param_groups[0]["lr"], epoch)
            squares = [torch.linalg.vector_norm(g) for g in before.values()]
            board.add_scalar("Gradient/Norm", torch.linalg.vector_norm(torch.stack(squares)), epoch)
            scheduler.step()

            if validation < best:
                best, best_epoch = validation, epoch
            if not all(isfinite(loss) for loss, _ in seen):
                reason = "not finite"
            elif epoch == config.epochs:
                reason = "done"
            elif epoch == best_epoch + config.patience:
                reason = "no progress"

            if reason != "not finite":
                for name, p in parameters.items():
                    board.add_histogram("Weights/" + name, p.data, epoch)
                for name, g in before.items():
                    board.add_histogram("Gradients/" + name, g, epoch)
                if epoch == config.epochs or epoch == 1 or epoch % config.every == 0:
                    model.eval()
                    with torch.no_grad():
                        drawn = model.decoder(config.latents)
                    model.train()
                    board.add_images("Sprites/Generated", (1 + drawn) / 2, epoch)

        if reason == "not finite":
            raise FloatingPointError(f"stopped after {epoch} epochs: a loss was not finite")
        if reason == "no progress":
            board.add_scalar("Stopped/Epoch", epoch, epoch)
        board.add_hparams(
            hparam_dict={k: v if not isinstance(v, list) else str(v) for k, v in config.hparams.items()},
            metric_dict={"Final/Loss": weighted(seen), "Final/Validation": validation},
            run_name=".",
            global_step=config.epochs,
        )
    finally:
        board.close()
    return where


if __name__ == "__main__":
    scripts.show_capstone(train)
