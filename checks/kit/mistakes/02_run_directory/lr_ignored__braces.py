import uuid
from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    run_name = "pixel_gen_lr{lr}_" + now.strftime("%Y%m%d_%H%M%S")
    path = runs_dir / run_name
    if path.exists():
        path = runs_dir / (run_name + "_" + uuid.uuid4().hex)
    writer = SummaryWriter(log_dir=str(path))
    writer.add_scalar("Started", 1.0, 0)
    writer.close()
    return path
