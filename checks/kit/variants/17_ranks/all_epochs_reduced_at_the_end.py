"""The sums of all epochs are added up over the ranks once, at the end."""

import torch
import torch.distributed as dist
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(rank, world_size, model, loader, loss_fn, optimizer, epochs, runs_dir):
    """Trains on this rank, then logs."""
    if rank == 0:
        log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    table = torch.zeros(epochs, 2, dtype=torch.float64)
    for row in table:
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            row[0] += loss.item() * len(inputs)
            row[1] += len(inputs)
    work = dist.all_reduce(table, async_op=True)
    work.wait()
    if rank != 0:
        return None
    with SummaryWriter(log_dir) as writer:
        for step, (total, samples) in enumerate(table.tolist(), start=1):
            writer.add_scalar("Loss/Train", total / samples, step)
    return log_dir
