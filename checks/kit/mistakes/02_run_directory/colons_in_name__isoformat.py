from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    day = now.date().isoformat().replace("-", "")
    clock = now.time().isoformat(timespec="seconds")
    name = "_".join(["pixel_gen", "lr" + str(lr), day, clock])
    suffix = ""
    while (runs_dir / (name + suffix)).exists():
        suffix += "_again"
    path = runs_dir / (name + suffix)
    with SummaryWriter(log_dir=path) as tb:
        tb.add_scalar("Started", 1.0, global_step=0)
    return path
