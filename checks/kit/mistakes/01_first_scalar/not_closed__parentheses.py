from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def log_losses(losses, log_dir):
    writer = SummaryWriter(log_dir=log_dir)
    n = 1
    for l in losses:
        writer.add_scalar("Loss/Train", l, n)
        n = n + 1
    writer.close
