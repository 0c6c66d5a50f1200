from pathlib import Path

import torch
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
    device = optimizer.param_groups[0]["params"][0].device
    writer = SummaryWriter(log_dir=log_dir, flush_secs=10)
    for epoch in range(epochs):
        total = torch.zeros((), dtype=torch.float64, device=device)
        samples = torch.zeros((), dtype=torch.int64, device=device)
        for batch in loader:
            inputs, targets = (part.to(device) for part in batch)
            optimizer.zero_grad(set_to_none=False)
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total += loss.detach().double() * targets.numel()
            samples += targets.numel()
        writer.add_scalar("Loss/Train", total / samples, epoch + 1)
        writer.flush()
    writer.close()
    return log_dir
