"""Exercise 13: sprites."""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train_epochs(
    generator: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    epochs: int,
) -> Iterator[list[tuple[float, int]]]:
    """Trains, and gives after each epoch the loss and the size of each batch."""
    for _ in range(epochs):
        batches = []
        for inputs, _labels in loader:
            optimizer.zero_grad()
            loss = loss_fn(generator(inputs), inputs)
            loss.backward()
            optimizer.step()
            batches.append((loss.item(), len(inputs)))
        yield batches


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
    writer = SummaryWriter(log_dir, max_queue=1)
    try:
        for epoch, weighted in enumerate(train_epochs(generator, loader, loss_fn, optimizer, epochs), 1):
            sizes = sum(size for _, size in weighted)
            mean = sum(loss * size for loss, size in weighted) / sizes
            writer.add_scalar("Loss/Train", mean, epoch, new_style=True)
            if epoch % every == 0 or epoch in {1, epochs}:
                generator.eval()
                drawn = generator.decoder(latents)
                generator.train()
                images = torch.movedim(drawn.detach() * 0.5 + 0.5, 1, 3)
                writer.add_images("Sprites/Generated", images, epoch, dataformats="NHWC")
    finally:
        writer.close()
    return log_dir
