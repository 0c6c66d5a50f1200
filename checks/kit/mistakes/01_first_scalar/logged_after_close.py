from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    writer = SummaryWriter(log_dir)
    last = len(losses)
    for epoch in range(1, last):
        writer.add_scalar("Loss/Train", losses[epoch - 1], epoch)
    writer.close()
    # the final loss
    writer.add_scalar("Loss/Train", losses[-1], last)
