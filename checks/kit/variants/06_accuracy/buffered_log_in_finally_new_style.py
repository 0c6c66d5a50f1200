import math
from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def _train_one_epoch(model, loader, loss_fn, optimizer):
    terms, wrong, samples = [], 0, 0
    for inputs, targets in loader:
        optimizer.zero_grad()
        logits = model(inputs)
        loss = loss_fn(logits, targets)
        loss.backward()
        optimizer.step()
        terms.append(loss.item() * len(targets))
        wrong += torch.count_nonzero(logits.argmax(dim=1) - targets).item()
        samples += len(targets)
    return {"Loss/Train": math.fsum(terms) / samples, "Accuracy/Train": 1 - wrong / samples}


def train(model, loader, loss_fn, optimizer, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    history = []
    try:
        while len(history) < epochs:
            history.append(_train_one_epoch(model, loader, loss_fn, optimizer))
    finally:
        with SummaryWriter(log_dir) as writer:
            for step, values in enumerate(history, start=1):
                for tag, value in values.items():
                    writer.add_scalar(tag, value, step, new_style=True)
    return log_dir
