from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    name = f"pixel_gen_lr{lr}_{now:%Y%m%d_%H%M%S}"
    comment = name
    n = 2
    while (runs_dir / comment).exists():
        comment = f"{name}_{n}"
        n += 1
    writer = SummaryWriter(log_dir=runs_dir, comment=comment)
    writer.add_scalar("Started", 1.0, 0)
    writer.close()
    return Path(writer.log_dir)
