from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    stamp = now.isoformat(sep="_", timespec="seconds").replace("-", "").replace(":", "")
    base = f"pixel_gen_lr{lr!r}_{stamp}"
    candidate = runs_dir / base
    suffix = 0
    while candidate.exists():
        suffix += 1
        candidate = runs_dir / f"{base}_{suffix:03d}"
    writer = SummaryWriter(candidate)
    writer.add_scalar("Started", 1.0, 0)
    writer.flush()
    writer.close()
    return candidate
