from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    with SummaryWriter(log_dir) as writer:
        for i in range(len(losses)):
            writer.add_scalar("Train/Loss", losses[i], i + 1)
