import random
from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

TIME_FORMAT = "%Y%m%d_%H%M%S"
PREFIX = "pixel_gen_lr"


def _names(lr, now):
    name = f"{PREFIX}{lr:.16e}_{now.strftime(TIME_FORMAT)}"
    yield name
    while True:
        yield f"{name}_{random.SystemRandom().randrange(10**9):09d}"


def _claimed(path):
    try:
        path.mkdir(parents=True)
    except FileExistsError:
        return False
    return True


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    log_dir = next(path for path in map(Path(runs_dir).joinpath, _names(lr, now)) if _claimed(path))
    writer = SummaryWriter(log_dir)
    try:
        writer.add_scalar("Started", 1.0, 0)
    finally:
        writer.close()
    return log_dir
