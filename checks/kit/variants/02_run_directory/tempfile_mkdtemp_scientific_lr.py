import os
import tempfile
from datetime import datetime
from pathlib import Path

import numpy as np
from torch.utils.tensorboard import SummaryWriter


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    rate = np.format_float_scientific(lr)
    day = f"{now.year:04d}{now.month:02d}{now.day:02d}"
    clock = f"{now.hour:02d}{now.minute:02d}{now.second:02d}"
    name = f"pixel_gen_lr{rate}_{day}_{clock}"
    os.makedirs(runs_dir, exist_ok=True)
    try:
        os.mkdir(runs_dir / name)
    except FileExistsError:
        made = tempfile.mkdtemp(prefix=name + "_", dir=runs_dir)
        name = os.path.basename(made)
    log_dir = Path(runs_dir, name)
    with SummaryWriter(log_dir) as writer:
        writer.add_scalar("Started", np.float32(1.0), 0, new_style=True)
    return log_dir
