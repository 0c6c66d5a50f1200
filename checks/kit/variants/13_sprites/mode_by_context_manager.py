"""Exercise 13: sprites."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


@contextlib.contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Puts a module into evaluation mode, and each of its parts back where it was."""
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes.items():
            part.training = mode


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
    with contextlib.ExitStack() as stack:
        writer = stack.enter_context(SummaryWriter(log_dir, flush_secs=1, filename_suffix=".sprites"))
        for epoch in range(1, epochs + 1):
            mean, samples = 0.0, 0
            for inputs, *_ in loader:
                optimizer.zero_grad(set_to_none=False)
                loss = loss_fn(generator(inputs), inputs)
                loss.backward()
                optimizer.step()
                samples += inputs.size(0)
                mean += (loss.item() - mean) * inputs.size(0) / samples
            writer.add_scalar("Loss/Train", mean, epoch)
            if 1 < epoch < epochs and epoch % every:
                continue
            with evaluating(generator.decoder), torch.inference_mode():
                parts = [generator.decoder(part) for part in latents.split(2)]
            sprites = torch.cat(parts).flip(0)
            writer.add_images("Sprites/Generated", torch.lerp(torch.zeros(()), (sprites + 1), 0.5), epoch)
    return log_dir
