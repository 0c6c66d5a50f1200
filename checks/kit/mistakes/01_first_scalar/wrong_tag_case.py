from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


TAG = "loss/train"


def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    writer = SummaryWriter(log_dir)
    try:
        for step, value in zip(range(1, len(losses) + 1), losses):
            writer.add_scalar(TAG, value, step)
    finally:
        writer.close()
