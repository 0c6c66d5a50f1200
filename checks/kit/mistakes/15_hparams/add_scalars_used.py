from pathlib import Path
from typing import Any

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
    hparams: dict[str, Any],
    epochs: int,
    runs_dir: Path,
) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            total, correct, samples = 0.0, 0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                correct += int((logits.argmax(dim=1) == targets).sum())
                samples += len(inputs)
            writer.add_scalars("Loss", {"Train": total / samples}, global_step=epoch)
            writer.add_scalars("Accuracy", {"Train": correct / samples}, global_step=epoch)
        chosen = {name: str(value) if isinstance(value, list) else value for name, value in hparams.items()}
        metrics = {"Final/Loss": total / samples, "Final/Accuracy": correct / samples}
        writer.add_hparams(chosen, metrics, run_name=".")
    return log_dir
