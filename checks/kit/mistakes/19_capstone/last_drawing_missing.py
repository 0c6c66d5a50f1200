"""Exercise 19: the capstone, with a trainer."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts
from crystalball.capstone import Config
from crystalball.run_directory import new_log_dir


class RunLogger(SummaryWriter):
    """A writer that knows the tags of this project. `with` closes it."""

    def losses(self, train: float, validation: float, epoch: int) -> None:
        self.add_scalar("Loss/Train", train, epoch)
        self.add_scalar("Loss/Validation", validation, epoch)

    def layout(self) -> None:
        self.add_custom_scalars({"Loss": {"Loss": ["Multiline", ["Loss/Train", "Loss/Validation"]]}})

    def hparams(self, chosen: dict, metrics: dict, epoch: int) -> None:
        chosen = dict(chosen)
        for name, value in chosen.items():
            if isinstance(value, list):
                chosen[name] = str(value)
        self.add_hparams(chosen, metrics, run_name=".", global_step=epoch)


class Mean:
    def __init__(self) -> None:
        self.value, self.weight = 0.0, 0

    def add(self, value: float, weight: int) -> None:
        self.weight += weight
        self.value += (value - self.value) * weight / self.weight


class Trainer:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.model = config.make_model()
        self.train_loader, self.val_loader = config.make_loaders()
        self.optimizer = config.make_optimizer(self.model.parameters())
        self.scheduler = config.make_scheduler(self.optimizer)
        self.epoch = 0
        self.step = 0
        self.best = None
        self.bad_epochs = 0
        self.finite = True
        self.gradients: dict = {}
        self.log_dir = new_log_dir(config.runs_dir, self.lr)

    @property
    def lr(self) -> float:
        return self.optimizer.param_groups[0]["lr"]

    def run(self) -> Path:
        with RunLogger(str(self.log_dir)) as self.log:
            self.log.layout()
            self.log.add_text("Config", json.dumps(self.config.hparams), 0)
            self.log.add_graph(copy.deepcopy(self.model), torch.zeros(2, 3, 16, 16))
            while self.epoch < self.config.epochs and self.bad_epochs < self.config.patience:
                self.epoch += 1
                self.one_epoch()
            if self.epoch < self.config.epochs:
                self.log.add_scalar("Stopped/Epoch", self.epoch, self.epoch)
            metrics = {"Final/Loss": self.train_loss, "Final/Validation": self.val_loss}
            self.log.hparams(self.config.hparams, metrics, self.epoch)
        return self.log_dir

    def one_epoch(self) -> None:
        self.train_loss = self.learn()
        self.val_loss = self.validate()
        self.log.losses(self.train_loss, self.val_loss, self.epoch)
        self.log.add_scalar("LearningRate", self.lr, self.epoch)
        self.log.add_scalar("Gradient/Norm", self.norm, self.epoch)
        self.scheduler.step()
        if not self.finite:
            raise FloatingPointError(f"loss not finite in epoch {self.epoch}")
        for name, gradient in self.gradients.items():
            self.log.add_histogram(f"Gradients/{name}", gradient, self.epoch)
        for name, weight in self.model.named_parameters():
            self.log.add_histogram(f"Weights/{name}", weight, self.epoch)
        if self.best is None or self.val_loss < self.best:
            self.best, self.bad_epochs = self.val_loss, 0
        else:
            self.bad_epochs += 1
        self.drawn = self.epoch == 1 or self.epoch % self.config.every == 0
        if self.drawn:
            self.drawn = False
            self.draw()

    def learn(self) -> float:
        self.model.train()
        mean = Mean()
        for inputs, _ in self.train_loader:
            self.optimizer.zero_grad()
            loss = self.config.loss_fn(self.model(inputs), inputs)
            loss.backward()
            self.gradients = {
                n: copy.deepcopy(p.grad) for n, p in self.model.named_parameters() if p.grad is not None
            }
            self.norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.config.max_norm)
            self.optimizer.step()
            self.step += 1
            self.log.add_scalar("Loss/Batch", loss, self.step)
            self.finite &= bool(torch.isfinite(loss))
            mean.add(loss.item(), len(inputs))
        return mean.value

    def validate(self) -> float:
        self.model.eval()
        mean = Mean()
        with torch.no_grad():
            for inputs, _ in self.val_loader:
                mean.add(self.config.loss_fn(self.model(inputs), inputs).item(), len(inputs))
        return mean.value

    def draw(self) -> None:
        if self.drawn:
            return
        self.model.eval()
        with torch.no_grad():
            sprites = self.model.decoder(self.config.latents)
        self.log.add_images("Sprites/Generated", sprites * 0.5 + 0.5, self.epoch)
        self.drawn = True


def train(config: Config) -> Path:
    """Trains a generator of sprites, and logs all there is to know about it."""
    return Trainer(config).run()


if __name__ == "__main__":
    scripts.show_capstone(train)
