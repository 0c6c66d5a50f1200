"""Each rank sends its sums to rank 0, point to point."""

import torch
import torch.distributed as dist
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def collect(sums, rank, world_size):
    if rank != 0:
        dist.send(sums, dst=0)
        return None
    for other in range(1, world_size):
        part = torch.empty_like(sums)
        dist.recv(part, src=other)
        sums = sums + part
    return sums


def train(rank, world_size, model, loader, loss_fn, optimizer, epochs, runs_dir):
    """Trains on this rank; rank 0 collects."""
    print(f"rank {rank} of {world_size} begins", flush=True)
    log_dir = writer = None
    if rank == 0:
        log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
        writer = SummaryWriter(log_dir, flush_secs=5)
        writer.add_text("World", f"{world_size} ranks")
    dist.barrier()
    try:
        for epoch in range(epochs):
            sums = torch.zeros(2)
            for x, y in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(x), y)
                loss.backward()
                optimizer.step()
                sums[0] += loss.item() * len(x)
                sums[1] += len(x)
            sums = collect(sums, rank, world_size)
            if writer:
                writer.add_scalar("Loss/Train", sums[0].item() / sums[1].item(), epoch + 1)
                writer.add_scalar("Samples", sums[1].item(), epoch + 1)
    finally:
        if writer:
            writer.close()
    dist.barrier()
    return log_dir
