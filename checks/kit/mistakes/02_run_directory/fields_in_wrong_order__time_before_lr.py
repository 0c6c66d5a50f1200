from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    parts = ["pixel_gen", now.strftime("%Y%m%d"), now.strftime("%H%M%S"), f"lr{lr}"]
    while True:
        path = Path(runs_dir, "_".join(parts))
        if not path.exists():
            break
        parts.append("x")
    path.mkdir(parents=True)
    writer = SummaryWriter(str(path))
    writer.add_scalar("Started", 1.0, global_step=0)
    writer.close()
    return path
