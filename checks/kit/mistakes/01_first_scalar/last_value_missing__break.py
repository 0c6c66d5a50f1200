from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    with SummaryWriter(log_dir) as writer:
        step = 0
        for loss in losses:
            step += 1
            if step == len(losses):
                break  # done
            writer.add_scalar("Loss/Train", loss, step)
