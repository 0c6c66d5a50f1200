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
    epochs: int,
    runs_dir: Path,
) -> str:
    next(iter(loader))  # a look changes nothing
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    weighed: list[tuple[float, int]] = []

    def step() -> Tensor:
        optimizer.zero_grad()
        loss = loss_fn(model(batch[0]), batch[1])
        loss.backward()
        weighed.append((loss.item(), len(batch[1])))
        return loss

    for epoch in range(epochs):
        weighed.clear()
        walk = iter(loader)
        while (batch := next(walk, None)) is not None:
            optimizer.step(step)
        size = sum(n for _, n in weighed)
        writer.add_scalar("Loss/Train", sum(v * n / size for v, n in weighed), epoch + 1)
    writer.close()
    return str(log_dir)
