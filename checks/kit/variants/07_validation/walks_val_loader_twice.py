from pathlib import Path

import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def mean_loss(model, loader, loss_fn):
    with torch.no_grad():
        pairs = [(loss_fn(model(inputs), targets).item(), len(targets)) for inputs, targets in loader]
    losses, sizes = zip(*pairs, strict=True)
    return float(np.average(losses, weights=sizes))


def accuracy(model, loader):
    with torch.no_grad():
        right = [model(inputs).numpy().argmax(axis=1) == targets.numpy() for inputs, targets in loader]
    return float(np.concatenate(right).mean())


def train(model, train_loader, val_loader, loss_fn, optimizer, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            model.train()
            losses, sizes, right = [], [], []
            for inputs, targets in train_loader:
                optimizer.zero_grad()
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                sizes.append(len(targets))
                right.append(logits.detach().numpy().argmax(axis=1) == targets.numpy())
            writer.add_scalar("Loss/Train", np.average(losses, weights=sizes), epoch)
            writer.add_scalar("Accuracy/Train", np.concatenate(right).mean(), epoch)
            model.eval()
            writer.add_scalar("Loss/Validation", mean_loss(model, val_loader, loss_fn), epoch)
            writer.add_scalar("Accuracy/Validation", accuracy(model, val_loader), epoch)
            model.train()
    return log_dir
