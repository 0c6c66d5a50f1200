"""All ranks know the path; only rank 0 uses it."""

import numpy as np
import torch.distributed as dist
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


class Silent:
    """A writer that writes nothing."""

    def add_scalar(self, *args, **kwargs):
        pass

    def close(self):
        pass


def train(rank, world_size, model, loader, loss_fn, optimizer, epochs, runs_dir):
    """Trains on this rank."""
    path = [None]
    if rank == 0:
        path[0] = str(new_log_dir(runs_dir, optimizer.param_groups[0]["lr"]))
    dist.broadcast_object_list(path, src=0)
    print(f"rank {rank}: see {path[0]}")
    writer = SummaryWriter(path[0]) if rank == 0 else Silent()
    for epoch in range(1, epochs + 1):
        losses, sizes = [], []
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            sizes.append(len(inputs))
        parts = [None] * world_size
        dist.all_gather_object(parts, np.array([losses, sizes]))
        values, weights = np.concatenate(parts, axis=1)
        writer.add_scalar("Loss/Train", np.average(values, weights=weights), epoch)
    writer.close()
    return path[0] if rank == 0 else None
