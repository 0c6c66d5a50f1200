from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    writer = SummaryWriter(log_dir)
    for loss in losses:
        writer.add_scalar("Loss/Train", loss)
    writer.close()
