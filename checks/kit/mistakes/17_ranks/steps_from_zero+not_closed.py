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
    main = rank == 0
    if main:
        log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
        writer = SummaryWriter(log_dir)
    try:
        for epoch in range(epochs):
            loss_sum, count = run_epoch(model, loader, loss_fn, optimizer)
            distributed.all_reduce(loss_sum)
            distributed.all_reduce(count)
            if main:
                writer.add_scalar("Loss/Train", loss_sum.item() / count.item(), epoch)
    finally:
        if main:
            writer.flush()
    return log_dir if main else None
