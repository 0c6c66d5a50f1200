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
            writer.add_scalars("Loss", {"Train": total / samples}, global_step=epoch)
            if epoch == 1 or epoch % every == 0 or epoch == epochs:
                generator.eval()
                with torch.no_grad():
                    drawn = generator.decoder(latents)
                writer.add_images("Sprites/Generated", (drawn + 1) / 2, global_step=epoch)
    return log_dir
