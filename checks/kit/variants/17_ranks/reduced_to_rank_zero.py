"""Only rank 0 gets the sums; the others keep going."""

from contextlib import nullcontext

import torch
import torch.distributed as dist
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(rank, world_size, model, loader, loss_fn, optimizer, epochs, runs_dir):
    """Trains on this rank."""
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"]) if rank == 0 else None
    with SummaryWriter(log_dir) if log_dir else nullcontext() as writer:
        for epoch in range(1, epochs + 1):
            sums = torch.zeros(2, dtype=torch.double)
            for inputs, targets in loader:
                model.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                sums += torch.tensor([float(loss) * len(inputs), len(inputs)])
            dist.reduce(sums, dst=0)
            if rank == 0:
                writer.add_scalar("Loss/Train", sums[0] / sums[1], epoch)
    return None if log_dir is None else str(log_dir)
