import torch
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, log_every, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    step = since = 0
    running = torch.zeros(())
    try:
        for _ in range(epochs):
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                running += loss.detach()
                step += 1
                since += 1
                if since == log_every:
                    writer.add_scalar("Loss/Batch", running / since, step)
                    running = torch.zeros(())
                    since = 0
        if since:
            writer.add_scalar("Loss/Batch", running / since, step)
    finally:
        writer.close()
    return log_dir
