import json
import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


class Dashboard:
    def __init__(self, path, model, config):
        self.path = path
        self.writer = SummaryWriter(path, flush_secs=1, filename_suffix=".dashboard")
        self.parts = {"Train": [], "Validation": []}
        self.model = model
        self.config = config

    def __enter__(self):
        chart = ["multiline", [f"Loss/{part}" for part in self.parts]]
        self.writer.add_custom_scalars({"Overview": {"Loss": chart}})
        self.writer.add_text("Config", f"```\n{json.dumps(self.config, indent=1)}\n```\n")
        was_training = self.model.training
        weight = next(self.model.parameters())
        self.writer.add_graph(self.model, weight.new_zeros((2, 3, 16, 16)))
        self.model.train(was_training)
        return self

    def __exit__(self, *error):
        self.writer.close()
        return False

    def note(self, part, loss, count):
        self.parts[part].append((loss.item() * count, count))

    def end_epoch(self, part, epoch):
        sums, counts = zip(*self.parts[part])
        self.writer.add_scalar(f"Loss/{part}", math.fsum(sums) / sum(counts), epoch)
        self.parts[part].clear()


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
    """Trains and validates as in exercise 7, and logs what describes the whole run."""
    path = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with Dashboard(path, model, config) as board:
        epoch = 0
        while epoch < epochs:
            epoch += 1
            model.train()
            for batch, labels in train_loader:
                loss = loss_fn(model(batch), labels)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
                board.note("Train", loss, labels.numel())
            board.end_epoch("Train", epoch)
            with torch.inference_mode():
                model.eval()
                for batch, labels in val_loader:
                    board.note("Validation", loss_fn(model(batch), labels), labels.numel())
            board.end_epoch("Validation", epoch)
    return board.path
