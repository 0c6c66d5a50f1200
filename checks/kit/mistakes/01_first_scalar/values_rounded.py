from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    writer = SummaryWriter(log_dir)
    for step, loss in enumerate(losses, start=1):
        writer.add_scalar("Loss/Train", round(loss, 2), step)
    writer.close()
