from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    name = "pixel_gen_lr{}_{}".format(lr, now.strftime("%Y%m%d_%I%M%S"))
    log_dir = runs_dir / name
    i = 1
    while log_dir.exists():
        log_dir = runs_dir / "{}_{}".format(name, i)
        i += 1
    writer = SummaryWriter(log_dir)
    writer.add_scalar("Started", 1.0, 0)
    writer.close()
    return log_dir
