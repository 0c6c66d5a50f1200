from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    log_dir = runs_dir / f"pixel_gen_lr{lr}_{now:%Y%m%d_%H%M%S}"
    writer = SummaryWriter(log_dir)
    writer.add_scalar("Started", 1.0, 0)
    writer.close()
    return log_dir
