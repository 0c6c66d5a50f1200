import itertools
from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    base = "pixel_gen_lr" + str(lr)
    for i in itertools.count():
        log_dir = runs_dir / (base if i == 0 else base + "_" + str(i))
        try:
            log_dir.mkdir(parents=True)
            break
        except FileExistsError:
            pass
    with SummaryWriter(str(log_dir)) as writer:
        writer.add_scalar("Started", 1.0, 0)
    return log_dir
