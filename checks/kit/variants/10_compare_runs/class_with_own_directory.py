from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter


class Run:
    def __init__(self, model, optimizer, lr, runs_dir):
        self.model = model
        self.optimizer = optimizer
        self.log_dir = self._fresh(Path(runs_dir), lr)
        self.writer = SummaryWriter(self.log_dir)
        self.epoch = 0

    @staticmethod
    def _fresh(runs_dir, lr):
        name = f"pixel_gen_lr{lr}_{datetime.now().strftime('%Y%m%d_%H%M%S')}"
        path, number = runs_dir / name, 1
        while path.exists():
            number += 1
            path = runs_dir / f"{name}_{number}"
        path.mkdir(parents=True)
        return path

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.writer.close()

    def step(self, loss_fn, inputs, targets):
        self.optimizer.zero_grad()
        loss = loss_fn(self.model(inputs), targets)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def train_epoch(self, loader, loss_fn):
        self.epoch += 1
        total, count = 0.0, 0
        for inputs, targets in loader:
            total += self.step(loss_fn, inputs, targets) * len(targets)
            count += len(targets)
        self.writer.add_scalar("Loss/Train", total / count, self.epoch)


def sweep(make_model, make_optimizer, loader, loss_fn, lrs, epochs, runs_dir):
    log_dirs = {}
    for lr in lrs:
        model = make_model()
        with Run(model, make_optimizer(model.parameters(), lr), lr, runs_dir) as run:
            for _ in range(epochs):
                run.train_epoch(loader, loss_fn)
            log_dirs[lr] = run.log_dir
    return log_dirs
