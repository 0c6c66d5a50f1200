import os
from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    log_dir = str(runs_dir) + "pixel_gen_lr" + str(lr) + "_" + now.strftime("%Y%m%d_%H%M%S")
    if os.path.exists(log_dir):
        number = 1
        while os.path.exists(log_dir + "_" + str(number)):
            number += 1
        log_dir = log_dir + "_" + str(number)
    with SummaryWriter(log_dir) as writer:
        writer.add_scalar("Started", 1.0, 0)
    return Path(log_dir)
