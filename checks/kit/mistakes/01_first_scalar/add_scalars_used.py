from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter



def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    writer = SummaryWriter(log_dir)
    for i, loss in enumerate(losses, start=1):
        writer.add_scalars("Loss", {"Train": loss}, i)
    writer.close()
