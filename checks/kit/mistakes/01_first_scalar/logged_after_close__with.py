from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    with SummaryWriter(log_dir) as writer:
        tag = "Loss/Train"
    for step, loss in enumerate(losses, start=1):
        writer.add_scalar(tag, loss, step)
