from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    with SummaryWriter(str(log_dir)) as w:
        step = 0
        while step < len(losses):
            w.add_scalar(tag="Loss/Train", scalar_value=losses[step], global_step=step)
            step += 1
