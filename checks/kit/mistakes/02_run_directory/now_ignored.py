from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    stamp = datetime.now().strftime("%Y%m%d_%H%M%S")
    name = f"pixel_gen_lr{lr}_{stamp}"
    log_dir = runs_dir / name
    n = 2
    while log_dir.exists():
        log_dir = runs_dir / f"{name}_{n}"
        n += 1
    writer = SummaryWriter(log_dir)
    writer.add_scalar("Started", 1.0, 0)
    writer.close()
    return log_dir
