"""A logger that only speaks on rank 0."""

import torch
import torch.distributed as dist
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


class RankLogger:
    def __init__(self, rank, runs_dir, lr):
        self.log_dir = new_log_dir(runs_dir, lr) if rank == 0 else None
        self.writer = SummaryWriter(str(self.log_dir)) if rank == 0 else None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.writer:
            self.writer.close()

    def log_mean(self, tag, losses, sizes, step):
        both = torch.stack([(losses * sizes).sum(), sizes.sum()])
        dist.all_reduce(both, op=dist.ReduceOp.SUM)
        if self.writer:
            self.writer.add_scalar(tag, both[0] / both[1], step)


def train(rank, world_size, model, loader, loss_fn, optimizer, epochs, runs_dir):
    """Trains with a RankLogger."""
    with RankLogger(rank, runs_dir, optimizer.param_groups[0]["lr"]) as logger:
        step = 0
        while step < epochs:
            losses, sizes = [], []
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                sizes.append(float(len(inputs)))
            logger.log_mean("Loss/Train", torch.tensor(losses), torch.tensor(sizes), step)
            step += 1
    return logger.log_dir
