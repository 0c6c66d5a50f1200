"""Exercise 13: sprites."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def grid(sprites: np.ndarray) -> np.ndarray:
    """Three in a row on white, two pixels between them and around."""
    rows = -(-len(sprites) // 3)
    canvas = np.full((18 * rows + 2, 18 * 3 + 2, 3), 255, dtype=np.uint8)
    for i, sprite in enumerate(sprites):
        top, left = 18 * (i // 3) + 2, 18 * (i % 3) + 2
        canvas[top : top + 16, left : left + 16] = sprite.transpose(1, 2, 0)
    return canvas


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
    writer = SummaryWriter(str(log_dir))
    try:
        for epoch in range(epochs):
            generator.train()
            losses, sizes = [], []
            for batch in loader:
                x = batch[0]
                loss = loss_fn(generator(x), x)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                sizes.append(len(x))
            writer.add_scalar("Loss/Train", np.average(losses, weights=sizes), epoch + 1)
            if epoch == 0 or epoch + 1 == epochs or not (epoch + 1) % every:
                generator.eval()
                with torch.no_grad():
                    x = generator.decoder(latents).cpu().numpy()
                image = grid(np.rint((x + 1) * 127.5).clip(0, 255).astype(np.uint8))
                writer.add_image("Sprites/Generated", image, epoch + 1, dataformats="HWC")
    finally:
        writer.close()
    return str(log_dir)
