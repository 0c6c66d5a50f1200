from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter



def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    for i, loss in enumerate(losses, start=1):
        writer = SummaryWriter(log_dir)
        writer.add_scalar("Loss/Train", loss, i)
        writer.close()
