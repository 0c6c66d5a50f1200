import uuid
from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    stamp = now.strftime("%Y%m%d_%H%M%S")
    log_dir = runs_dir / ("pixel_gen_lr" + str(lr) + "_" + stamp)
    suffix = ""
    if log_dir.exists():
        suffix = "_" + uuid.uuid4().hex[:8]
    with SummaryWriter(log_dir, filename_suffix=suffix) as writer:
        writer.add_scalar("Started", 1.0, global_step=0)
    return log_dir
