from datetime import datetime
from itertools import count
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    name = f"pixel_gen_lr{lr}_{now:%Y%m%d_%H%M%S}"
    for number in count():
        log_dir = runs_dir / (f"{name}_{number}" if number else name)
        try:
            log_dir.mkdir(parents=True, exist_ok=False)
        except FileExistsError:
            continue
        break
    with SummaryWriter(log_dir) as writer:
        writer.add_scalar("Started", 1.0, 0)
    return log_dir
