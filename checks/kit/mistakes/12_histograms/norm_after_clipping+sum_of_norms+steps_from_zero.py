from pathlib import Path

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    max_norm: float,
    epochs: int,
    runs_dir: Path,
) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(epochs):
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), max_norm)
                optimizer.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, epoch)
            total_norm = 0.0
            for name, param in model.named_parameters():
                writer.add_histogram(f"Weights/{name}", param.data, epoch)
                if param.grad is not None:
                    writer.add_histogram(f"Gradients/{name}", param.grad.data, epoch)
                    total_norm += param.grad.data.norm(2).item()
            writer.add_scalar("Gradient/Norm", total_norm, epoch)
    return log_dir
