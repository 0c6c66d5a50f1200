import copy

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def walk(model, loader, loss_fn, step=None):
    rows = []
    for inputs, targets in loader:
        logits = model(inputs)
        loss = loss_fn(logits, targets)
        if step:
            step(loss)
        rows.append((len(inputs), loss.item(), (logits.argmax(1) == targets).sum().item()))
    n = sum(r[0] for r in rows)
    return sum(r[0] * r[1] for r in rows) / n, sum(r[2] for r in rows) / n


def train(model, train_loader, val_loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])

    def step(loss):
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            learned = walk(model, train_loader, loss_fn, step)
            twin = copy.deepcopy(model)
            with torch.inference_mode():
                seen = walk(twin, val_loader, loss_fn)
            for part, (loss, accuracy) in {"Train": learned, "Validation": seen}.items():
                writer.add_scalar(f"Loss/{part}", loss, epoch)
                writer.add_scalar(f"Accuracy/{part}", accuracy, epoch)
    return str(log_dir)
