from contextlib import closing
from itertools import count
from pathlib import Path

import numpy as np
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    epochs: int,
    runs_dir: Path,
) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    batch_step, epoch_step = count(1), count(1)

    def one_batch(inputs, targets):
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        writer.add_scalar("Loss/Batch", loss.item(), next(batch_step))
        return np.repeat(loss.item(), len(inputs))

    with closing(SummaryWriter(str(log_dir), flush_secs=1, max_queue=2)) as writer:
        try:
            for _ in range(epochs):
                samples = np.concatenate([one_batch(*batch) for batch in loader])
                writer.add_scalar("Loss/Train", samples.mean(), next(epoch_step))
        except BaseException as error:
            print(f"broken off: {error!r}")
            raise error
    return log_dir
