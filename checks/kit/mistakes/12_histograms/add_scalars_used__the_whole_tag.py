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
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for batch, (inputs, targets) in enumerate(loader, start=1):
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                if batch == len(loader):
                    for name, parameter in model.named_parameters():
                        if parameter.grad is not None:
                            writer.add_histogram(f"Gradients/{name}", parameter.grad, global_step=epoch)
                norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)
                optimizer.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalars("Loss/Train", {"run": total / samples}, global_step=epoch)
            writer.add_scalar("Gradient/Norm", norm, global_step=epoch)
            for name, parameter in model.named_parameters():
                writer.add_histogram(f"Weights/{name}", parameter, global_step=epoch)
    return log_dir
