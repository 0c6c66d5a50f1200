import tempfile
from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def new_run(runs_dir, lr, now):
    base = "pixel_gen_lr" + str(lr) + "_" + now.strftime("%Y%m%d_%H%M%S")
    path = Path(runs_dir) / base
    if path.exists():
        path = Path(tempfile.mkdtemp(prefix=base + "_", dir=runs_dir))
    sw = SummaryWriter(log_dir=str(path))
    sw.add_scalar("Started", 1.0, global_step=0)
    return path
    sw.close()
