import time
from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def time_text(now):
    return time.strftime("%Y%m%d_%H%M%S", time.gmtime(now.timestamp()))


def new_run(runs_dir, lr, now):
    name = "pixel_gen_lr%s_%s" % (lr, time_text(now))
    log_dir = runs_dir / name
    tries = 0
    while True:
        try:
            log_dir.mkdir(parents=True)
        except FileExistsError:
            tries += 1
            log_dir = runs_dir / ("%s_%d" % (name, tries))
        else:
            break
    with SummaryWriter(log_dir=str(log_dir)) as w:
        w.add_scalar("Started", 1.0, 0)
    return log_dir
