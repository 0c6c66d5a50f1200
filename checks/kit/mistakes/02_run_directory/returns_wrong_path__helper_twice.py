from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def free_dir(runs_dir: Path, lr: float, now: datetime) -> Path:
    name = f"pixel_gen_lr{lr}_{now.strftime('%Y%m%d_%H%M%S')}"
    path = runs_dir / name
    number = 2
    while path.exists():
        path = runs_dir / f"{name}_{number}"
        number += 1
    return path


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    writer = SummaryWriter(free_dir(runs_dir, lr, now))
    writer.add_scalar("Started", 1.0, 0)
    writer.close()
    return free_dir(runs_dir, lr, now)
