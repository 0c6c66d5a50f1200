from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def sweep(
    make_model: Callable[[], nn.Module],
    make_optimizer: Callable[[Iterable[nn.Parameter], float], Optimizer],
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    lrs: Sequence[float],
    epochs: int,
    runs_dir: Path,
) -> dict[float, Path]:
    log_dirs = {}
    for lr in lrs:
        model = make_model()
        optimizer = make_optimizer(model.parameters(), lr)
        log_dirs[lr] = new_log_dir(runs_dir, lr)
        with SummaryWriter(log_dirs[lr]) as writer:
            for epoch in range(1, epochs + 1):
                total, samples = 0.0, 0
                for inputs, targets in loader:
                    optimizer.zero_grad()
                    loss = loss_fn(model(inputs), targets)
                    loss.backward()
                    optimizer.step()
                    total += loss.item() * len(inputs)
                    samples += len(inputs)
                writer.add_scalars("Loss/Train", {f"lr{lr}": total / samples}, epoch)
    return log_dirs
