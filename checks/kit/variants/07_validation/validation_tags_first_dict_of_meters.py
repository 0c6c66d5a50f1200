from collections import defaultdict
from contextlib import closing
from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


class Average:
    def __init__(self):
        self.weighted = 0.0
        self.weight = 0

    def __iadd__(self, value_and_weight):
        value, weight = value_and_weight
        self.weighted += value * weight
        self.weight += weight
        return self

    def __float__(self):
        return self.weighted / self.weight


def train(model, train_loader, val_loader, loss_fn, optimizer, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with closing(SummaryWriter(log_dir)) as writer:
        for epoch in range(1, epochs + 1):
            averages = defaultdict(Average)

            def note(part, logits, loss, targets, averages=averages):
                averages[f"Loss/{part}"] += loss.item(), len(targets)
                hits = (logits.argmax(dim=1) == targets).sum().item()
                averages[f"Accuracy/{part}"] += hits / len(targets), len(targets)

            for inputs, targets in train_loader:
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                note("Train", logits, loss, targets)
            model.eval()
            try:
                for inputs, targets in val_loader:
                    with torch.no_grad():
                        logits = model(inputs)
                        note("Validation", logits, loss_fn(logits, targets), targets)
            finally:
                model.train()

            for tag in sorted(averages, key=lambda tag: tag.endswith("/Train")):
                writer.add_scalar(tag, float(averages[tag]), epoch)
    return log_dir
