from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


RUNS = Path("logs")


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    name = f"pixel_gen_lr{lr}_{now:%Y%m%d_%H%M%S}"
    log_dir = RUNS / name
    i = 1
    while log_dir.exists():
        log_dir = RUNS / f"{name}_{i}"
        i += 1
    writer = SummaryWriter(log_dir)
    writer.add_scalar("Started", 1.0, 0)
    writer.close()
    return log_dir
