"""Several ranks, one log."""

import torch
from torch import distributed
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def run_epoch(model, loader, loss_fn, optimizer):
    """Gives the sum of the losses and the number of samples on this rank."""
    loss_sum = torch.zeros(1)
    count = torch.zeros(1)
    for x, y in loader:
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.detach() * y.shape[0]
        count += y.shape[0]
    return loss_sum, count


def train(rank, world_size, model, loader, loss_fn, optimizer, epochs, runs_dir):
    """Trains on this rank."""
    if rank != 0:
        return None
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    try:
        for epoch in range(epochs):
            loss_sum, count = run_epoch(model, loader, loss_fn, optimizer)
            distributed.all_reduce(loss_sum)
            distributed.all_reduce(count)
            writer.add_scalar("Loss/Train", loss_sum.item() / count.item(), epoch + 1)
    finally:
        writer.close()
    return log_dir
