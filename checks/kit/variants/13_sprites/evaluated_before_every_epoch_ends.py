"""Exercise 13: sprites."""

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
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            generator.train()
            for inputs, _ in loader:
                loss = loss_fn(generator(inputs), inputs)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * inputs.shape[0]
                samples += inputs.shape[0]
            generator.eval()
            sprites = generator.decoder(latents)
            writer.add_scalar("Loss/Train", total / samples, epoch)
            if any([epoch == 1, epoch == epochs, epoch % every == 0]):
                pixels = sprites.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8)
                writer.add_images("Sprites/Generated", pixels, epoch, walltime=float(epoch))
    return log_dir
