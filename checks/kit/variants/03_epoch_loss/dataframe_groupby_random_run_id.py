from pathlib import Path

import pandas as pd
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
    lr = optimizer.param_groups[0]["lr"]
    log_dir = new_log_dir(runs_dir, lr)
    generator = torch.Generator()
    generator.seed()
    run_id = int(torch.randint(10**6, (), generator=generator))
    rows = []
    for epoch in range(1, epochs + 1):
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            rows.append({"epoch": epoch, "size": len(inputs), "loss": loss.item()})
    frame = pd.DataFrame(rows)
    frame["weighted"] = frame["loss"] * frame["size"]
    sums = frame.groupby("epoch")[["weighted", "size"]].sum()
    means = sums["weighted"] / sums["size"]
    with SummaryWriter(log_dir) as writer:
        writer.add_text("RunId", str(run_id), 0)
        for epoch, mean in means.items():
            writer.add_scalar("Loss/Train", mean, epoch)
            writer.add_scalar("LearningRate", lr, epoch)
    return log_dir
