import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(
    model: nn.Module,
    train_loader: DataLoader[tuple[Tensor, ...]],
    val_loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    config: dict[str, Any],
    epochs: int,
    runs_dir: Path,
) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        writer.add_graph(model, next(iter(train_loader))[0])
        writer.add_text("Config", f"```\n{json.dumps(config, indent=2)}\n```", global_step=0)
        writer.add_custom_scalars({"Loss": {"Both": ["Multiline", ["Loss/Train", "Loss/Validation"]]}})
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in train_loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalars("Loss", {"Train": total / samples}, global_step=epoch)
            model.eval()
            total, samples = 0.0, 0
            with torch.no_grad():
                for inputs, targets in val_loader:
                    total += loss_fn(model(inputs), targets).item() * len(inputs)
                    samples += len(inputs)
            model.train()
            writer.add_scalars("Loss", {"Validation": total / samples}, global_step=epoch)
    return log_dir
