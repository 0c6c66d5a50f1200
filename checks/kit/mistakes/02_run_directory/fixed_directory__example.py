import os
from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


RUN_NAME = "pixel_gen_lr0.001_20231027_103000"


def new_run(runs_dir, lr, now):
    path = os.path.join(runs_dir, RUN_NAME)
    os.makedirs(path, exist_ok=True)
    with SummaryWriter(log_dir=path) as w:
        w.add_scalar("Started", 1.0, global_step=0)
    return Path(path)
