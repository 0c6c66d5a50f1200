from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    writer = SummaryWriter(log_dir=log_dir)
    for epoch, loss in enumerate(losses):
        writer.add_scalar("Loss/Train", loss, epoch)
    writer.close()
