"""Exercise 13: sprites."""

import copy
from pathlib import Path

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
    images: dict[int, Tensor] = {}
    losses: list[float] = []
    try:
        while len(losses) < epochs:
            each: list[float] = []
            for inputs, _ in loader:
                optimizer.zero_grad()
                loss = loss_fn(generator(inputs), inputs)
                loss.backward()
                optimizer.step()
                each.extend([loss.item()] * len(inputs))
            losses.append(sum(each) / len(each))
            epoch = len(losses)
            if epoch in (1, epochs) or epoch % every == 0:
                frozen = copy.deepcopy(generator).eval().requires_grad_(False)
                images[epoch] = frozen.decoder(latents).add(1).div(2)
    finally:
        with SummaryWriter(log_dir) as writer:
            for epoch, mean in enumerate(losses, start=1):
                writer.add_scalar("Loss/Train", mean, epoch)
            for epoch, image in images.items():
                writer.add_images("Sprites/Generated", image, epoch)
    return log_dir
