"""A trainer that can be stopped and go on."""

from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


class Trainer:
    def __init__(self, model, loss_fn, optimizer, scheduler):
        self.model = model
        self.loss_fn = loss_fn
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.epoch = 0
        self.step = 0
        self.log_dir = None

    @property
    def lr(self):
        return self.optimizer.param_groups[0]["lr"]

    def state_dict(self):
        return {
            "epoch": self.epoch,
            "step": self.step,
            "log_dir": str(self.log_dir),
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
        }

    def load_state_dict(self, state):
        self.epoch = state["epoch"]
        self.step = state["step"]
        self.log_dir = Path(state["log_dir"])
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])

    def fit_epoch(self, loader, writer):
        total = torch.zeros((), dtype=torch.float64)
        samples = 0
        for inputs, targets in loader:
            loss = self.loss_fn(self.model(inputs), targets)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.step += 1
            writer.add_scalar("Loss/Batch", loss.item(), self.step)
            total += loss.detach() * len(inputs)
            samples += len(inputs)
        return (total / samples).item()

    def validate(self, loader):
        self.model.eval()
        with torch.inference_mode():
            pairs = [(self.loss_fn(self.model(x), y).item(), len(x)) for x, y in loader]
        self.model.train()
        return sum(loss * n for loss, n in pairs) / sum(n for _, n in pairs)


def train(
    model, train_loader, val_loader, loss_fn, optimizer, scheduler, checkpoint, save, epochs, runs_dir
):
    """Trains with a Trainer."""
    trainer = Trainer(model, loss_fn, optimizer, scheduler)
    if checkpoint.exists():
        trainer.load_state_dict(torch.load(checkpoint))
    else:
        trainer.log_dir = new_log_dir(runs_dir, trainer.lr)
    with SummaryWriter(str(trainer.log_dir), purge_step=trainer.step + 1) as writer:
        while trainer.epoch < epochs:
            trainer.epoch += 1
            values = {"LearningRate": trainer.lr}
            values["Loss/Train"] = trainer.fit_epoch(train_loader, writer)
            values["Loss/Validation"] = trainer.validate(val_loader)
            for tag, value in values.items():
                writer.add_scalar(tag, value, trainer.epoch)
            scheduler.step()
            save(trainer.state_dict())
    return trainer.log_dir
