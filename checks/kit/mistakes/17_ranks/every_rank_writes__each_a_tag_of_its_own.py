"""Each rank adds a curve of its own."""

import torch
import torch.distributed as dist
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(rank, world_size, model, loader, loss_fn, optimizer, epochs, runs_dir):
    """Trains on this rank."""
    share = [None]
    if rank == 0:
        share[0] = str(new_log_dir(runs_dir, optimizer.param_groups[0]["lr"]))
    dist.broadcast_object_list(share)
    with SummaryWriter(share[0]) as writer:
        for epoch in range(1, epochs + 1):
            sums = torch.zeros(2)
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                sums += torch.tensor([loss.item() * len(inputs), len(inputs)])
            writer.add_scalar(f"Loss/Rank{rank}", sums[0] / sums[1], epoch)
            dist.all_reduce(sums)
            if rank == 0:
                writer.add_scalar("Loss/Train", sums[0] / sums[1], epoch)
    return share[0] if rank == 0 else None
