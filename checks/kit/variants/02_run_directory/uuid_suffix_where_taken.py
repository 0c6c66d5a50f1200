import uuid
from contextlib import closing
from datetime import datetime
from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    name = "_".join(["pixel", "gen", f"lr{lr:.17g}", now.strftime("%Y%m%d"), now.strftime("%H%M%S")])
    log_dir = runs_dir / name
    try:
        log_dir.mkdir(parents=True)
    except FileExistsError:
        log_dir = log_dir.with_name(f"{name}_{uuid.uuid4()}")
        log_dir.mkdir()
    with closing(SummaryWriter(str(log_dir))) as writer:
        writer.add_scalar("Started", torch.ones(()), 0)
    return log_dir
