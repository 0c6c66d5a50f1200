from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    try:
        for epoch in range(1, epochs + 1):
            losses, sizes = [], []
            for inputs, targets in loader:
                loss = loss_fn(model(inputs), targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.detach())
                sizes.append(len(targets))
            weights = torch.tensor(sizes, dtype=torch.float64)
            weights /= weights.sum()
            writer.add_scalar("LearningRate", scheduler.get_last_lr()[0], epoch)
            writer.add_scalar("Loss/Train", (torch.stack(losses).double() * weights).sum(), epoch)
            scheduler.step()
    finally:
        writer.close()
    return log_dir
