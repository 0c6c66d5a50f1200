"""Exercise 13: sprites."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


class Diary(SummaryWriter):
    """A writer that knows when and how sprites are drawn."""

    def __init__(self, log_dir: Path, every: int, last: int) -> None:
        super().__init__(log_dir)
        self.every, self.last = every, last
        self.add_text("About", f"drawn every {every} epochs", 0)

    def is_due(self, epoch: int) -> bool:
        """Whether there is a drawing after this epoch."""
        return epoch == 1 or epoch == self.last or epoch % self.every == 0

    def draw(self, generator: nn.Module, latents: Tensor, epoch: int) -> None:
        """Draws the latents, side by side, and prints how bright they are."""
        was = generator.training
        generator.train(False)
        try:
            with torch.no_grad():
                strip = torch.cat(list(generator.decoder(latents)), dim=2)
        finally:
            generator.train(was)
        image = strip.clamp(-1, 1).mul(0.5).add(0.5)
        print(f"epoch {epoch}: brightness {image.mean():.2f}")
        self.add_image("Sprites/Generated", image, epoch)
        self.add_histogram("Pixels", image, epoch)


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
    diary = Diary(log_dir, every, epochs)
    try:
        for epoch in range(1, epochs + 1):
            sums = [0.0, 0]
            for inputs, _ in loader:
                optimizer.zero_grad()
                redrawn = generator(inputs)
                loss = loss_fn(redrawn, inputs)
                loss.backward()
                optimizer.step()
                sums[0] += loss.item() * len(inputs)
                sums[1] += len(inputs)
            diary.add_scalar("Loss/Train", sums[0] / sums[1], epoch)
            diary.add_images("Sprites/Real", (inputs + 1) / 2, epoch)
            diary.add_images("Sprites/Redrawn", (redrawn + 1) / 2, epoch)
            if diary.is_due(epoch):
                diary.draw(generator, latents, epoch)
    finally:
        diary.close()
    return log_dir
