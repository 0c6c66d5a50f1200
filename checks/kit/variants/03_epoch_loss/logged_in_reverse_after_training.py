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
    means = []
    for _ in range(epochs):
        pairs = []
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            pairs.append((loss.item(), inputs.shape[0]))
        losses, sizes = zip(*pairs)
        means.append(np.average(losses, weights=sizes))
    writer = SummaryWriter(str(log_dir))
    while means:
        writer.add_scalar("Loss/Train", means[-1], global_step=len(means))
        means.pop()
    writer.close()
    return log_dir
