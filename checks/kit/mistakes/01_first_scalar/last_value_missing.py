from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    writer = SummaryWriter(log_dir)
    for epoch in range(1, len(losses)):
        writer.add_scalar("Loss/Train", losses[epoch - 1], epoch)
    writer.close()
