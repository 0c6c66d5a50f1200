"""Exercise 13: sprites."""

import contextlib
import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(
    generator: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    latents: Tensor,
    every: int,
    epochs: int,
    runs_dir: Path,
) -> Path:
    """Trains a generator of sprites, and logs what it draws."""
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with contextlib.closing(SummaryWriter(log_dir)) as writer:
        for epoch in range(1, epochs + 1):
            total = torch.zeros((), dtype=torch.float64)
            samples = 0
            for inputs, _ in loader:
                optimizer.zero_grad()
                loss = loss_fn(generator(inputs), inputs)
                loss.backward()
                optimizer.step()
                total += loss.detach().double() * len(inputs)
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, epoch)
            if epoch == 1 or epoch % every == 0 or epoch == epochs:
                with torch.no_grad():
                    drawn = generator.eval().decoder(latents)
                generator.train()
                side = math.ceil(math.sqrt(len(drawn)))
                image = torch.full((3, 5 + side * 19, 7 + side * 21), 0.5)
                for i, sprite in enumerate(drawn):
                    y, x = 5 + i // side * 19, 7 + i % side * 21
                    image[:, y : y + 16, x : x + 16] = sprite / 2 + 0.5
                writer.add_image("Sprites/Generated", image, epoch)
    return log_dir
