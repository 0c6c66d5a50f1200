"""Exercise 13: sprites.

What a generator has learned is seen best in what it draws. The same latents, drawn again and again
while it trains, show how the sprites grow out of the noise.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts
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
    """Trains a generator of sprites, and logs what it draws.

    Args:
        generator: redraws sprites of shape (N, 3, 16, 16); `generator.decoder(latents)` draws sprites
            of the same shape, in [-1, 1], from latents of shape (N, 16). It has batch norm, and is in
            training mode when the function is called.
        loader: batches `(inputs, labels)`: sprites in [-1, 1], and labels that are not needed here; the
            last may be smaller.
        loss_fn: `loss_fn(generator(inputs), inputs)` is the mean loss over the samples of a batch.
        optimizer: to be stepped once for each batch, by the gradients of that batch alone, with the
            generator in training mode.
        latents: of shape (L, 16): what is to be drawn, the same each time.
        every: epochs from one drawing to the next, at least 1.
        epochs: how often to go through the loader, at least 1.
        runs_dir: where all runs lie; it may not exist yet.

    Returns:
        The `log_dir`, a `Path` or a `str`: a fresh directory in `runs_dir`, named as in exercise 2 for
        `optimizer.param_groups[0]["lr"]` and the local time of the call.

    Raises:
        Whatever a loader raises: the very same exception.

    What must be logged:
        `Loss/Train`, at steps 1 to `epochs`: the mean loss over the samples of the epoch.
        `Sprites/Generated`, at step 1, at each multiple of `every`, and at step `epochs`: one image that
            shows the sprites which the generator, in evaluation mode, draws of `latents` after that
            epoch. A drawing x is in [-1, 1], an image is in [0, 1]: show (x + 1) / 2. Any grid will do in
            which each sprite stands whole and in its own size, 16 x 16 pixels, in any order, with gaps
            or without. (`writer.add_images` lays several images side by side itself.)
    In which mode the generator is left at the end does not matter.

    All of it that completed epochs gave is on disk when the function ends, in whatever way. One
    `SummaryWriter` writes the whole run, and is closed then.
    """
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            generator.train()
            total, samples = 0.0, 0
            for inputs, _ in loader:
                optimizer.zero_grad()
                loss = loss_fn(generator(inputs), inputs)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
            if epoch == 1 or epoch % every == 0 or epoch == epochs:
                generator.eval()
                with torch.no_grad():
                    drawn = generator.decoder(latents)
                writer.add_images("Sprites/Generated", (drawn + 1) / 2, global_step=epoch)
    return log_dir


if __name__ == "__main__":
    scripts.show_train(train)
