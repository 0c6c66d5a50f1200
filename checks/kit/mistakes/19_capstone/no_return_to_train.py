"""Exercise 19: the capstone. Everything is kept in memory, and written on the way out."""

import copy
import json
import math
from functools import partial

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts
from crystalball.capstone import Config
from crystalball.run_directory import new_log_dir


class RunLogger:
    """Collects calls of a writer's methods; makes them when its `with` block ends."""

    def __init__(self, log_dir):
        self.log_dir = log_dir
        self.kept = []

    def __getattr__(self, method):
        if not method.startswith("add_"):
            raise AttributeError(method)
        return partial(self.keep, method)

    def keep(self, method, *args, **kwargs):
        args = [a.detach().clone() if isinstance(a, torch.Tensor) else a for a in args]
        self.kept.append((method, args, kwargs))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with SummaryWriter(self.log_dir) as writer:
            for method, args, kwargs in self.kept:
                getattr(writer, method)(*args, **kwargs)


def train(config: Config):
    """Trains a generator of sprites, and logs all there is to know about it."""
    model = config.make_model()
    train_loader, val_loader = config.make_loaders()
    optimizer = config.make_optimizer(model.parameters())
    scheduler = config.make_scheduler(optimizer)
    with RunLogger(new_log_dir(config.runs_dir, optimizer.param_groups[0]["lr"])) as log:
        log.add_graph(copy.deepcopy(model).eval(), torch.zeros(1, 3, 16, 16))
        log.add_text("Config", json.dumps(config.hparams), 0)
        log.add_custom_scalars({"c": {"t": ["Multiline", ["Loss/Train", "Loss/Validation"]]}})
        step, since_best, best = 1, 0, float("inf")
        for epoch in range(config.epochs):
            points = []
            for batch in train_loader:
                inputs = batch[0]
                loss = config.loss_fn(model(inputs), inputs)
                optimizer.zero_grad()
                loss.backward()
                last = []
                for name, p in model.named_parameters():
                    if p.grad is not None:
                        last.append((name, p.grad.clone()))
                norm = torch.nn.utils.get_total_norm([g for _, g in last])
                torch.nn.utils.clip_grads_with_norm_(model.parameters(), config.max_norm, norm)
                optimizer.step()
                log.add_scalar("Loss/Batch", loss.item(), step)
                points += [(loss.item(), inputs.shape[0])]
                step += 1
            train_loss = sum(v * n for v, n in points) / sum(n for _, n in points)
            model.eval()
            checks = []
            for batch in val_loader:
                with torch.no_grad():
                    checks += [(config.loss_fn(model(batch[0]), batch[0]).item(), batch[0].shape[0])]
            val_loss = sum(v * n for v, n in checks) / sum(n for _, n in checks)
            log.add_scalar("Loss/Train", train_loss, epoch + 1)
            log.add_scalar("Loss/Validation", val_loss, epoch + 1)
            log.add_scalar("LearningRate", optimizer.param_groups[0]["lr"], epoch + 1)
            log.add_scalar("Gradient/Norm", norm.item(), epoch + 1)
            scheduler.step()
            if any(math.isnan(v) or math.isinf(v) for v, _ in points):
                raise FloatingPointError("not finite")
            for name, gradient in last:
                log.add_histogram(f"Gradients/{name}", gradient, epoch + 1)
            for name, parameter in model.named_parameters():
                log.add_histogram(f"Weights/{name}", parameter, epoch + 1)
            since_best = 0 if val_loss < best else since_best + 1
            best = min(best, val_loss)
            ends = since_best == config.patience or epoch + 1 == config.epochs
            if epoch == 0 or (epoch + 1) % config.every == 0 or ends:
                with torch.no_grad():
                    image = (model.decoder(config.latents) + 1) / 2
                log.add_images("Sprites/Generated", image, epoch + 1)
            if ends:
                break
        if epoch + 1 != config.epochs:
            log.add_scalar("Stopped/Epoch", epoch + 1, epoch + 1)
        log.add_hparams(
            {k: str(v) if isinstance(v, list) else v for k, v in config.hparams.items()},
            {"Final/Loss": train_loss, "Final/Validation": val_loss},
            run_name=".",
        )
    return log.log_dir


if __name__ == "__main__":
    scripts.show_capstone(train)
