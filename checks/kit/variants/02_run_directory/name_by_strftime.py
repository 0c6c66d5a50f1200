from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    name = f"pixel_gen_lr{lr}_{now.strftime('%Y%m%d_%H%M%S')}"
    path = runs_dir / name
    i = 2
    while path.exists():
        path = runs_dir / f"{name}_{i}"
        i += 1
    writer = SummaryWriter(path)
    writer.add_scalar("Started", 1.0, 0)
    writer.close()
    return path
