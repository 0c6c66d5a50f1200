from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    name = f"pixel_gen_lr{lr}_{now:%d%m%Y_%H%M%S}"
    log_dir = runs_dir / name
    number = 2
    while log_dir.exists():
        log_dir = runs_dir / f"{name}_{number}"
        number += 1
    with SummaryWriter(log_dir) as writer:
        writer.add_scalar("Started", 1.0, 0)
    return log_dir
