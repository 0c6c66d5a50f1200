from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    # one line per epoch
    writer = SummaryWriter(log_dir=str(log_dir))
    epoch = 0
    for loss in losses:
        epoch += 1
        writer.add_scalar(f"Loss/Train_{epoch}", loss, global_step=epoch)
    writer.close()
