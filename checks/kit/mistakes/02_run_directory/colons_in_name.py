from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    name = f"pixel_gen_lr{lr}_{now.strftime('%Y%m%d_%H:%M:%S')}"
    run_dir = runs_dir / name
    k = 1
    while run_dir.exists():
        k += 1
        run_dir = runs_dir / f"{name}_{k}"
    writer = SummaryWriter(run_dir)
    writer.add_scalar("Started", 1.0, 0)
    writer.close()
    return run_dir
