from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


TAG = "Loss/Train"


@dataclass
class Meter:
    total: float = 0.0
    samples: int = 0

    def update(self, loss, size):
        self.total += float(loss) * size
        self.samples += size

    @property
    def mean(self):
        return self.total / self.samples


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    epochs: int,
    runs_dir: Path,
) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    model.train()
    with SummaryWriter(log_dir, purge_step=1) as writer:
        for epoch in range(1, epochs + 1):
            meter = Meter()
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                meter.update(loss.detach().cpu().numpy(), inputs.size(0))
            writer.add_scalar(TAG, meter.mean, epoch)
            print(f"epoch {epoch}/{epochs}: {meter.mean:.4f}")
    return log_dir
